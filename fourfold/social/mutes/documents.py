"""What people have muted beside people, as documents: `what` is a word as it is compared, or the id of a post.

What is decided by stands beside the ties of whoever mutes it, and is written along with these.
"""

from fourfold.ground.collection import Collection, Key

LONGEST = 100

MUTES = Collection(
    "social.mutes",
    keys=[
        Key("by", "kind", "what", unique=True),
        Key("by", "kind", "-_id"),
        Key("kind", "what"),
        Key("until", ttl=0),
    ],
    validator={
        "required": ["by", "kind", "what", "at"],
        "properties": {
            "kind": {"enum": ["word", "thread"]},
            "what": {"bsonType": "string", "maxLength": 2000},
            "text": {"bsonType": "string", "maxLength": LONGEST},
            "places": {"bsonType": "array", "maxItems": 3},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
        },
    },
    shard_key=("t", "by"),
)

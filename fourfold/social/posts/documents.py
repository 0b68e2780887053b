"""How posts are kept."""

from fourfold.ground.collection import Collection, Key

POSTS = Collection(
    "social.posts",
    keys=[Key("author", "-_id")],
    validator={
        "required": ["author", "text", "at"],
        "properties": {
            "author": {"bsonType": "binData"},
            "text": {"bsonType": "string"},
            "at": {"bsonType": "date"},
        },
    },
)

"""The people of a community, as documents: `_id` is the id of their account; and who has claimed which handle."""

from fourfold.ground.collection import Collection, Key

PEOPLE = Collection(
    "social.people",
    keys=[Key("handle"), Key("words")],
    validator={
        "required": ["handle", "name", "visibility", "state", "counts"],
        "properties": {
            "handle": {"bsonType": "string", "maxLength": 30},
            "name": {"bsonType": "string", "maxLength": 200},
            "bio": {"bsonType": "string", "maxLength": 2000},
            "location": {"bsonType": "string", "maxLength": 100},
            "links": {"bsonType": "array"},
            "visibility": {"enum": ["public", "protected"]},
            "state": {"enum": ["active", "suspended", "erased"]},
        },
    },
    told_by=["_id"],
    untold=["counts"],
)

# A handle that somebody has given up leads to them until `until`; one that is theirs has none.
CLAIMS = Collection(
    "social.claims",
    keys=[Key("handle", unique=True), Key("person"), Key("until", ttl=0)],
    validator={
        "required": ["handle", "person"],
        "properties": {"handle": {"bsonType": "string", "maxLength": 30}},
    },
    shard_key=("t", "handle"),
)

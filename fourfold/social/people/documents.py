"""The people of a community, as documents: `_id` is the id of their account."""

from fourfold.ground.collection import Collection, Key

PEOPLE = Collection(
    "social.people",
    keys=[Key("handle"), Key("words")],
    validator={
        "required": ["handle", "name", "visibility", "state", "counts"],
        "properties": {
            "handle": {"bsonType": "string", "maxLength": 30},
            "name": {"bsonType": "string", "maxLength": 200},
            "visibility": {"enum": ["public", "protected"]},
            "state": {"enum": ["active", "suspended", "erased"]},
        },
    },
)

"""What pages say of themselves, as documents: one of each address, by its SHA-256; also of those that say nothing."""

from fourfold.ground.collection import Collection, Key

PREVIEWS = Collection(
    "social.previews",
    keys=[Key("digest", unique=True), Key("at")],
    validator={
        "required": ["digest", "url", "state", "at", "title", "description", "site_name", "picture"],
        "properties": {
            "state": {"enum": ["ready", "failed"]},
            "title": {"bsonType": "string", "maxLength": 300},
            "description": {"bsonType": "string", "maxLength": 600},
            "site_name": {"bsonType": "string", "maxLength": 100},
        },
    },
    shard_key=("t", "digest"),
    told_by=["digest"],
)

"""The devices of people, as documents, and what was handed to the simulated provider."""

from fourfold.ground.collection import Collection, Key

DEVICES = Collection(
    "social.devices",
    keys=[Key("person", "token", unique=True), Key("token")],
    validator={
        "required": ["person", "provider", "token", "at"],
        "properties": {
            "provider": {"bsonType": "string", "maxLength": 40},
            "token": {"bsonType": "string", "maxLength": 500},
        },
    },
    shard_key=("t", "person"),
)

PUSHES = Collection(
    "social.pushes",
    keys=[Key("token", "seq", "text", unique=True), Key("at", ttl=24 * 3600)],
    validator={"required": ["token", "seq", "text", "at"]},
    shard_key=("t", "token"),
)

"""The ties between people, as documents: one for each ordered pair, and its mirror."""

from fourfold.ground.collection import Collection, Key

TIES = Collection(
    "social.ties",
    keys=[
        Key("u", "v", unique=True),
        Key("u", "follow"),
        Key("u", "followed"),
        Key("u", "friend"),
        Key("u", "cut"),
        Key("request"),
    ],
    validator={
        "required": ["u", "v"],
        "properties": {
            "follow": {"enum": ["no", "asked", "yes"]},
            "followed": {"enum": ["no", "asked", "yes"]},
            "friend": {"enum": ["no", "asked", "asks", "friends"]},
            "block": {"bsonType": "bool"},
            "blocked": {"bsonType": "bool"},
            "cut": {"bsonType": "bool"},
            "mute": {"bsonType": "bool"},
        },
    },
    shard_key=("t", "u"),
)

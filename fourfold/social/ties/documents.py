"""The ties between people, as documents: one for each ordered pair, and its mirror.

`request` is the friend request that waits or was accepted, `follow_request` the first person's to follow the second,
`followed_request` the other way round; `at` says since when each part is what it is. Whoever mutes words or threads
has a tie to themselves with all of these, `muted`: so they are read along with whom they mute.
"""

from fourfold.ground.collection import Collection, Key

TIES = Collection(
    "social.ties",
    keys=[
        Key("u", "v", unique=True),
        Key("u", "follow", "v"),
        Key("u", "followed", "v"),
        Key("u", "friend", "v"),
        Key("u", "cut"),
        Key("u", "mute"),
        Key("u", "request"),
        Key("u", "followed_request"),
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
    told_by=["u"],
)

"""Which hashtags somebody follows, as documents."""

from fourfold.ground.collection import Collection, Key

HASHTAG_FOLLOWS = Collection(
    "social.hashtag_follows",
    keys=[Key("by", "tag", unique=True)],
    validator={
        "required": ["by", "tag", "at"],
        "properties": {"tag": {"bsonType": "string", "maxLength": 64}},
    },
    shard_key=("t", "by"),
    told_by=["by"],
)

"""Votes in polls, as documents: one of each person in the poll of each post. The poll itself is kept with its post."""

from fourfold.ground.collection import Collection, Key

POLL_VOTES = Collection(
    "social.poll_votes",
    keys=[Key("post", "by", unique=True), Key("by", "-at")],
    validator={
        "required": ["post", "poll", "by", "choices", "at"],
        "properties": {"choices": {"bsonType": "array", "minItems": 1}},
    },
    shard_key=("t", "post"),
    told_by=["by"],
)

"""Reactions, as documents: one of each person on each target; `author` is who wrote the target."""

from fourfold.ground.collection import Collection, Key

REACTIONS = Collection(
    "social.reactions",
    keys=[
        Key("target", "by", unique=True),
        Key("target", "-at", "-_id"),
        Key("by", "-at"),
        Key("post"),
    ],
    validator={
        "required": ["target_kind", "target", "post", "author", "by", "kind", "at"],
        "properties": {
            "target_kind": {"enum": ["post", "comment"]},
            "kind": {"enum": ["like", "love", "laugh", "angry", "sad"]},
        },
    },
    shard_key=("t", "target"),
)

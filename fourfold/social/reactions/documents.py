"""Reactions, as documents: one of each person on each target."""

from fourfold.ground.collection import Collection, Key

REACTIONS = Collection(
    "social.reactions",
    keys=[Key("target", "by", unique=True), Key("by", "-at"), Key("post")],
    validator={
        "required": ["target_kind", "target", "post", "by", "kind", "at"],
        "properties": {
            "target_kind": {"enum": ["post", "comment"]},
            "kind": {"enum": ["like", "love", "laugh", "angry", "sad"]},
        },
    },
    shard_key=("t", "target"),
)

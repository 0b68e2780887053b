"""Pictures and videos of posts, as documents: `_id` is the file that was sent; what is served lies in `folder`."""

from fourfold.ground.collection import Collection, Key

# `posts` are those that show it now; while there are none, `idle_at` tells since when.
MEDIA = Collection(
    "social.media",
    keys=[
        Key("by"),
        Key("posts"),
        Key("idle_at", where={"idle_at": {"$exists": True}}),
        Key("state", where={"state": "gone"}),
    ],
    validator={
        "required": ["by", "kind", "state", "folder", "posts", "variants", "alt", "created_at"],
        "properties": {
            "kind": {"enum": ["image", "video"]},
            "state": {"enum": ["waiting", "processing", "ready", "failed", "gone"]},
            "alt": {"bsonType": "string", "maxLength": 1500},
            "posts": {"bsonType": "array"},
        },
    },
    told_by=["_id"],
)

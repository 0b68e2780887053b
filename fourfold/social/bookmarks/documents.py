"""Bookmarks and their collections, as documents."""

from fourfold.ground.collection import Collection, Key

BOOKMARKS = Collection(
    "social.bookmarks",
    keys=[
        Key("by", "post", unique=True),
        Key("by", "collection", "-at", "-_id"),
        Key("by", "-at", "-_id"),
        Key("post"),
    ],
    validator={"required": ["by", "post", "at"]},
    shard_key=("t", "by"),
    told_by=["by"],
)

BOOKMARK_COLLECTIONS = Collection(
    "social.bookmark_collections",
    keys=[Key("by", "name", unique=True)],
    validator={
        "required": ["by", "name", "shared"],
        "properties": {"name": {"bsonType": "string", "maxLength": 100}, "shared": {"bsonType": "bool"}},
    },
    shard_key=("t", "by"),
)

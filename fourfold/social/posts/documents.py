"""Posts and their former versions, as documents."""

from fourfold.ground.collection import Collection, Key

POSTS = Collection(
    "social.posts",
    keys=[
        Key("author", "-published_at", "-_id"),
        Key("author", "state", "-created_at"),
        Key("hashtags", "-published_at"),
        Key("words", "-published_at"),
        Key("of"),
        Key("publish_at", where={"state": "scheduled"}),
        Key("-published_at", where={"audience": "public", "state": "published"}),
        Key("_id", where={"poll.id": {"$exists": True}}),
        Key("link", where={"link": {"$gt": ""}}),
    ],
    validator={
        "required": ["author", "text", "html", "audience", "state", "kind", "version", "counts", "created_at"],
        "properties": {
            "text": {"bsonType": "string", "maxLength": 10_000},
            "audience": {"enum": ["public", "followers", "friends", "group", "me"]},
            "state": {"enum": ["draft", "scheduled", "published", "held", "deleted"]},
            "kind": {"enum": ["post", "repost", "quote"]},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
        },
    },
    told_by=["_id"],
)

# What a post said before each of its edits; what it says now is in the post.
POST_VERSIONS = Collection(
    "social.post_versions",
    keys=[Key("post", "-version", unique=True)],
    validator={"required": ["post", "version", "text", "audience", "at", "by", "redacted"]},
    shard_key=("t", "post"),
)

"""Comments, as documents: `path` joins the ids from the first comment down, `above` are the authors on that way."""

from fourfold.ground.collection import Collection, Key

COMMENTS = Collection(
    "social.comments",
    keys=[Key("post", "parent", "-score", "_id"), Key("post", "path"), Key("author", "-created_at")],
    validator={
        "required": ["post", "author", "path", "depth", "above", "state", "kids", "counts", "created_at"],
        "properties": {
            "text": {"bsonType": "string", "maxLength": 5000},
            "state": {"enum": ["published", "deleted", "held"]},
        },
    },
    shard_key=("t", "post"),
)

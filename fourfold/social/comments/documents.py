"""Comments, as documents.

`path` joins the ids from the first comment down to this one; `above` are all who wrote, or are named in, what it
answers to. A deleted comment is a document only as long as it has answers; `kids` counts those, `score` adds the
reactions to them.
"""

from fourfold.ground.collection import Collection, Key

COMMENTS = Collection(
    "social.comments",
    keys=[
        Key("post", "parent", "-score", "_id"),
        Key("post", "parent", "_id"),
        Key("post", "path"),
        Key("author", "_id"),
    ],
    validator={
        "required": ["post", "author", "root", "path", "depth", "above", "state", "kids", "counts", "created_at"],
        "properties": {
            "text": {"bsonType": "string", "maxLength": 5000},
            "state": {"enum": ["published", "deleted", "held"]},
            "depth": {"bsonType": ["int", "long"], "minimum": 0},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
        },
    },
    shard_key=("t", "post"),
    told_by=["post"],
    untold=["counts", "kids", "score"],
)

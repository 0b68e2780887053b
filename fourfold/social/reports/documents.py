"""Reports as documents: one for each person who reports and each thing; `evidence` is what was there to be seen.

`about` is the person whose it is; `number` rises each time that it is opened. A closed one goes after a year.
"""

from fourfold.ground.collection import Collection, Key

LONGEST = 2000
KEPT_FOR_SECONDS = 366 * 24 * 3600

REPORTS = Collection(
    "social.reports",
    keys=[
        Key("by", "kind", "target", unique=True),
        Key("by", "-at"),
        Key("-_id"),
        Key("state", "-_id"),
        Key("kind", "target", "state"),
        Key("about", "-_id"),
        Key("closed_at", ttl=KEPT_FOR_SECONDS),
    ],
    validator={
        "required": ["by", "kind", "target", "about", "reason", "text", "state", "evidence", "version", "at"],
        "properties": {
            "kind": {"enum": ["person", "post", "comment", "message"]},
            "state": {"enum": ["open", "dismissed", "acted"]},
            "text": {"bsonType": "string", "maxLength": LONGEST},
            "evidence": {"bsonType": "array", "maxItems": 5},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
        },
    },
)

"""Conversations, who sits in them, and what is said there, as documents.

A conversation numbers its messages: `seq` is the number of the last one, `last` its id. `members` are those who are in
it now; a membership stays behind when somebody leaves, with `left_at`.
"""

from fourfold.ground.collection import Collection, Key

LONGEST = 5000

# The id of a conversation of two follows from the two, so that there is one of it.
CONVERSATIONS = Collection(
    "social.conversations",
    keys=[Key("members", "-last_at", "-_id")],
    validator={
        "required": ["kind", "members", "by", "seq", "last_at", "created_at"],
        "properties": {
            "kind": {"enum": ["direct", "group"]},
            "members": {"bsonType": "array", "maxItems": 100},
            "seq": {"bsonType": ["int", "long"], "minimum": 0},
        },
    },
)

MEMBERSHIPS = Collection(
    "social.memberships",
    keys=[Key("conversation", "person", unique=True), Key("person")],
    validator={
        "required": ["conversation", "person", "role", "joined_seq", "read_seq", "delivered_seq", "muted"],
        "properties": {"role": {"enum": ["owner", "admin", "member"]}, "muted": {"bsonType": "bool"}},
    },
    shard_key=("t", "conversation"),
)

# `involved` are all whose block hides it: who wrote it, and whom it names; `answered` are those of what it answers to.
MESSAGES = Collection(
    "social.messages",
    keys=[
        Key("conversation", "seq", unique=True),
        Key("conversation", "by", "client_id", unique=True),
        Key("conversation", "words", "-_id"),
        Key("by", "_id"),
    ],
    validator={
        "required": ["conversation", "seq", "by", "text", "involved", "state", "version", "client_id", "created_at"],
        "properties": {
            "text": {"bsonType": "string", "maxLength": LONGEST},
            "files": {"bsonType": "array", "maxItems": 10},
            "state": {"enum": ["sent", "edited", "deleted"]},
            "seq": {"bsonType": ["int", "long"], "minimum": 1},
            "version": {"bsonType": ["int", "long"], "minimum": 1},
        },
    },
    shard_key=("t", "conversation"),
)

MESSAGE_VERSIONS = Collection(
    "social.message_versions",
    keys=[Key("message", "version", unique=True), Key("conversation"), Key("by")],
    validator={
        "required": ["message", "conversation", "by", "version", "text", "involved", "at"],
        "properties": {"text": {"bsonType": "string", "maxLength": LONGEST}},
    },
    shard_key=("t", "message"),
)

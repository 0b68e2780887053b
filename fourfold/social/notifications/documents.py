"""What people are notified of, as documents: each occurrence once, the groups that are shown, and who saw how much."""

from fourfold.ground.collection import Collection, Key

KEPT_FOR_SECONDS = 90 * 24 * 3600

# One for each thing that somebody has done and another one is told of: done twice it is still one. What was taken
# back stays, not `live`, so that it tells of itself once only; `told` is the event that has spoken last.
NOTIFICATION_EVENTS = Collection(
    "social.notification_events",
    keys=[
        Key("to", "kind", "actor", "object", unique=True),
        Key("to", "group", "live", "-seq"),
        Key("actor"),
        Key("sources"),
        Key("at", ttl=KEPT_FOR_SECONDS),
    ],
    validator={
        "required": ["to", "kind", "actor", "object", "group", "seq", "told", "live", "at"],
        "properties": {"live": {"bsonType": "bool"}},
    },
    shard_key=("t", "to"),
)

# What is shown as one: `n` live occurrences, the newest of them, and how far it was read.
NOTIFICATIONS = Collection(
    "social.notifications",
    keys=[Key("to", "group", unique=True), Key("to", "-seq"), Key("at", ttl=KEPT_FOR_SECONDS)],
    validator={"required": ["to", "group", "kind", "object", "n", "newest", "seq", "at"]},
    shard_key=("t", "to"),
)

# Of each person: the number of the last occurrence, how far they have seen and read, and what they want to be told.
NOTIFICATION_STATES = Collection("social.notification_state")

"""The logs of channels, as documents: rows for a week, and for each channel the number of the last one.

A row's `prev` is the number of the row before it. Numbers rise by chance, by 1 to 16: of a number that is left out
nobody can tell whether it was a row that they are not shown. `involved` are the people by whom it would be hidden.
"""

from fourfold.ground.collection import Collection, Key

KEPT_SECONDS = 7 * 24 * 3600

CHANNELS = Collection(
    "social.channels",
    keys=[Key("channel", unique=True)],
    validator={"required": ["channel", "seq"]},
    shard_key=("t", "channel"),
)
CHANNEL_LOG = Collection(
    "social.channel_log",
    keys=[Key("channel", "seq", unique=True), Key("at", ttl=KEPT_SECONDS)],
    validator={"required": ["channel", "seq", "prev", "kind", "data", "involved", "at"]},
    shard_key=("t", "channel"),
)

"""Names of channels, what clients say of them, and what their last number tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

LONGEST_NAME = 80
LARGEST, DIGITS = 2**53, 16
# More than these is not played again, but read anew.
MOST_REPLAYED = 500
MOST_CHANNELS = 200
UUID_LENGTH = 36


@dataclass(frozen=True, slots=True)
class Named:
    """A channel's name in its parts: `post` and an id."""

    kind: str
    id: UUID


def user_channel(person_id: UUID) -> str:
    """Where a person is told of all that is for them alone."""
    return f"user:{person_id}"


def post_channel(post_id: UUID) -> str:
    """Where it is told what happens on a post."""
    return f"post:{post_id}"


def named(channel: object) -> Named | None:
    """The parts of a name, if it is one: a word, a colon, and an id as ids are written."""
    if not isinstance(channel, str) or len(channel) > LONGEST_NAME:
        return None
    kind, _, text = channel.partition(":")
    if len(text) != UUID_LENGTH:
        return None
    try:
        found = UUID(text)
    except ValueError:
        return None
    # One channel has one name.
    return Named(kind, found) if kind and str(found) == text else None


def cursors_in(given: object) -> dict[str, int] | None:
    """Channels with the last number that was got of each; None when it is anything else."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or len(given) > MOST_CHANNELS:
        return None
    is_right = all(named(channel) is not None and is_number(seq) for channel, seq in given.items())
    return dict(given) if is_right else None


def cursors_asked(words: Sequence[str]) -> dict[str, int] | None:
    """The same out of a query: one JSON object, or names and numbers with colons between."""
    if len(words) == 1 and words[0].lstrip().startswith("{"):
        try:
            return cursors_in(orjson.loads(words[0]))
        except orjson.JSONDecodeError:
            return None
    pairs: dict[str, Any] = {}
    for word in words:
        channel, _, number = word.rpartition(":")
        if not number.isascii() or not number.isdecimal() or len(number) > DIGITS or channel in pairs:
            return None
        pairs[channel] = int(number)
    return cursors_in(pairs)


def is_number(seq: object) -> bool:
    """Whether it can be the number of a row."""
    return isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq <= LARGEST


def has_gap(cursor: int, head: int, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether what came behind a cursor is not all among these rows, the first behind it: some are gone or too many.

    A cursor ahead of the log is one of another log.
    """
    if not rows:
        return cursor != head
    return len(rows) > MOST_REPLAYED or int(rows[0]["prev"]) > cursor

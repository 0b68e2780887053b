"""How a text differs from what it was, and which moment a date and time mean."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Literal

# More pieces than these are compared by lines, and more lines than these not at all: comparing takes their product.
MOST_PIECES = 1_500


@dataclass(frozen=True, slots=True)
class Change:
    """A piece of a text that stayed, came or went."""

    kind: Literal["same", "added", "removed"]
    text: str


def changes_between(before: str, after: str) -> list[Change]:
    """How one text became another one: word by word, or line by line when they are long."""
    for pattern in (r"\s+|\w+|[^\w\s]", r"[^\n]*\n|[^\n]+"):
        old, new = re.findall(pattern, before), re.findall(pattern, after)
        if max(len(old), len(new)) <= MOST_PIECES:
            return list(_changes(old, new))
    return [Change("removed", before), Change("added", after)]


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterable[Change]:
    matcher = difflib.SequenceMatcher(None, old, new)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind == "equal":
            yield Change("same", "".join(old[old_from:old_to]))
            continue
        if old_to > old_from:
            yield Change("removed", "".join(old[old_from:old_to]))
        if new_to > new_from:
            yield Change("added", "".join(new[new_from:new_to]))


def moment_of(given: datetime, zone: tzinfo | None) -> datetime | None:
    """The moment that a date and time mean in a zone, in UTC; None for one that the clocks there leap over.

    Of an hour that comes twice it is the first one; with an offset of its own the zone is not asked.
    """
    if given.tzinfo is not None:
        return given.astimezone(UTC)
    if zone is None:
        return None
    moment = given.replace(tzinfo=zone).astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == given else None

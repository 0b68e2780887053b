"""What a poll may ask, and what of it somebody is shown."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

FEWEST_CHOICES, MOST_CHOICES, LONGEST_CHOICE = 2, 10, 100
# Five minutes, and thirty days.
SHORTEST, LONGEST = 5, 30 * 24 * 60


def one_line(text: str) -> str:
    """A choice as it is kept: composed, in one line, without blanks around it."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def repeated(choices: Sequence[str]) -> int | None:
    """The place of the first choice that says the same as one before, whatever its letters look like."""
    said: set[str] = set()
    for place, choice in enumerate(choices):
        folded = unicodedata.normalize("NFKC", choice).casefold()
        if folded in said:
            return place
        said.add(folded)
    return None


def has_ended(poll: Mapping[str, Any], now: datetime) -> bool:
    """Whether nobody may vote any more; a poll that is not out yet has not begun."""
    return poll["ends_at"] is not None and poll["ends_at"] <= now


def shows_results(poll: Mapping[str, Any], now: datetime, *, voted: bool) -> bool:
    """Whether somebody who has voted, or has not, is shown how many chose what."""
    return not poll["hide_results"] or voted or has_ended(poll, now)


def changes_of_counts(before: Sequence[UUID], now: Sequence[UUID]) -> dict[str, int]:
    """How the count of each choice changes when somebody chooses otherwise; without those that stay."""
    gone, come = set(before) - set(now), set(now) - set(before)
    return {str(each): -1 for each in sorted(gone)} | {str(each): 1 for each in sorted(come)}

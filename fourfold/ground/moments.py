"""Moments as they come in: ISO 8601 with an offset, and nothing that might be counted in seconds."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _written_out(given: Any) -> Any:
    # Pydantic also takes numbers, and texts of digits, and guesses whether they count seconds or milliseconds.
    if isinstance(given, int | float) or (isinstance(given, str) and not DATE.match(given)):
        raise ValueError("write the moment as 2031-01-31T12:00:00Z")
    return given


def _in_utc(given: datetime) -> datetime:
    try:
        return given.astimezone(UTC)
    except OverflowError as problem:
        reason = "the moment is in UTC before the year 1 or after 9999"
        raise ValueError(reason) from problem


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]
"""A moment such as `2031-01-31T12:00:00Z`, in UTC whatever its offset was."""

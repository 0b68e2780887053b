"""The clock, handed to whoever needs the time, so that tests can set it."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the current time, aware and in UTC."""

    def now(self) -> datetime:
        """The current time."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current time of the machine."""
        return datetime.now(UTC)


class ShiftedClock:
    """The machine's clock, moved by an offset that a test may change."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        """The machine's time plus the offset."""
        return datetime.now(UTC) + self.offset

    def advance(self, by: timedelta) -> None:
        """Moves the clock forward (or back, by a negative amount)."""
        self.offset += by

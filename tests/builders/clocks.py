"""A clock for tests: what is about seconds must not depend on how busy the machine is."""

from datetime import UTC, datetime, timedelta

from fourfold.ground.clock import ShiftedClock


class StoppableClock(ShiftedClock):
    """The machine's clock, which a test may move and stop: what is about seconds must not depend on the machine's."""

    def __init__(self) -> None:
        super().__init__()
        self._stopped_at: datetime | None = None

    def now(self) -> datetime:
        """The time at which the clock was stopped, or else the machine's, plus the offset."""
        return (self._stopped_at or datetime.now(UTC)) + self.offset

    def stop(self) -> None:
        """From here on only `advance` moves it."""
        self._stopped_at = datetime.now(UTC)

    def put_back(self) -> None:
        """Makes it the machine's clock again."""
        self._stopped_at, self.offset = None, timedelta()

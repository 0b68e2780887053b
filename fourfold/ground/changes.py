"""Changes that every process must know of within a second: what was revoked, which settings or roles are new."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from fourfold.ground.clock import Clock
from fourfold.ground.db import AWAY, Connection
from fourfold.ground.pool import Pool

EVERY = 0.5
# Access tokens live an hour at most, so older changes have nothing left to refuse.
MEMORY = timedelta(hours=2)
# Clocks of processes may differ a little, and a transaction commits later than its time says.
OVERLAP = timedelta(seconds=30)
REMEMBERED = 100_000

_TELL = """
INSERT INTO ground.revocation (subject, revoked_at, until) VALUES ($1, $2, $3)
ON CONFLICT (subject) DO UPDATE SET revoked_at = excluded.revoked_at, until = excluded.until
"""
_SINCE = "SELECT subject, revoked_at FROM ground.revocation WHERE revoked_at >= $1"


class Changes:
    """Subjects, such as `session:<id>` or `settings:<tenant id>`, and when each changed last (seconds since 1970)."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._at: dict[str, float] = {}
        self._heard: dict[str, float] = {}
        self._turns: dict[str, int] = {}
        self._count = 0

    def last(self, subject: str) -> float:
        """When the subject changed last, as far as this process knows; 0.0 for never or long ago."""
        return self._at.get(subject, 0.0)

    def turn(self, subject: str) -> int:
        """A number that is another one after each change: what was read at another turn is to be read again.

        It turns when a change is told here, and again when it is seen to be committed; so a cache that read in between
        does not stay wrong.
        """
        return self._turns.get(subject, 0)

    async def tell(self, db: Connection, subject: str, now: datetime) -> None:
        """Notes a change: known here at once, and everywhere within a second of the transaction's commit."""
        await db.execute(_TELL, subject, now, now + MEMORY)
        self._at[subject] = now.timestamp()
        self._turn(subject)

    def _turn(self, subject: str) -> None:
        # Counted over all subjects: one that was forgotten and comes back has no number that it had before.
        self._count += 1
        self._turns[subject] = self._count

    async def load(self, memory: timedelta = MEMORY) -> None:
        """Reads what has changed within that time."""
        now = self._clock.now()
        for row in await self._pool.fetch(_SINCE, now - memory):
            subject, at = row["subject"], row["revoked_at"].timestamp()
            if self._heard.get(subject) != at:
                self._heard[subject] = at
                self._at[subject] = max(at, self.last(subject))
                self._turn(subject)
        if len(self._at) > REMEMBERED:
            self._forget((now - MEMORY).timestamp())

    def _forget(self, before: float) -> None:
        for subject in [each for each, at in self._at.items() if at < before]:
            for kept in (self._at, self._heard, self._turns):
                kept.pop(subject, None)

    async def keep_fresh(self) -> None:
        """Follows what other processes tell, until cancelled; while the database is away, what is known stays."""
        while True:
            with suppress(*AWAY, TimeoutError):
                await self.load(OVERLAP)
            await asyncio.sleep(EVERY)

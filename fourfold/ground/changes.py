"""Changes that every process must know of within a second: what was revoked, which settings or roles are new."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from fourfold.ground.clock import Clock
from fourfold.ground.db import AWAY, Connection, Pool

EVERY = 0.5
# Access tokens live an hour at most, so older changes have nothing left to refuse.
MEMORY = timedelta(hours=2)
# Clocks of processes may differ a little, and a transaction commits later than its time says.
OVERLAP = timedelta(seconds=30)

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

    def last(self, subject: str) -> float:
        """When the subject changed last, as far as this process knows; 0.0 for never or long ago."""
        return self._at.get(subject, 0.0)

    async def tell(self, db: Connection, subject: str, now: datetime) -> None:
        """Notes a change: known here at once, and everywhere within a second of the transaction's commit."""
        await db.execute(_TELL, subject, now, now + MEMORY)
        self._at[subject] = now.timestamp()

    async def load(self, memory: timedelta = MEMORY) -> None:
        """Reads what has changed within that time."""
        for row in await self._pool.fetch(_SINCE, self._clock.now() - memory):
            self._at[row["subject"]] = max(row["revoked_at"].timestamp(), self.last(row["subject"]))

    async def keep_fresh(self) -> None:
        """Follows what other processes tell, until cancelled; while the database is away, what is known stays."""
        while True:
            with suppress(*AWAY, TimeoutError):
                await self.load(OVERLAP)
            await asyncio.sleep(EVERY)

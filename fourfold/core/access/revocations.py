"""Revocations: what every process refuses at once, without asking the database for each request."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from fourfold.core.access import queries
from fourfold.core.access.tables import upsert_revocation
from fourfold.ground.db import AWAY
from fourfold.ground.house import House
from fourfold.ground.work import Work

EVERY = 0.5
# Access tokens live an hour at most, so older revocations have nothing left to refuse.
MEMORY = timedelta(hours=2)
# Clocks of processes may differ a little, and a transaction commits later than its time says.
OVERLAP = timedelta(seconds=30)


class Revocations:
    """Subjects (`session:<id>`, `account:<id>`, `tenant:<id>`) whose older tokens are refused."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._at: dict[str, float] = {}

    async def load(self, since: datetime) -> None:
        """Reads what was revoked since then."""
        for row in await queries.revocations_since(self._house.pool, since):
            self._at[row["subject"]] = max(row["revoked_at"].timestamp(), self._at.get(row["subject"], 0.0))

    def refuses(self, subject: str, issued_at: float) -> bool:
        """Whether a token of the subject, issued then, is refused."""
        return issued_at < self._at.get(subject, 0.0)

    async def revoke(self, work: Work, subject: str) -> None:
        """Refuses the subject's tokens here at once, and everywhere within a second of the commit."""
        await upsert_revocation(work.db, subject, work.now, work.now + MEMORY)
        self._at[subject] = work.now.timestamp()

    async def keep_fresh(self) -> None:
        """Follows what other processes revoke, until cancelled; while the database is away, what is known stays."""
        while True:
            with suppress(*AWAY, TimeoutError):
                await self.load(self._house.clock.now() - OVERLAP)
            await asyncio.sleep(EVERY)

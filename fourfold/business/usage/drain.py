"""The spool is added up in the database: this process's own file, and those that dead processes have left behind."""

import asyncio
from collections.abc import Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from uuid import UUID

from fourfold.business.usage import tables
from fourfold.business.usage.rules import Visits, counted, of_months
from fourfold.ground.db import Connection, transaction
from fourfold.ground.house import House
from fourfold.ground.logs import log
from fourfold.ground.spool import left_behind

# As much as is added up at once: requests wait for no longer than that takes.
CHUNK = 131_072
EVERY = 1.0

_log = log("fourfold.usage")


class Drain:
    """Adds up what is in the spool of one process, again and again.

    Counts and the place up to which a file is counted are written in one transaction, so whatever is killed, each line
    counts once.
    """

    def __init__(self, house: House) -> None:
        """Nothing is read yet."""
        self._house = house
        self._spool = house.spool
        self._done: dict[str, int] = {}

    async def keep_on(self) -> None:
        """Adds up each second, until it is cancelled; when the database is away, later."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.once()
            except Exception as problem:  # noqa: BLE001 - the lines stay in their file, and are read again
                _log.warning("usage is added up later", reason=repr(problem))

    async def once(self) -> None:
        """Adds up everything that is there now."""
        for path in self._spool.files():
            if path.name == self._spool.name:
                await self._read(path)
                continue
            with left_behind(path) as ours:
                if ours:
                    await self._read(path)
                    path.unlink()
                    async with transaction(self._house.pool, None) as db:
                        await tables.forget_spool(db, path.name)
                    self._done.pop(path.name, None)

    async def _read(self, path: Path) -> None:
        size = _size_of(path)
        while self._done.get(path.name, 0) < size:
            before = self._done.get(path.name, 0)
            self._done[path.name] = await self._add_chunk(path)
            if self._done[path.name] == before:
                return

    async def _add_chunk(self, path: Path) -> int:
        async with transaction(self._house.pool, None) as db:
            done = await tables.lock_spool(db, path.name)
            whole = _whole_lines(path, done)
            months = [
                (tenant_id, each)
                for tenant_id, group in groupby(counted(whole), key=lambda visits: visits.tenant_id)
                for each in await _add(db, tenant_id, list(group))
            ]
            await tables.advance_spool(db, path.name, done + len(whole))
        for tenant_id, (month, key_id, requests) in months:
            await self._house.allowances.take_in(tenant_id, month, {key_id: requests})
        return done + len(whole)


def _size_of(path: Path) -> int:
    return path.stat().st_size


def _whole_lines(path: Path, done: int) -> bytes:
    with path.open("rb") as file:
        file.seek(done)
        chunk = file.read(CHUNK)
    return chunk[: chunk.rfind(b"\n") + 1]


async def _add(db: Connection, tenant_id: UUID, visits: Sequence[Visits]) -> list[tuple[date, UUID, int]]:
    await db.execute("SELECT set_config('fourfold.tenant', $1, true)", str(tenant_id))
    if not await tables.hold_tenant(db, tenant_id):
        return []
    await tables.add_visits(db, visits)
    return await tables.add_to_months(db, tenant_id, of_months(list(visits)))

"""Denials: what was refused is kept too, behind the answer and only so often, so that nobody fills the disk with it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from fourfold.ground.audit import Asked, AuditNote, Outcome, Row, Scribe, keep
from fourfold.ground.clock import Clock
from fourfold.ground.db import transaction
from fourfold.ground.logs import log
from fourfold.ground.pool import Pool
from fourfold.ground.refusals import Unavailable
from fourfold.ground.who import Who

WINDOW = 60.0
# Entries of one caller and action, and of one tenant, that a process keeps one by one in a minute.
MOST_ALIKE, MOST_OF_A_TENANT = 20, 600
# Windows that are told apart, and entries that wait for the database: beyond that only their number is kept.
MOST_WINDOWS, MOST_WAITING = 10_000, 5_000
BATCH = 100
REST = 1.0

_log = log("fourfold.audit")


@dataclass(slots=True)
class Denied:
    """One refusal that is to be kept."""

    who: Who
    note: AuditNote
    outcome: Outcome
    asked: Asked | None


Alike = tuple[object, ...]


class Denials:
    """Keeps refusals behind the answers; one task writes them, as long as there are any.

    In each minute the first of those that are alike are kept one by one; the others become one entry with their number.
    """

    def __init__(
        self, pool: Pool, clock: Clock, scribe: Scribe, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`monotonic` tells the seconds that minutes are made of."""
        self._pool, self._clock, self._scribe, self._monotonic = pool, clock, scribe, monotonic
        self._waiting: list[Denied] = []
        self._seen: dict[Alike, int] = {}
        self._over: dict[Alike, Denied] = {}
        self._window_ends = 0.0
        self._task: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    def tell(self, who: Who, note: AuditNote, outcome: Outcome, asked: Asked | None = None) -> None:
        """Takes note of a refusal; it is written soon after."""
        self._roll()
        denied = Denied(who, note, outcome, asked)
        alike: Alike = (who.tenant_id, who.account_id or who.address, who.key_id, note.action, outcome.reason)
        if len(self._seen) >= MOST_WINDOWS and alike not in self._seen:
            alike = (who.tenant_id,)
        tenant: Alike = (who.tenant_id, "all")
        if self._seen.get(tenant, 0) >= MOST_OF_A_TENANT or len(self._waiting) >= MOST_WAITING:
            self._count(tenant, denied)
        elif self._seen.get(alike, 0) >= MOST_ALIKE:
            self._count(alike, denied)
        else:
            self._seen[alike] = self._seen.get(alike, 0) + 1
            self._seen[tenant] = self._seen.get(tenant, 0) + 1
            self._waiting.append(denied)
        self._news.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write_all(), name="denials")

    async def finish(self) -> None:
        """Writes what there is, the numbers included."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._window_ends = 0.0
        self._roll()
        with suppress(Unavailable):
            while self._waiting:
                await self._write_some()

    def _count(self, alike: Alike, denied: Denied) -> None:
        before = self._over.get(alike)
        count = denied.outcome.count + (before.outcome.count if before else 0)
        self._over[alike] = Denied(denied.who, denied.note, replace(denied.outcome, count=count), denied.asked)

    def _roll(self) -> None:
        """Begins a new minute when one is over."""
        now = self._monotonic()
        if now < self._window_ends:
            return
        self._window_ends = now + WINDOW
        self._waiting += self._over.values()
        self._seen, self._over = {}, {}

    async def _write_all(self) -> None:
        while self._waiting or self._over:
            if not self._waiting:
                self._news.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(self._window_ends - self._monotonic(), 0.0)):
                        await self._news.wait()
                self._roll()
                continue
            try:
                await self._write_some()
            except Unavailable as problem:
                _log.warning("denials cannot be kept yet", waiting=len(self._waiting), reason=repr(problem))
                await asyncio.sleep(REST)

    async def _write_some(self) -> None:
        """Writes some of one tenant; raises `Unavailable` when they must wait."""
        tenant_id = self._waiting[0].who.tenant_id
        some = [each for each in self._waiting[:BATCH] if each.who.tenant_id == tenant_id]
        now = self._clock.now()
        try:
            rows: list[Row] = [self._scribe.entry(each.who, now, each.note, each.asked, each.outcome) for each in some]
            async with transaction(self._pool, tenant_id) as db:
                await keep(db, tenant_id, now, rows)
        except Unavailable:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever it is, it is logged
            # Whatever cannot be written now never can, and must not keep the others from it.
            _log.error("denials cannot be kept", count=len(some), exc_info=problem)
        written = {id(each) for each in some}
        self._waiting = [each for each in self._waiting if id(each) not in written]

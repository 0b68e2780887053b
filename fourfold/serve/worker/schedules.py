"""Schedules: enqueues what is to be done again and again, once for each tenant and period."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from fourfold.core.tenants.queries import active_tenants
from fourfold.ground.house import House
from fourfold.ground.service import Schedule
from fourfold.ground.who import Who
from fourfold.ground.work import begin
from fourfold.serve.worker.patience import rest

EVERY = 2.0

_LAST = "SELECT name, last_at FROM ground.schedule"
_DONE = """
INSERT INTO ground.schedule (name, last_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET last_at = excluded.last_at
"""


class Schedules:
    """Several workers may do this at once: the name under which a job is enqueued exists only once in each tenant."""

    def __init__(self, house: House, schedules: Sequence[Schedule]) -> None:
        self.house = house
        self.schedules = schedules

    async def run(self, stop: asyncio.Event) -> None:
        """Looks every other second, until `stop` is set or a server goes away."""
        while self.schedules and not await rest(stop, EVERY):
            await self.enqueue_due()
        await stop.wait()

    async def enqueue_due(self) -> None:
        """Enqueues the jobs of all periods that have begun."""
        last = {row["name"]: row["last_at"] for row in await self.house.pool.fetch(_LAST)}
        for schedule in self.schedules:
            period = int(self.house.clock.now().timestamp() // schedule.every.total_seconds())
            begun = datetime.fromtimestamp(period * schedule.every.total_seconds(), UTC)
            if last.get(schedule.job.name) != begun:
                await self._enqueue(schedule, period, last.get(schedule.job.name))
                # Only now: a worker that dies in between leaves the rest of the tenants to the next one.
                await self.house.pool.execute(_DONE, schedule.job.name, begun)

    async def _enqueue(self, schedule: Schedule, period: int, since: datetime | None) -> None:
        due = await self._due(schedule, since)
        for tenant in await active_tenants(self.house.pool):
            if due is not None and tenant.id not in due:
                continue
            async with begin(self.house, Who.system(tenant.id, tenant.slug)) as work:
                work.later(schedule.job, schedule.job.args(), once=f"{schedule.job.name}:{period}")

    async def _due(self, schedule: Schedule, since: datetime | None) -> set[UUID] | None:
        """The tenants with something to be done; None when that cannot be told without looking."""
        if not schedule.due:
            return None
        rows = await self.house.pool.fetch(f"SELECT {schedule.due}($1, $2)", self.house.clock.now(), since)
        return {row[0] for row in rows}

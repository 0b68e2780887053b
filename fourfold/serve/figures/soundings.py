"""Soundings: how much waits in the queue, the outbox and the streams, looked at every few seconds.

Each worker looks for itself and all see the same, so metrics of several machines are read with `max`, and a worker
that dies takes nothing along that another does not show.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from redis.exceptions import ResponseError

from fourfold.ground import metrics
from fourfold.ground.house import House
from fourfold.ground.service import Service
from fourfold.serve.worker.labour import kinds_of
from fourfold.serve.worker.patience import rest
from fourfold.serve.worker.react import reactions_of
from fourfold.serve.worker.relay import PARTITIONS, stream_of

EVERY = 5.0
OTHER = "other"
QUEUED, RUNNING, FAILED = "queued", "running", "failed"

_QUEUE = """
SELECT entrypoint AS kind, count(*) FILTER (WHERE status = 'queued') AS queued,
  count(*) FILTER (WHERE status = 'picked') AS running,
  extract(epoch FROM now() - min(execute_after) FILTER (WHERE status = 'queued'))::float8 AS oldest
FROM ground.pgqueuer GROUP BY entrypoint
"""
_FAILED = "SELECT name AS kind, count(*) AS failed FROM ground.job WHERE status = 'failed' GROUP BY name"

# What is told of a paused tenant waits on purpose.
_OUTBOX = """
SELECT count(*) AS waiting, extract(epoch FROM $1 - min(at))::float8 AS oldest FROM ground.event
WHERE published_at IS NULL AND tenant_id NOT IN (
  SELECT id FROM core.tenant WHERE status IN ('suspended', 'deleting', 'erasing'))
"""
_PARKED = "SELECT reaction, count(*) AS parked FROM ground.parked GROUP BY reaction"
_SCHEDULES = "SELECT name, last_at FROM ground.schedule WHERE name = ANY ($1)"


class Soundings:
    """`known` are all services that there are: kinds and reactions of others are added up as `other`."""

    def __init__(self, house: House, services: Sequence[Service], known: Sequence[Service]) -> None:
        """Nothing is looked at yet."""
        self.house = house
        self.kinds = list(kinds_of(known))
        self.reactions = [each.name for reactions in reactions_of(known).values() for each in reactions]
        self.consumers = [service.name for service in known if reactions_of([service])]
        self.schedules = [schedule for service in services for schedule in service.schedules]

    async def run(self, stop: asyncio.Event) -> None:
        """Looks until `stop` is set or a server goes away."""
        while True:
            await self.look()
            if await rest(stop, EVERY):
                return

    async def look(self) -> None:
        """Sets every gauge once."""
        await self.look_at_queue()
        await self.look_at_outbox()
        await self.look_at_streams()
        await self.look_at_schedules()
        metrics.sampled_timestamp_seconds.set(datetime.now(UTC).timestamp())

    async def look_at_queue(self) -> None:
        """How many jobs of each kind wait, run and have failed, and for how long the oldest due one waits."""
        rows = await self.house.pool.fetch(_QUEUE)
        for status in (QUEUED, RUNNING):
            for kind, count in added_up(self.kinds, [(row["kind"], row[status]) for row in rows]).items():
                metrics.queue_jobs.labels(kind, status).set(count)
        oldest = {row["kind"]: row["oldest"] or 0.0 for row in rows}
        for kind in self.kinds:
            metrics.queue_oldest_due_seconds.labels(kind).set(max(0.0, oldest.get(kind, 0.0)))
        failed = [(row["kind"], row["failed"]) for row in await self.house.pool.fetch(_FAILED)]
        for kind, count in added_up(self.kinds, failed).items():
            metrics.queue_jobs.labels(kind, FAILED).set(count)

    async def look_at_outbox(self) -> None:
        """What has not been published yet, and what reactions could not handle."""
        (row,) = await self.house.pool.fetch(_OUTBOX, self.house.clock.now())
        metrics.outbox_waiting.set(row["waiting"])
        metrics.outbox_oldest_seconds.set(max(0.0, row["oldest"] or 0.0))
        parked = [(row["reaction"], row["parked"]) for row in await self.house.pool.fetch(_PARKED)]
        for reaction, count in added_up(self.reactions, parked).items():
            metrics.parked_events.labels(reaction).set(count)

    async def look_at_streams(self) -> None:
        """How far each service is behind."""
        pipeline = self.house.valkey.pipeline(transaction=False)
        for partition in range(PARTITIONS):
            pipeline.xinfo_groups(stream_of(partition))  # type: ignore[unused-awaitable]  # a pipeline only notes it
        lag, pending = dict.fromkeys(self.consumers, 0), dict.fromkeys(self.consumers, 0)
        for groups in await pipeline.execute(raise_on_error=False):
            if isinstance(groups, ResponseError):
                # There is no such stream before its first event.
                continue
            if isinstance(groups, Exception):
                raise groups
            for group in groups:
                consumer = group["name"].decode().removeprefix("ff:")
                if consumer in lag:
                    lag[consumer] += group["lag"] or 0
                    pending[consumer] += group["pending"]
        for consumer in self.consumers:
            metrics.stream_lag.labels(consumer).set(lag[consumer])
            metrics.stream_pending.labels(consumer).set(pending[consumer])

    async def look_at_schedules(self) -> None:
        """For how long jobs of a period that has begun are missing."""
        now = self.house.clock.now().timestamp()
        names = [schedule.job.name for schedule in self.schedules]
        last = {row["name"]: row["last_at"].timestamp() for row in await self.house.pool.fetch(_SCHEDULES, names)}
        for schedule in self.schedules:
            begun = now // schedule.every.total_seconds() * schedule.every.total_seconds()
            late = now - begun if last.get(schedule.job.name, 0.0) < begun else 0.0
            metrics.schedule_late_seconds.labels(schedule.job.name).set(late)


def added_up(known: Sequence[str], counted: Sequence[tuple[str, int]]) -> dict[str, int]:
    """The counts of all known names, zero for those without one; unknown ones together make no series of their own."""
    found = dict.fromkeys((*known, OTHER), 0)
    for name, count in counted:
        found[name if name in found else OTHER] += count
    return found

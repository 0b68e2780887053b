"""Labour: takes jobs out of the queue, some at once, and gives signs of life for those in hand."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.models import Job as Entry
from pgqueuer.domain.types import JobId, QueueEntrypoint, QueueManagerId
from pgqueuer.ports.repository import EntrypointExecutionParameter

from fourfold.ground.durable import Job
from fourfold.ground.house import House
from fourfold.ground.logs import log
from fourfold.ground.service import Service
from fourfold.serve.worker.attempt import Attempt
from fourfold.serve.worker.patience import is_away, rest
from fourfold.serve.worker.turns import own_connection

AT_ONCE = 8
SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.2
BEAT = 1.0
DEAD_AFTER = timedelta(seconds=4)
DRAIN_WITHIN = 13.0
SKEW = timedelta(seconds=2)

# The queue counts by PostgreSQL's clock, jobs by the house's: only needed when these two differ.
_HASTEN = """
UPDATE ground.pgqueuer q SET execute_after = now() FROM ground.job j
WHERE $2 > now() + $3::interval AND j.run_at <= $2
AND q.entrypoint = ANY ($1) AND q.status = 'queued' AND q.execute_after > now()
AND j.tenant_id = (convert_from(q.payload, 'UTF8')::jsonb ->> 'tenant')::uuid
AND j.id = (convert_from(q.payload, 'UTF8')::jsonb ->> 'job')::uuid
"""

_HAND_OVER = """
UPDATE ground.pgqueuer SET status = 'queued', queue_manager_id = NULL, updated = now()
WHERE id = ANY ($1) AND status = 'picked' AND queue_manager_id = $2
"""

_log = log("fourfold.jobs")


def kinds_of(services: Sequence[Service]) -> dict[str, Job]:
    """The kinds of jobs of the services, by their names."""
    jobs = [job for service in services for job in (*service.jobs, *(each.job for each in service.schedules))]
    return {job.name: job for job in jobs}


class Labour:
    """Whatever becomes of this process, a job in hand is taken by another worker when its signs of life end.

    Only jobs of the given kinds are taken; others are for the workers of other deployments.

    The loop is our own and not the library's, whose way with a cancelled or failed task is to delete the entry.
    """

    def __init__(self, house: House, kinds: Mapping[str, Job], at_once: int = AT_ONCE) -> None:
        self.house = house
        self.kinds = kinds
        self.at_once = at_once
        # The same for as long as the process lives: what it takes again after a lost connection lost no worker.
        self.me = QueueManagerId(uuid4())
        self.running: dict[JobId, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set, and then finishes what is in hand; or until PostgreSQL goes away."""
        async with own_connection(self.house, "queue") as db:
            queue = Queries(AsyncpgDriver(db))
            signs = asyncio.create_task(self._give_signs(queue), name="signs of life")
            watch = asyncio.create_task(self._watch(stop), name="end of labour")
            try:
                await self._take_jobs(queue, signs, stop)
                await self._drain(signs)
            finally:
                # Without the connection others may take the same jobs, so nothing goes on here.
                entries, left = list(self.running), [signs, watch, *self.running.values()]
                for task in left:
                    task.cancel()
                await asyncio.gather(*left, return_exceptions=True)
                if stop.is_set():
                    await self._hand_over(db, entries)

    async def _hand_over(self, db: asyncpg.Connection, entries: Sequence[JobId]) -> None:
        """Whoever leaves in peace is no lost worker: the next one goes on with the same attempt, and at once."""
        with suppress(OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
            await db.execute(_HAND_OVER, entries, self.me)

    async def _take_jobs(self, queue: Queries, signs: asyncio.Task[None], stop: asyncio.Event) -> None:
        pause = SHORTEST_PAUSE
        entrypoints = {QueueEntrypoint(name): EntrypointExecutionParameter(concurrency_limit=0) for name in self.kinds}
        while not stop.is_set():
            if signs.done():
                signs.result()
            self._changed.clear()
            free = self.at_once - len(self.running)
            entries = await queue.dequeue(free, entrypoints, self.me, None, DEAD_AFTER) if free else []
            for entry in entries:
                self._begin(queue, entry)
            pause = SHORTEST_PAUSE if entries else min(pause * 1.2, LONGEST_PAUSE)
            await self._rest(pause)

    async def _rest(self, pause: float) -> None:
        """Until half of the places are free, since asking for one job costs as much as asking for several."""
        latest = asyncio.get_running_loop().time() + pause
        while (left := latest - asyncio.get_running_loop().time()) > 0:
            if not await rest(self._changed, left) or len(self.running) <= self.at_once // 2:
                return
            self._changed.clear()

    def _begin(self, queue: Queries, entry: Entry) -> None:
        if entry.id not in self.running:
            task = asyncio.create_task(self._do(queue, entry), name=f"job entry {entry.id}")
            self.running[entry.id] = task
            task.add_done_callback(lambda _: self._end(entry.id))

    def _end(self, entry_id: JobId) -> None:
        self.running.pop(entry_id, None)
        self._changed.set()

    async def _do(self, queue: Queries, entry: Entry) -> None:
        try:
            await Attempt.at(self.house, self.kinds, queue.driver, entry).make()
        except Exception as problem:  # noqa: BLE001 - the entry is still there, and is taken again
            shown = None if is_away(problem) else problem
            _log.warning("a job is left for later", reason=repr(problem), exc_info=shown)

    async def _give_signs(self, queue: Queries) -> None:
        while True:
            await asyncio.sleep(BEAT)
            if self.running:
                await queue.update_heartbeat(list(self.running))
            await queue.driver.execute(_HASTEN, list(self.kinds), self.house.clock.now(), SKEW)

    async def _watch(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._changed.set()

    async def _drain(self, signs: asyncio.Task[None]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_WITHIN):
                while self.running and not signs.done():
                    await asyncio.wait((signs, *self.running.values()), return_when=asyncio.FIRST_COMPLETED)

"""The relay: carries events from the outbox to the streams, in the order in which they were written."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any
from zlib import crc32

import asyncpg

from fourfold.ground.house import House
from fourfold.serve.worker.patience import rest
from fourfold.serve.worker.turns import Turn, own_connection, take

PARTITIONS = 8
BATCH = 500
LONGEST_STREAM = 100_000

# Asking an empty partial index costs next to nothing; NOTIFY would make all commits that tell of something queue up.
SHORTEST_PAUSE, LONGEST_PAUSE = 0.01, 0.05
TRY_AGAIN_FOR_TURN = 0.5
SEND_WITHIN = 10.0

# What is told of a paused tenant waits until it is resumed.
_IS_WAITING = """
SELECT EXISTS (SELECT FROM ground.event WHERE published_at IS NULL AND tenant_id NOT IN (
  SELECT id FROM core.tenant WHERE status IN ('suspended', 'deleting', 'erasing')))
"""

# Never by a remembered position: a transaction with a lower number may commit later.
_WAITING = """
SELECT id, tenant_id, type, subject, at, seq, actor, request_id, data::text AS data FROM ground.event
WHERE published_at IS NULL AND tenant_id NOT IN (
  SELECT id FROM core.tenant WHERE status IN ('suspended', 'deleting', 'erasing'))
ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED
"""

_MARK = """
UPDATE ground.event SET published_at = $1, settled = NOT type = ANY($2::text[])
WHERE published_at IS NULL AND seq = ANY($3::bigint[])
"""


def stream_of(partition: int) -> str:
    """The stream of a partition."""
    return f"ff:ev:{partition}"


def partition_of(subject: str) -> int:
    """The partition in which everything about one subject stays in order; the sweeper computes the same in SQL."""
    return crc32(subject.encode()) % PARTITIONS


class Relay:
    """One in the whole deployment works, others wait for their turn. `types` are the events that somebody reacts to."""

    def __init__(self, house: House, types: Collection[str]) -> None:
        self.house = house
        self.types = list(types)

    async def run(self, stop: asyncio.Event) -> None:
        """Carries events until `stop` is set or a server goes away."""
        async with own_connection(self.house, "relay") as db:
            while not await take(db, Turn.RELAY):
                if await rest(stop, TRY_AGAIN_FOR_TURN):
                    return
            pause = SHORTEST_PAUSE
            while not stop.is_set():
                if await db.fetchval(_IS_WAITING) and await self.carry(db):
                    pause = SHORTEST_PAUSE
                else:
                    await rest(stop, pause)
                    pause = min(pause * 1.2, LONGEST_PAUSE)

    async def carry(self, db: asyncpg.Connection) -> int:
        """Carries one batch; says how many events it had.

        Published before the commit: dying in between publishes them once more, and no event is ever lost.
        """
        async with db.transaction():
            rows = await db.fetch(_WAITING, BATCH)
            if rows:
                async with asyncio.timeout(SEND_WITHIN):
                    await self.send(rows)
                await self.mark(db, rows)
        return len(rows)

    async def send(self, rows: Sequence[asyncpg.Record]) -> None:
        """Adds events to their streams."""
        pipeline = self.house.valkey.pipeline(transaction=False)
        for row in rows:
            stream = stream_of(partition_of(row["subject"]))
            pipeline.xadd(stream, _fields(row), maxlen=LONGEST_STREAM, approximate=True)  # type: ignore[unused-awaitable]  # a pipeline only notes it
        await pipeline.execute()

    async def mark(self, db: asyncpg.Connection, rows: Sequence[asyncpg.Record]) -> None:
        """Notes that they are published, and settles those that nobody waits for."""
        await db.execute(_MARK, self.house.clock.now(), self.types, [row["seq"] for row in rows])


def _fields(row: asyncpg.Record) -> dict[Any, Any]:
    return {
        "id": str(row["id"]),
        "tenant": str(row["tenant_id"]),
        "type": row["type"],
        "subject": row["subject"],
        "at": row["at"].isoformat(),
        "seq": row["seq"],
        "actor": row["actor"],
        "request_id": row["request_id"],
        "data": row["data"],
    }

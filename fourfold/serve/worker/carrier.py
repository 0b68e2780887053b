"""The carrier: brings what was told by transactions of documents to PostgreSQL, in its order, and once."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson

from fourfold.ground.audit import KEEP_ENTRIES
from fourfold.ground.closing import calling_with
from fourfold.ground.collection import TENANT
from fourfold.ground.db import transaction
from fourfold.ground.document_store import DocumentStore
from fourfold.ground.document_work import HINT, OUTBOX
from fourfold.ground.durable import Later, write_jobs
from fourfold.ground.house import House
from fourfold.ground.outbox import WRITE_EVENTS
from fourfold.ground.valkey import ValkeyAway
from fourfold.ground.who import Who
from fourfold.serve.worker.patience import rest
from fourfold.serve.worker.turns import Turn, own_connection, take

BATCH = 500
TRY_AGAIN_FOR_TURN = 0.5
# The hint comes at once; this is for hints that are lost.
LOOK_EVERY = 1.0

# Under this name the inbox keeps which rows were carried, and throws that away when nobody can ask any more.
NAME = "ground.carrier"
_CLAIM = """
INSERT INTO ground.inbox (tenant_id, reaction, event_id, at) SELECT $1, $2, id, $4 FROM unnest($3::uuid[]) AS id
ON CONFLICT DO NOTHING RETURNING event_id
"""

Row = Mapping[str, Any]


class Carrier:
    """One in the whole deployment works, others wait for their turn.

    A row is written to PostgreSQL together with the mark that it was, and taken away from MongoDB after that: whenever
    the carrier dies, the row is looked at again and found to be carried.
    """

    def __init__(self, house: House, store: DocumentStore) -> None:
        self.house = house
        self.store = store
        self._outbox = store.raw(OUTBOX.name)

    async def run(self, stop: asyncio.Event) -> None:
        """Carries until `stop` is set or a server goes away."""
        hinted = asyncio.Event()
        listening = asyncio.create_task(self._listen(hinted), name="carrier's hints")
        stopping = asyncio.create_task(_hint_at(stop, hinted))
        try:
            async with own_connection(self.house, "carrier") as db:
                while not await take(db, Turn.CARRIER):
                    if await rest(stop, TRY_AGAIN_FOR_TURN):
                        return
                while not stop.is_set():
                    hinted.clear()
                    while await self.carry():
                        pass
                    # Also finds out that the connection is gone, and with it the turn.
                    await db.execute("SELECT 1")
                    await rest(hinted, LOOK_EVERY)
        finally:
            for task in (listening, stopping):
                task.cancel()
            await asyncio.gather(listening, stopping, return_exceptions=True)

    async def carry(self) -> int:
        """Carries one batch; says how many rows it had."""
        rows = await self._outbox.find(sort=[("_id", 1)], limit=BATCH).to_list(BATCH)
        for tenant_id, own in groupby(sorted(rows, key=_tenant_of), key=_tenant_of):
            await self.bring(tenant_id, list(own))
        if rows:
            await self._outbox.delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
        return len(rows)

    async def bring(self, tenant_id: UUID, rows: Sequence[Row]) -> None:
        """Writes a tenant's rows to PostgreSQL, but for those that are there."""
        now = self.house.clock.now()
        opened = transaction(self.house.pool, tenant_id)
        async with opened as db:
            ids = [row["_id"] for row in rows]
            fresh = {row["event_id"] for row in await db.fetch(_CLAIM, tenant_id, NAME, ids, now)}
            carried = [row for row in rows if row["_id"] in fresh]
            for row in carried:
                if "jobs" in row:
                    who = Who.system(tenant_id, request_id=row["request_id"])
                    await write_jobs(db, who, row["at"], [_later(each) for each in orjson.loads(row["jobs"])])
            opened.last_words = "".join(map(_words, carried))

    async def _listen(self, hinted: asyncio.Event) -> None:
        while True:
            with suppress(*ValkeyAway):
                async with self.house.valkey.pubsub() as listener:
                    await listener.subscribe(HINT)
                    async for _ in listener.listen():
                        hinted.set()
            await asyncio.sleep(LOOK_EVERY)


async def _hint_at(stop: asyncio.Event, hinted: asyncio.Event) -> None:
    await stop.wait()
    hinted.set()


def _tenant_of(row: Row) -> UUID:
    tenant_id: UUID = row[TENANT]
    return tenant_id


def _words(row: Row) -> str:
    events = calling_with(WRITE_EVENTS, row["events"]) if "events" in row else ""
    return events + (calling_with(KEEP_ENTRIES, row["entries"]) if "entries" in row else "")


def _later(told: Mapping[str, Any]) -> Later:
    run_at = datetime.fromisoformat(told["run_at"])
    return Later(UUID(told["id"]), told["name"], told["args"], run_at, told["once"], behind=told["behind"])

"""Sealing: entries get their place in the tenant's chain, about a second after their commit and in no request's way."""

from uuid import UUID

from fourfold.core.audit import queries, tables
from fourfold.core.audit.rules import START, hash_of
from fourfold.ground.db import transaction
from fourfold.ground.house import House
from fourfold.ground.logs import log

BATCH = 500

_log = log("fourfold.audit")


async def seal_waiting(house: House) -> int:
    """Seals what waits in all tenants; how many entries. Any number of workers may do this at once."""
    sealed = 0
    for tenant_id in await queries.tenants_waiting(house.pool):
        while some := await seal_some(house, tenant_id):
            sealed += some
    return sealed


async def seal_some(house: House, tenant_id: UUID) -> int:
    """Seals the oldest that wait, in one transaction; 0 when there are none, or another worker is at it.

    What waits is a row of its own and not a position, so that an entry which is committed late is sealed late, but is.
    """
    async with transaction(house.pool, tenant_id) as db:
        if not await tables.lock_chain(db, tenant_id):
            return 0
        # A statement of its own: it must see what the worker before us has committed.
        head = await queries.head(db)
        seq, prev = (head["seq"], bytes(head["hash"])) if head else (0, START)
        links = []
        for row in await tables.take_waiting(db, tenant_id, BATCH):
            if row["body"] is None:
                _log.error("an entry of the audit log is gone", tenant=str(tenant_id), entry=str(row["id"]))
            seq, before = seq + 1, prev
            prev = hash_of(before, row["body"] or "")
            links.append((seq, row["id"], before, prev))
        if links:
            await tables.insert_seals(db, tenant_id, house.clock.now(), links)
    return len(links)

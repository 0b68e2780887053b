"""Erasing: every row, document, file and key of a tenant whose grace period is over; a tombstone and a receipt stay."""

from uuid import UUID

import asyncpg
from pydantic import BaseModel

from fourfold.contracts.core import Letter
from fourfold.core.departures import queries, tables
from fourfold.core.departures.pack import ALL_TIMES
from fourfold.core.departures.rules import emptying_order, receipt_of
from fourfold.core.departures.stored_documents import documents_left, erase_documents
from fourfold.core.notices.send import send_letter
from fourfold.core.privacy.ledger import note_deletion
from fourfold.core.signing.certify import certifier
from fourfold.core.tenants.queries import tenant_with_id
from fourfold.ground.durable import job
from fourfold.ground.who import Who
from fourfold.ground.work import Desk, begin

BATCH = 2000
KEYS_AT_ONCE = 500
# The job itself is a row of the tenant: its table is emptied last, together with what the worker writes meanwhile.
LAST = ("ground.job",)
PASSES = 5


class EraseTenant(BaseModel):
    """Which deletion has become due."""

    deletion_id: UUID


class NotEmpty(RuntimeError):
    """Something of the tenant is still there: the job is tried again."""


@job("core.departures.erase_tenant", steps=True, attempts=50, always=True)
async def erase_tenant(desk: Desk, ask: EraseTenant) -> None:
    """Erases in small transactions, each of which counts what it has erased; goes on where it was broken off."""
    if not await _begin(desk, ask.deletion_id):
        return
    await note_deletion(desk.house, desk.who.tenant_id)
    async with desk.view() as view:
        names = [table.name for table in await queries.tenant_tables(view.db)]
        order = emptying_order(names, await queries.table_references(view.db))
    order = [name for name in order if name not in LAST]
    # First of all: what they have told, and is not yet carried, would become rows.
    await erase_documents(desk, ask.deletion_id)
    for _ in range(PASSES):
        if not await _empty(desk, ask.deletion_id, order):
            break
    await _forget_elsewhere(desk, ask.deletion_id)
    await _finish(desk, ask.deletion_id, [*order, *LAST])


async def _begin(desk: Desk, deletion_id: UUID) -> bool:
    tenant_id = desk.who.tenant_id
    async with desk.work() as work:
        row = await queries.deletion_with_id(work.db, deletion_id, lock=True)
        if row is None or row["cancelled_at"] is not None or row["done_at"] is not None:
            return False
        await tables.move_tenant(work.db, tenant_id, ["deleting"], "erasing", work.now)
        await work.house.changes.tell(work.db, f"tenant:{tenant_id}", work.now)
        last = await queries.last_export(work.db)
        await tables.note_export(work.db, deletion_id, last["sha256"] if last else None)
        tenant = await tenant_with_id(work.db, tenant_id)
        return tenant is not None and tenant["status"] == "erasing"


async def _empty(desk: Desk, deletion_id: UUID, order: list[str]) -> int:
    """Empties the tables and says how many rows went; a table that others still refer to waits for the next pass."""
    gone = 0
    for table in order:
        try:
            while True:
                async with desk.work() as work:
                    erased = await tables.erase_rows(work.db, deletion_id, table, BATCH)
                gone += erased
                if erased < BATCH:
                    break
        except asyncpg.ForeignKeyViolationError:
            continue
    return gone


async def _forget_elsewhere(desk: Desk, deletion_id: UUID) -> None:
    """Files, keys in Valkey, and the keys that open what is sealed, also in backups."""
    house, tenant_id = desk.house, desk.who.tenant_id
    stored = await house.storage.keys(tenant_id, "", ALL_TIMES)
    for key in stored:
        await house.storage.delete(tenant_id, key)
    keys = 0
    names: list[bytes] = []
    async for name in house.valkey.scan_iter(match=f"*{tenant_id}*", count=KEYS_AT_ONCE):
        names.append(name)
        if len(names) == KEYS_AT_ONCE:
            keys += int(await house.valkey.unlink(*names))
            names = []
    if names:
        keys += int(await house.valkey.unlink(*names))
    async with desk.work() as work:
        await house.sealer.shred(work.db, tenant_id)
        await tables.erase_elsewhere(work.db, tenant_id)
        await tables.note_erased(work.db, deletion_id, len(stored), keys)


async def _finish(desk: Desk, deletion_id: UUID, order: list[str]) -> None:
    """The last rows, the receipt, and the mail that brings it; all of it or nothing."""
    documents = await documents_left(desk)
    certify = await certifier(desk.house, "receipt+jwt")
    async with desk.work() as work:
        tenant = await tenant_with_id(work.db, desk.who.tenant_id)
        for table in order:
            while await tables.erase_rows(work.db, deletion_id, table, BATCH):
                pass
        rows = {table: count for table in order if (count := await queries.rows_of_tenant(work.db, table))}
        left = {**documents, **rows}
        row = await queries.deletion_with_id(work.db, deletion_id, lock=True)
        if left or row is None or tenant is None:
            reason = f"rows are left: {left}"
            raise NotEmpty(reason)
        receipt = receipt_of(dict(row), tenant["slug"], work.now.isoformat())
        signature = certify(receipt)
        await tables.finish_deletion(work.db, deletion_id, receipt, signature, work.now)
        await tables.blank_tenant(work.db, tenant["id"], work.now)
        await work.house.changes.tell(work.db, f"tenant:{tenant['id']}", work.now)
    await _mail_receipt(desk, row["owner_email"], receipt, signature)


async def _mail_receipt(desk: Desk, to: str, receipt: dict[str, object], signature: str) -> None:
    """From the operators' tenant: the deleted one has no mails any more."""
    slug = desk.house.settings.operator_tenant
    async with desk.house.pool.acquire() as db:
        operators = await queries.tenant_by_slug(db, slug)
    if operators is None or not to:
        return
    told = receipt["tables"]
    data = {
        "sender": "Fourfold",
        "slug": receipt["tenant"]["slug"],  # type: ignore[index]  # made by `receipt_of`
        "done_at": receipt["done_at"],
        "rows": receipt["rows"],
        "tables": len(told) if isinstance(told, dict) else 0,
        "files": receipt["files"],
        "signature": signature,
    }
    async with begin(desk.house, Who.system(operators, slug)) as work:
        once = f"tenant-deleted:{receipt['deletion_id']}"
        await send_letter(work, Letter(once, to, "core/departures/deletion_done", data))

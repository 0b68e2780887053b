"""How the ledger is kept: entries are added and never changed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fourfold.commerce.payouts.rules import Entry
from fourfold.ground.db import Connection
from fourfold.ground.ids import new_id

_INSERT = """
INSERT INTO commerce.ledger_entry (tenant_id, id, cause, cause_id, account, vendor_id, order_id, amount, currency, at)
SELECT $1, e.id, $2, $3, e.account, e.vendor_id, $4, e.amount, e.currency, $5
FROM unnest($6::uuid[], $7::text[], $8::uuid[], $9::bigint[], $10::text[])
  AS e (id, account, vendor_id, amount, currency)
"""


async def insert_entries(
    db: Connection, tenant_id: UUID, cause: str, cause_id: UUID, order_id: UUID, entries: Sequence[Entry], now: datetime
) -> None:
    """Adds the entries of one cause."""
    await db.execute(
        _INSERT, tenant_id, cause, cause_id, order_id, now, [new_id() for _ in entries],
        [each.account for each in entries], [each.vendor_id for each in entries],
        [each.amount.amount for each in entries], [each.amount.currency for each in entries],
    )  # fmt: skip

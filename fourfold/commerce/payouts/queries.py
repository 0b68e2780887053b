"""Reads of the ledger, and of the sales and refunds that it is written from."""

from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_BALANCE = """
SELECT e.vendor_id, coalesce(v.name, '') AS vendor_name, e.currency,
  -coalesce(sum(e.amount) FILTER (WHERE e.account = 'vendor_payable'), 0)::bigint AS pending,
  -coalesce(sum(e.amount) FILTER (WHERE e.account = 'vendor_earned'), 0)::bigint AS available,
  -coalesce(sum(e.amount) FILTER (WHERE e.account = 'paid_out'), 0)::bigint AS paid_out,
  -coalesce(sum(e.amount) FILTER (WHERE e.account = 'platform_fee'), 0)::bigint AS commission
FROM commerce.ledger_entry e JOIN commerce.vendor v ON v.tenant_id = e.tenant_id AND v.id = e.vendor_id
WHERE $1::uuid IS NULL OR e.vendor_id = $1
GROUP BY e.vendor_id, v.name, e.currency ORDER BY v.name, e.vendor_id, e.currency
"""


async def balances(db: Connection, vendor_id: UUID | None) -> list[asyncpg.Record]:
    """What each vendor, or one, has sold, earned and been paid, by currency."""
    return await db.fetch(_BALANCE, vendor_id)


async def entries_page(
    db: Connection, vendor_id: UUID | None, order_id: UUID | None, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Entries of one vendor or of all, newest first."""
    return await db.fetch(
        "SELECT id, cause, cause_id, account, vendor_id, order_id, amount, currency, at FROM commerce.ledger_entry"
        " WHERE ($1::uuid IS NULL OR vendor_id = $1) AND ($2::uuid IS NULL OR order_id = $2)"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        vendor_id, order_id, after, limit,
    )  # fmt: skip


async def sale_of_order(db: Connection, order_id: UUID) -> asyncpg.Record | None:
    """An order that was paid (payment_id, total, currency), locked so that entries are written one by one."""
    return await db.fetchrow(
        "SELECT o.total, o.currency, p.id AS payment_id FROM commerce.customer_order o"
        " JOIN commerce.payment p ON p.tenant_id = o.tenant_id AND p.order_id = o.id AND p.status = 'completed'"
        " WHERE o.id = $1 AND o.paid_at IS NOT NULL FOR UPDATE OF o",
        order_id,
    )


async def vendor_sales(db: Connection, order_id: UUID) -> list[asyncpg.Record]:
    """The parts of an order (vendor_id, total, commission)."""
    return await db.fetch(
        "SELECT vendor_id, total, commission FROM commerce.fulfilment WHERE order_id = $1 ORDER BY vendor_id", order_id
    )


async def is_posted(db: Connection, cause: str, cause_id: UUID) -> bool:
    """Whether the entries of a cause are in the ledger."""
    return bool(
        await db.fetchval(
            "SELECT EXISTS (SELECT FROM commerce.ledger_entry WHERE cause = $1 AND cause_id = $2)", cause, cause_id
        )
    )


async def order_entries(db: Connection, order_id: UUID) -> list[asyncpg.Record]:
    """The entries of an order (cause, account, vendor_id, amount)."""
    return await db.fetch(
        "SELECT cause, account, vendor_id, amount FROM commerce.ledger_entry WHERE order_id = $1", order_id
    )


async def refund_parts(db: Connection, refund_id: UUID) -> asyncpg.Record | None:
    """Who bears a refund (parts), when its payment had paid the order."""
    return await db.fetchrow(
        "SELECT r.parts FROM commerce.refund r JOIN commerce.payment p ON p.tenant_id = r.tenant_id"
        " AND p.id = r.payment_id AND p.status = 'completed' WHERE r.id = $1",
        refund_id,
    )

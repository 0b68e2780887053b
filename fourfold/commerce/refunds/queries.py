"""Reads of refunds, and of the order and payment that they go back to."""

from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_REFUND = (
    "id, order_id, payment_id, amount, currency, reason, status, lines, parts, restock, failure_code, actor,"
    " created_at, finished_at"
)

# What each vendor has sold in the order, less what refunds that have not failed take of it.
_LEFT = """
SELECT f.vendor_id, f.total - coalesce((
    SELECT sum((part ->> 'amount')::bigint) FROM commerce.refund r, jsonb_array_elements(r.parts) part
    WHERE r.tenant_id = f.tenant_id AND r.order_id = f.order_id AND r.status <> 'failed'
      AND part ->> 'vendor_id' = f.vendor_id::text
), 0)::bigint AS amount
FROM commerce.fulfilment f WHERE f.order_id = $1 ORDER BY f.vendor_id
"""


async def locked_order(db: Connection, order_id: UUID) -> asyncpg.Record | None:
    """The order, locked: refunds, cancelling and shipping of one order come one after another."""
    return await db.fetchrow(
        "SELECT id, currency, total, refunded, payment_status, status FROM commerce.customer_order"
        " WHERE id = $1 FOR UPDATE",
        order_id,
    )


async def completed_payment(db: Connection, order_id: UUID) -> asyncpg.Record | None:
    """The payment that has paid the order."""
    return await db.fetchrow(
        "SELECT id, order_id, amount, currency, refunded FROM commerce.payment"
        " WHERE order_id = $1 AND status = 'completed'",
        order_id,
    )


async def payment_locked(db: Connection, payment_id: UUID) -> asyncpg.Record | None:
    """A payment, whatever has become of it; locked, so that it is given back once."""
    return await db.fetchrow(
        "SELECT id, order_id, amount, currency, refunded, status FROM commerce.payment WHERE id = $1 FOR UPDATE",
        payment_id,
    )


async def sold_lines(db: Connection, order_id: UUID) -> list[asyncpg.Record]:
    """The lines of the order, with how far they are refunded and what state their parcel is in."""
    return await db.fetch(
        "SELECT l.id, l.variant_id, l.vendor_id, l.quantity, l.refunded_quantity, l.total, f.status"
        " FROM commerce.order_line l JOIN commerce.fulfilment f ON f.tenant_id = l.tenant_id AND f.id = l.fulfilment_id"
        " WHERE l.order_id = $1 ORDER BY l.position",
        order_id,
    )


async def left_by_vendor(db: Connection, order_id: UUID) -> list[asyncpg.Record]:
    """What can still be refunded of each vendor's part (vendor_id, amount)."""
    return await db.fetch(_LEFT, order_id)


async def refund_with_id(db: Connection, refund_id: UUID) -> asyncpg.Record | None:
    """One refund."""
    return await db.fetchrow(f"SELECT {_REFUND} FROM commerce.refund WHERE id = $1", refund_id)


async def refunds_of_order(db: Connection, order_id: UUID) -> list[asyncpg.Record]:
    """The refunds of an order, oldest first."""
    return await db.fetch(f"SELECT {_REFUND} FROM commerce.refund WHERE order_id = $1 ORDER BY id", order_id)


async def order_exists(db: Connection, order_id: UUID) -> bool:
    """Whether there is such an order."""
    return bool(await db.fetchval("SELECT EXISTS (SELECT FROM commerce.customer_order WHERE id = $1)", order_id))

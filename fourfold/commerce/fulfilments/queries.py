"""Reads of fulfilments; the JSON that leaves is made by PostgreSQL."""

from typing import Any
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_SHAPE = """
SELECT f.id, f.vendor_id, jsonb_build_object('id', f.id, 'order_id', f.order_id, 'order_number', o.number,
  'vendor_id', f.vendor_id, 'vendor_name', f.vendor_name, 'status', f.status,
  'total', jsonb_build_object('amount', f.total, 'currency', o.currency),
  'commission', jsonb_build_object('amount', f.commission, 'currency', o.currency),
  'carrier', f.carrier, 'tracking_number', f.tracking_number, 'placed_at', o.placed_at,
  'shipped_at', f.shipped_at, 'delivered_at', f.delivered_at, 'shipping_address', o.shipping_address,
  'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'variant_id', l.variant_id, 'title', l.title,
      'sku', l.sku, 'options', l.options, 'quantity', l.quantity, 'refunded_quantity', l.refunded_quantity,
      'total', jsonb_build_object('amount', l.total, 'currency', o.currency)) ORDER BY l.position), '[]')
    FROM commerce.order_line l WHERE l.tenant_id = f.tenant_id AND l.order_id = f.order_id AND l.fulfilment_id = f.id
  ))::text AS item
FROM commerce.fulfilment f JOIN commerce.customer_order o ON o.tenant_id = f.tenant_id AND o.id = f.order_id
"""


async def fulfilment_with_id(db: Connection, fulfilment_id: UUID) -> asyncpg.Record | None:
    """A fulfilment (id, vendor_id, item as JSON text)."""
    return await db.fetchrow(f"{_SHAPE} WHERE f.id = $1", fulfilment_id)


async def fulfilments_page(
    db: Connection, vendor_id: UUID | None, status: str | None, order_id: UUID | None, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Fulfilments (id, item) of one vendor or of all, newest first."""
    conditions, values = ["true"], list[Any]()
    wanted = (
        ("f.vendor_id = ${}", vendor_id), ("f.status = ${}", status), ("f.order_id = ${}", order_id),
        ("f.id < ${}", after),
    )  # fmt: skip
    for condition, value in wanted:
        if value is not None:
            values.append(value)
            conditions.append(condition.format(len(values)))
    return await db.fetch(
        f"{_SHAPE} WHERE {' AND '.join(conditions)} ORDER BY f.id DESC LIMIT ${len(values) + 1}", *values, limit
    )


async def owner_of(db: Connection, fulfilment_id: UUID) -> asyncpg.Record | None:
    """Whose a fulfilment is (order_id, vendor_id)."""
    return await db.fetchrow("SELECT order_id, vendor_id FROM commerce.fulfilment WHERE id = $1", fulfilment_id)


async def pieces_left(db: Connection, order_id: UUID, fulfilment_id: UUID) -> list[UUID]:
    """The variants of a fulfilment of which pieces are left to be sent, refunded ones aside, by their ids."""
    rows = await db.fetch(
        "SELECT DISTINCT variant_id FROM commerce.order_line"
        " WHERE order_id = $1 AND fulfilment_id = $2 AND refunded_quantity < quantity ORDER BY variant_id",
        order_id, fulfilment_id,
    )  # fmt: skip
    return [row["variant_id"] for row in rows]

"""Reads of what stands in letters to buyers."""

from typing import Any
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_ORDER = """
SELECT jsonb_build_object('number', o.number, 'email', o.email, 'currency', o.currency, 'total', o.total,
  'items', o.items, 'discount', o.discount, 'shipping', o.shipping, 'tax', o.tax, 'reason', o.cancel_reason,
  'paid', o.payment_status <> 'unpaid', 'prices_include_tax', o.prices_include_tax,
  'name', o.shipping_address ->> 'name', 'address', o.shipping_address, 'guest', o.account_id IS NULL,
  'shop', (SELECT s.name FROM commerce.shop s WHERE s.tenant_id = o.tenant_id),
  'token', (SELECT p.client_secret FROM commerce.payment p WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id
            ORDER BY p.id DESC LIMIT 1),
  'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object('title', l.title, 'options', l.options,
      'quantity', l.quantity, 'total', l.gross - l.discount, 'fulfilment_id', l.fulfilment_id)
      ORDER BY l.position), '[]')
    FROM commerce.order_line l WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id))
FROM commerce.customer_order o WHERE o.id = $1
"""


async def order_for_letter(db: Connection, order_id: UUID) -> dict[str, Any] | None:
    """An order as a letter tells it, amounts in minor units."""
    found: dict[str, Any] | None = await db.fetchval(_ORDER, order_id)
    return found


async def parcel_for_letter(db: Connection, fulfilment_id: UUID) -> asyncpg.Record | None:
    """A parcel (vendor_name, carrier, tracking_number)."""
    return await db.fetchrow(
        "SELECT vendor_name, carrier, tracking_number FROM commerce.fulfilment WHERE id = $1", fulfilment_id
    )


async def refund_reason(db: Connection, refund_id: UUID) -> str:
    """Why money goes back."""
    return str(await db.fetchval("SELECT reason FROM commerce.refund WHERE id = $1", refund_id) or "")

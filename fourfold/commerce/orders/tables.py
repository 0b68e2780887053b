"""How orders, their parts, lines and history are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection
from fourfold.ground.ids import new_id

# One statement writes the whole order: each round trip costs more than all of its rows. It begins with the cart, and
# nothing is written unless that is still the open cart which has been priced.
_PLACE = """
WITH closed AS (
  UPDATE commerce.cart SET status = 'ordered', updated_at = $2 WHERE id = $9 AND status = 'open' AND version = $10
  RETURNING id
), placed AS (
  INSERT INTO commerce.customer_order (tenant_id, id, number, cart_id, account_id, email, status, currency,
    prices_include_tax, items, discount, tax, shipping, total, shipping_address, billing_address, shipping_method,
    coupons, explanation, hold_until, placed_at)
  SELECT $1, o.id, o.number, closed.id, o.account_id, o.email, 'pending', o.currency, o.prices_include_tax, o.items,
    o.discount, o.tax, o.shipping, o.total, o.shipping_address, o.billing_address, o.shipping_method, o.coupons,
    o.explanation, $3, $2
  FROM jsonb_populate_record(NULL::commerce.customer_order, $4) o CROSS JOIN closed RETURNING id
), parts AS (
  INSERT INTO commerce.fulfilment (tenant_id, id, order_id, vendor_id, vendor_name, status, items, discount, tax,
    shipping, total, commission_bp, commission)
  SELECT $1, f.id, placed.id, f.vendor_id, f.vendor_name, 'pending', f.items, f.discount, f.tax, f.shipping, f.total,
    f.commission_bp, f.commission
  FROM jsonb_populate_recordset(NULL::commerce.fulfilment, $5) f CROSS JOIN placed
), sold AS (
  INSERT INTO commerce.order_line (tenant_id, id, order_id, fulfilment_id, vendor_id, product_id, variant_id, position,
    title, sku, options, image_url, quantity, unit_price, gross, discount, tax, tax_bp, total)
  SELECT $1, l.id, placed.id, l.fulfilment_id, l.vendor_id, l.product_id, l.variant_id, l.position, l.title, l.sku,
    l.options, l.image_url, l.quantity, l.unit_price, l.gross, l.discount, l.tax, l.tax_bp, l.total
  FROM jsonb_populate_recordset(NULL::commerce.order_line, $6) l CROSS JOIN placed
), noted AS (
  INSERT INTO commerce.order_history (tenant_id, id, order_id, at, actor, became)
  SELECT $1, $7, placed.id, $2, $8, 'pending' FROM placed
)
SELECT id FROM placed
"""

# The order is locked before its parts, everywhere: two moves of one order never wait for each other in a circle.
_PAY = """
WITH paid AS (
  UPDATE commerce.customer_order SET status = 'processing', payment_status = 'paid', paid_at = $3, version = version + 1
  WHERE id = $2 AND status = 'pending' RETURNING total, currency
), parts AS (
  UPDATE commerce.fulfilment SET status = 'processing'
  WHERE order_id = $2 AND status = 'pending' AND EXISTS (SELECT FROM paid) RETURNING id
), noted AS (
  INSERT INTO commerce.order_history (tenant_id, id, order_id, fulfilment_id, at, actor, was, became)
  SELECT $1::uuid, uuidv7(), $2::uuid, NULL::uuid, $3::timestamptz, $4::text, 'pending', 'processing' FROM paid
  UNION ALL
  SELECT $1, uuidv7(), $2, id, $3, $4, 'pending', 'processing' FROM parts
)
SELECT total, currency FROM paid
"""

_CANCEL = """
WITH parts AS (
  UPDATE commerce.fulfilment SET status = 'cancelled' WHERE order_id = $1 AND status <> 'cancelled'
)
UPDATE commerce.customer_order SET status = 'cancelled', cancelled_at = $2, cancel_reason = $3, version = version + 1
WHERE id = $1
"""

_REFUND = """
UPDATE commerce.customer_order SET refunded = refunded + $2, version = version + 1,
  payment_status = CASE WHEN refunded + $2 = total THEN 'refunded' ELSE 'partially_refunded' END
WHERE id = $1
RETURNING payment_status
"""


async def insert_order(
    db: Connection, tenant_id: UUID, now: datetime, hold_until: datetime, actor: str, order: dict[str, Any],
    parts: Sequence[dict[str, Any]], lines: Sequence[dict[str, Any]], cart_id: UUID, cart_version: int,
) -> bool:  # fmt: skip
    """Closes a cart and writes its order with parts and lines (by column name), beginning its history.

    False, and nothing is written, when the cart is not open any more or has another version.
    """
    placed = await db.fetchval(
        _PLACE, tenant_id, now, hold_until, order, parts, lines, new_id(), actor, cart_id, cart_version
    )
    return placed is not None


async def pay_order(
    db: Connection, tenant_id: UUID, order_id: UUID, now: datetime, actor: str
) -> asyncpg.Record | None:
    """Moves a pending order and its parts on (total, currency); None when it does not wait to be paid."""
    return await db.fetchrow(_PAY, tenant_id, order_id, now, actor)


async def cancel_order(db: Connection, order_id: UUID, now: datetime, reason: str) -> None:
    """Cancels an order and its parts; the caller holds their locks."""
    await db.execute(_CANCEL, order_id, now, reason)


async def set_status(db: Connection, order_id: UUID, status: str) -> None:
    """Sets an order's status; the caller holds its lock."""
    await db.execute(
        "UPDATE commerce.customer_order SET status = $2, version = version + 1 WHERE id = $1", order_id, status
    )


async def insert_history(
    db: Connection, tenant_id: UUID, now: datetime, actor: str,
    moves: Sequence[tuple[UUID, UUID | None, str | None, str, str]],
) -> None:  # fmt: skip
    """Adds moves (order, part, was, became, note) to the history, in the order given."""
    await db.execute(
        "INSERT INTO commerce.order_history (tenant_id, id, order_id, fulfilment_id, at, actor, was, became, note)"
        " SELECT $1, m.id, m.order_id, m.part_id, $2, $3, m.was, m.became, m.note"
        " FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[])"
        " AS m (id, order_id, part_id, was, became, note)",
        tenant_id, now, actor, [new_id() for _ in moves], *(list(column) for column in zip(*moves, strict=True)),
    )  # fmt: skip


async def count_refund(db: Connection, order_id: UUID, amount: int) -> str:
    """Counts a refund on its order, and gives the payment status that the order has now; the caller holds its lock."""
    became: str = await db.fetchval(_REFUND, order_id, amount)
    return became


async def add_refunded_pieces(db: Connection, line_ids: Sequence[UUID], quantities: Sequence[int]) -> None:
    """Counts pieces of lines as refunded; negative numbers take that back."""
    await db.execute(
        "UPDATE commerce.order_line l SET refunded_quantity = l.refunded_quantity + n.quantity"
        " FROM unnest($1::uuid[], $2::int[]) AS n (line_id, quantity) WHERE l.id = n.line_id",
        line_ids, quantities,
    )  # fmt: skip

"""Reads of orders: for moving them, and as the JSON that leaves, which PostgreSQL makes."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import View


class NoSuchOrder(NotFound):
    """404: there is no such order, or it is not the caller's to see."""

    code = "commerce.no_such_order"
    title = "There is no such order"


def _money(column: str, table: str = "o") -> str:
    return f"jsonb_build_object('amount', {table}.{column}, 'currency', o.currency)"


def _totals(table: str) -> str:
    parts = ", ".join(f"'{name}', {_money(name, table)}" for name in ("items", "discount", "tax", "shipping", "total"))
    return f"jsonb_build_object({parts})"


# `v` is there for whoever sees the order as a vendor only: then its own part is given, and nothing else.
_LINES = f"""(SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'fulfilment_id', l.fulfilment_id,
    'vendor_id', l.vendor_id, 'product_id', l.product_id, 'variant_id', l.variant_id, 'title', l.title, 'sku', l.sku,
    'options', l.options, 'image_url', l.image_url, 'quantity', l.quantity, 'refunded_quantity', l.refunded_quantity,
    'unit_price', {_money("unit_price", "l")}, 'discount', {_money("discount", "l")}, 'tax', {_money("tax", "l")},
    'tax_basis_points', l.tax_bp, 'total', {_money("total", "l")}) ORDER BY l.position), '[]')
  FROM commerce.order_line l WHERE l.order_id = o.id AND (v.id IS NULL OR l.vendor_id = v.id))"""

_PARTS = f"""(SELECT coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'status', f.status,
    'vendor', jsonb_build_object('id', f.vendor_id, 'name', f.vendor_name), 'carrier', f.carrier,
    'tracking_number', f.tracking_number, 'shipped_at', f.shipped_at, 'delivered_at', f.delivered_at,
    'totals', {_totals("f")}, 'commission', CASE WHEN $3 OR v.id IS NOT NULL THEN {_money("commission", "f")} END,
    'line_ids', (SELECT jsonb_agg(l.id ORDER BY l.position) FROM commerce.order_line l WHERE l.fulfilment_id = f.id))
    ORDER BY f.id), '[]')
  FROM commerce.fulfilment f WHERE f.order_id = o.id AND (v.id IS NULL OR f.vendor_id = v.id))"""

_PAYMENTS = f"""(SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'status', p.status,
    'amount', {_money("amount", "p")}, 'refunded', {_money("refunded", "p")}, 'failure_code', p.failure_code,
    'created_at', p.created_at, 'finished_at', p.finished_at,
    'client_secret', CASE WHEN p.status = 'pending' AND mine.yes THEN p.client_secret END) ORDER BY p.id), '[]')
  FROM commerce.payment p WHERE p.order_id = o.id AND v.id IS NULL)"""

_REFUNDS = f"""(SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'status', r.status,
    'amount', {_money("amount", "r")}, 'reason', r.reason, 'created_at', r.created_at, 'finished_at', r.finished_at)
    ORDER BY r.id), '[]')
  FROM commerce.refund r WHERE r.order_id = o.id AND v.id IS NULL)"""

_HISTORY = """(SELECT coalesce(jsonb_agg(jsonb_build_object('at', h.at, 'was', h.was, 'became', h.became,
    'note', h.note, 'fulfilment_id', h.fulfilment_id,
    'actor', CASE WHEN $3 THEN h.actor ELSE split_part(h.actor, ':', 1) END) ORDER BY h.at, h.id), '[]')
  FROM commerce.order_history h LEFT JOIN commerce.fulfilment f ON f.tenant_id = h.tenant_id AND f.id = h.fulfilment_id
  WHERE h.order_id = o.id AND (v.id IS NULL OR h.fulfilment_id IS NULL OR f.vendor_id = v.id))"""

_INVOICE = """(SELECT '/v1/commerce/orders/' || o.id || '/invoice' FROM commerce.paper i
  WHERE i.order_id = o.id AND i.kind = 'invoice' AND i.rendered_at IS NOT NULL AND v.id IS NULL LIMIT 1)"""

_ORDER = f"""
SELECT jsonb_build_object('id', o.id, 'number', o.number, 'status', o.status, 'payment_status', o.payment_status,
  'email', CASE WHEN v.id IS NULL THEN o.email END, 'currency', o.currency, 'prices_include_tax', o.prices_include_tax,
  'totals', CASE WHEN v.id IS NULL THEN {_totals("o")} ELSE
    (SELECT {_totals("f")} FROM commerce.fulfilment f WHERE f.order_id = o.id AND f.vendor_id = v.id) END,
  'refunded', CASE WHEN v.id IS NULL THEN {_money("refunded")} END, 'shipping_address', o.shipping_address,
  'billing_address', CASE WHEN v.id IS NULL THEN o.billing_address END, 'shipping_method', o.shipping_method,
  'coupons', CASE WHEN v.id IS NULL THEN o.coupons ELSE '[]' END,
  'explanation', CASE WHEN v.id IS NULL THEN o.explanation ELSE '[]' END, 'placed_at', o.placed_at,
  'paid_at', o.paid_at, 'cancelled_at', o.cancelled_at, 'cancel_reason', o.cancel_reason,
  'hold_until', CASE WHEN o.status = 'pending' THEN o.hold_until END, 'lines', {_LINES}, 'fulfilments', {_PARTS},
  'payments', {_PAYMENTS}, 'refunds', {_REFUNDS}, 'history', {_HISTORY}, 'invoice_url', {_INVOICE})::text
FROM commerce.customer_order o
CROSS JOIN LATERAL (SELECT coalesce(o.account_id = $2, false) OR EXISTS (
  SELECT FROM commerce.payment p WHERE p.order_id = o.id AND p.client_secret = $4) AS yes) mine
LEFT JOIN commerce.vendor v ON NOT $3 AND NOT mine.yes AND v.account_id = $2
WHERE o.id = $1 AND ($3 OR mine.yes OR EXISTS (
  SELECT FROM commerce.fulfilment f WHERE f.order_id = o.id AND f.vendor_id = v.id))
"""

_PAGE = f"""
SELECT o.id, jsonb_build_object('id', o.id, 'number', o.number, 'status', o.status,
  'payment_status', o.payment_status, 'total', {_money("total")}, 'refunded', {_money("refunded")}, 'email', o.email,
  'placed_at', o.placed_at, 'pieces', (SELECT sum(l.quantity) FROM commerce.order_line l WHERE l.order_id = o.id),
  'titles', (SELECT jsonb_agg(l.title ORDER BY l.position) FROM commerce.order_line l
             WHERE l.order_id = o.id AND l.position < 3))::text AS item
FROM commerce.customer_order o WHERE """


async def order_with_id(view: View, order_id: UUID, token: str | None = None) -> str:
    """The order as JSON, as far as it is the caller's to see; raises `NoSuchOrder`.

    Administrators see all, buyers their own, whoever has the secret of one of its payments sees it as its buyer, and a
    vendor sees its own part.
    """
    found: str | None = await view.db.fetchval(
        _ORDER, order_id, view.who.account_id, view.who.may("commerce:orders:read_all"), token
    )
    if found is None:
        raise NoSuchOrder
    return found


async def orders_page(
    db: Connection, buyer: UUID | None, status: str | None, span: tuple[datetime | None, datetime | None],
    after: UUID | None, limit: int,
) -> list[asyncpg.Record]:  # fmt: skip
    """Orders (id, item as JSON text) of one buyer or of all, newest first, placed within the span."""
    conditions, values = ["true"], list[Any]()
    wanted = (
        ("o.account_id = ${}", buyer), ("o.status = ${}", status), ("o.placed_at >= ${}", span[0]),
        ("o.placed_at < ${}", span[1]), ("o.id < ${}", after),
    )  # fmt: skip
    for condition, value in wanted:
        if value is not None:
            values.append(value)
            conditions.append(condition.format(len(values)))
    return await db.fetch(
        f"{_PAGE}{' AND '.join(conditions)} ORDER BY o.id DESC LIMIT ${len(values) + 1}", *values, limit
    )


async def order_locked(db: Connection, order_id: UUID) -> asyncpg.Record:
    """An order (status, payment_status, account_id), locked before its parts; raises `NoSuchOrder`."""
    row = await db.fetchrow(
        "SELECT status, payment_status, account_id FROM commerce.customer_order WHERE id = $1 FOR UPDATE", order_id
    )
    if row is None:
        raise NoSuchOrder
    return row


async def parts_locked(db: Connection, order_id: UUID) -> list[asyncpg.Record]:
    """The parts of an order (id, status), locked in the order of their ids."""
    return await db.fetch(
        "SELECT id, status FROM commerce.fulfilment WHERE order_id = $1 ORDER BY id FOR UPDATE", order_id
    )


async def secrets_of(db: Connection, order_id: UUID) -> list[str]:
    """The secrets of the order's payments: whoever shows one is its buyer."""
    rows = await db.fetch("SELECT client_secret FROM commerce.payment WHERE order_id = $1", order_id)
    return [row["client_secret"] for row in rows]


async def order_of_cart(db: Connection, cart_id: UUID) -> asyncpg.Record | None:
    """The order that a cart became (id, number, status, total, currency)."""
    return await db.fetchrow(
        "SELECT id, number, status, total, currency FROM commerce.customer_order WHERE cart_id = $1", cart_id
    )


async def lines_of_buyer(view: View, order_id: UUID) -> list[asyncpg.Record]:
    """The lines of one of the caller's orders (variant_id, quantity, title, sku, options); raises `NoSuchOrder`."""
    rows = await view.db.fetch(
        "SELECT l.variant_id, l.quantity, l.title, l.sku, l.options FROM commerce.order_line l"
        " JOIN commerce.customer_order o ON o.tenant_id = l.tenant_id AND o.id = l.order_id"
        " WHERE o.id = $1 AND o.account_id = $2 ORDER BY l.position",
        order_id, view.who.account,
    )  # fmt: skip
    if not rows:
        raise NoSuchOrder
    return rows


async def orders_overdue(db: Connection, now: datetime) -> list[UUID]:
    """Pending orders whose time is over and whose payment nobody is confirming, oldest first."""
    rows = await db.fetch(
        "SELECT o.id FROM commerce.customer_order o WHERE o.status = 'pending' AND o.hold_until < $1"
        " AND NOT EXISTS (SELECT FROM commerce.payment p WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id"
        " AND p.status = 'pending' AND p.confirming_at IS NOT NULL) ORDER BY o.hold_until LIMIT 500",
        now,
    )
    return [row["id"] for row in rows]

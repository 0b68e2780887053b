"""Reads of papers, and of the facts that are frozen on them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from fourfold.commerce.vendors.scope import vendor_scope
from fourfold.ground.db import Connection
from fourfold.ground.work import View

_PAPER = "p.id, p.kind, p.cause_id, p.order_id, p.number, p.issued_at, p.rendered_at, p.key"

# Who may see a paper: administrators ($2); its buyer ($3) and a guest with a secret of the order ($4) all but packing
# slips; a vendor ($5) the packing slips of its own parcels.
_SEEN = """
($2 OR (p.kind <> 'packing_slip' AND EXISTS (
    SELECT FROM commerce.customer_order o WHERE o.tenant_id = p.tenant_id AND o.id = p.order_id
      AND (o.account_id = $3 OR EXISTS (SELECT FROM commerce.payment y
        WHERE y.tenant_id = o.tenant_id AND y.order_id = o.id AND y.client_secret = $4))))
  OR (p.kind = 'packing_slip' AND EXISTS (
    SELECT FROM commerce.fulfilment f
    WHERE f.tenant_id = p.tenant_id AND f.id = p.cause_id AND f.vendor_id = $5)))
"""

_ORDER = """
SELECT jsonb_build_object('id', o.id, 'number', o.number, 'currency', o.currency,
  'prices_include_tax', o.prices_include_tax, 'items', o.items, 'discount', o.discount, 'tax', o.tax,
  'shipping', o.shipping, 'total', o.total, 'billing_address', o.billing_address,
  'shipping_address', o.shipping_address, 'lines', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'fulfilment_id', l.fulfilment_id, 'title', l.title,
      'sku', l.sku, 'options', l.options, 'quantity', l.quantity, 'unit_price', l.unit_price, 'gross', l.gross,
      'discount', l.discount, 'tax', l.tax, 'tax_bp', l.tax_bp, 'total', l.total, 'vendor_name', f.vendor_name)
      ORDER BY l.position), '[]')
    FROM commerce.order_line l JOIN commerce.fulfilment f ON f.tenant_id = l.tenant_id AND f.id = l.fulfilment_id
    WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id))
FROM commerce.customer_order o WHERE o.id = $1
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """As whom papers are read: see `_SEEN`."""

    sees_all: bool
    account_id: UUID | None
    token: str | None
    vendor_id: UUID | None


async def reader_of(view: View, token: str | None) -> Reader:
    """The caller as a reader of papers."""
    sees_all = view.who.may("commerce:orders:read_all")
    vendor_id = None if sees_all else await vendor_scope(view)
    return Reader(sees_all, view.who.account_id, token, vendor_id)


async def invoice_seen(db: Connection, order_id: UUID, reader: Reader) -> asyncpg.Record | None:
    """The invoice of an order, when it is the reader's to see."""
    return await db.fetchrow(
        f"SELECT {_PAPER} FROM commerce.paper p WHERE p.order_id = $1 AND p.kind = 'invoice' AND {_SEEN}",
        order_id, reader.sees_all, reader.account_id, reader.token, reader.vendor_id,
    )  # fmt: skip


async def papers_seen(db: Connection, order_id: UUID, reader: Reader) -> list[asyncpg.Record]:
    """The papers of an order that are the reader's to see, oldest first."""
    return await db.fetch(
        f"SELECT {_PAPER} FROM commerce.paper p WHERE p.order_id = $1 AND {_SEEN} ORDER BY p.id",
        order_id, reader.sees_all, reader.account_id, reader.token, reader.vendor_id,
    )  # fmt: skip


async def paper_seen(db: Connection, paper_id: UUID, reader: Reader) -> asyncpg.Record | None:
    """One paper, when it is the reader's to see."""
    return await db.fetchrow(
        f"SELECT {_PAPER} FROM commerce.paper p WHERE p.id = $1 AND {_SEEN}",
        paper_id, reader.sees_all, reader.account_id, reader.token, reader.vendor_id,
    )  # fmt: skip


async def paper_with_id(db: Connection, paper_id: UUID) -> asyncpg.Record | None:
    """A paper with its frozen content."""
    return await db.fetchrow(f"SELECT {_PAPER}, p.content FROM commerce.paper p WHERE p.id = $1", paper_id)


async def paper_about(db: Connection, kind: str, cause_id: UUID) -> asyncpg.Record | None:
    """The paper of a kind that was issued about an order, a refund or a parcel."""
    return await db.fetchrow(
        f"SELECT {_PAPER} FROM commerce.paper p WHERE p.kind = $1 AND p.cause_id = $2", kind, cause_id
    )


async def invoice_ready(db: Connection, order_id: UUID) -> bool:
    """Whether the invoice of an order can be downloaded."""
    paper = await paper_about(db, "invoice", order_id)
    return paper is not None and paper["rendered_at"] is not None


async def order_facts(db: Connection, order_id: UUID) -> dict[str, Any] | None:
    """All of an order that can stand on a paper, amounts in minor units."""
    facts: dict[str, Any] | None = await db.fetchval(_ORDER, order_id)
    return facts


async def shop_facts(db: Connection) -> dict[str, Any] | None:
    """Who issues papers (name, address, tax_id, logo_key)."""
    row = await db.fetchrow("SELECT name, address, tax_id, logo_key FROM commerce.shop")
    return dict(row) if row else None


async def refund_facts(db: Connection, refund_id: UUID) -> dict[str, Any] | None:
    """A refund of a payment that had paid its order (amount, lines, reason)."""
    row = await db.fetchrow(
        "SELECT r.amount, r.lines, r.reason FROM commerce.refund r"
        " JOIN commerce.payment p ON p.tenant_id = r.tenant_id AND p.id = r.payment_id AND p.status = 'completed'"
        " WHERE r.id = $1",
        refund_id,
    )
    return dict(row) if row else None


async def part_facts(db: Connection, fulfilment_id: UUID) -> dict[str, Any] | None:
    """A vendor's part of an order (id as text, order_id, vendor_id, vendor_name)."""
    row = await db.fetchrow(
        "SELECT id::text AS id, order_id, vendor_id, vendor_name FROM commerce.fulfilment WHERE id = $1", fulfilment_id
    )
    return dict(row) if row else None

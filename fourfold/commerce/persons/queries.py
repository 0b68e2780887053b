"""Reads of what belongs to a person."""

from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection
from fourfold.ground.personal import Person

_ORDERS = """
SELECT o.number, o.status, o.payment_status, o.email, o.currency, o.total, o.refunded, o.shipping_address,
  o.billing_address, o.placed_at, o.paid_at, o.cancelled_at,
  (SELECT jsonb_agg(jsonb_build_object('title', l.title, 'sku', l.sku, 'quantity', l.quantity) ORDER BY l.id)
   FROM commerce.order_line l WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id) AS lines,
  (SELECT jsonb_agg(jsonb_build_object('kind', p.kind, 'number', p.number, 'content', p.content) ORDER BY p.id)
   FROM commerce.paper p WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id) AS papers
FROM commerce.customer_order o WHERE o.account_id = $1 OR ($3 AND o.email = $2) ORDER BY o.id
"""
_THEIRS = """
SELECT id, shipping_address, billing_address FROM commerce.customer_order
WHERE (account_id = $1 OR ($3 AND email = $2)) AND email <> $4 FOR UPDATE
"""
_OPEN = """
SELECT count(*) FROM commerce.customer_order
WHERE (account_id = $1 OR ($3 AND email = $2)) AND status IN ('processing', 'shipped')
"""
_LINES = """
SELECT c.id AS cart_id, c.status, c.created_at, l.variant_id, l.quantity
FROM commerce.cart c LEFT JOIN commerce.cart_line l ON l.tenant_id = c.tenant_id AND l.cart_id = c.id
WHERE c.account_id = $1 ORDER BY c.id, l.id
"""


async def orders_of_person(db: Connection, person: Person) -> list[asyncpg.Record]:
    """Their orders with lines and papers; those under their address alone, once it is proven."""
    return await db.fetch(_ORDERS, person.account_id, person.email, person.is_proven)


async def orders_to_blank(db: Connection, person: Person, nobody: str) -> list[asyncpg.Record]:
    """Their orders (id and addresses) that still tell who they are, locked."""
    return await db.fetch(_THEIRS, person.account_id, person.email, person.is_proven, nobody)


async def orders_on_their_way(db: Connection, person: Person) -> int:
    """How many paid orders have not arrived."""
    return int(await db.fetchval(_OPEN, person.account_id, person.email, person.is_proven))


async def carts_of_person(db: Connection, account_id: UUID) -> list[asyncpg.Record]:
    """The lines of their carts."""
    return await db.fetch(_LINES, account_id)

"""How carts and their lines are kept."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.commerce.carts.queries import CART
from fourfold.ground.db import Connection

# The cart's own row is changed first, so that changes of one cart come one after another.
_TOUCH = """
UPDATE commerce.cart SET updated_at = $3, version = version + 1
WHERE id = $1 AND account_id IS NOT DISTINCT FROM $2 AND status = 'open' RETURNING id
"""

# No row comes back when there is no shop yet: then it is made first.
_OPEN = f"""
WITH own AS (
  SELECT {CART} FROM commerce.cart WHERE account_id = $3 AND status = 'open'
), fresh AS (
  INSERT INTO commerce.cart (tenant_id, id, account_id, status, currency, created_at, updated_at)
  SELECT $1, $2, $3, 'open', coalesce($4, s.currency), $5, $5 FROM commerce.shop s
  WHERE NOT EXISTS (SELECT FROM own) AND EXISTS (SELECT FROM commerce.shipping_method)
  ON CONFLICT DO NOTHING RETURNING {CART}
)
SELECT *, false AS is_new FROM own UNION ALL SELECT *, true FROM fresh
"""

_ADD_LINE = """
WITH cart AS (
  UPDATE commerce.cart SET updated_at = $7, version = version + 1
  WHERE id = $3 AND account_id IS NOT DISTINCT FROM $8 AND status = 'open' RETURNING id
), line AS (
  INSERT INTO commerce.cart_line AS l (tenant_id, id, cart_id, variant_id, quantity, seen_price, created_at)
  SELECT $1, $2, cart.id, v.id, $5, v.price, $7 FROM cart CROSS JOIN commerce.variant v WHERE v.id = $4
  ON CONFLICT (tenant_id, cart_id, variant_id)
  DO UPDATE SET quantity = least(l.quantity + excluded.quantity, $6), seen_price = excluded.seen_price
  RETURNING l.id
)
SELECT (SELECT id FROM cart) AS cart_id, (SELECT id FROM line) AS line_id
"""

_POUR = """
INSERT INTO commerce.cart_line AS l (tenant_id, id, cart_id, variant_id, quantity, seen_price, created_at)
SELECT $1, uuidv7(), $3, s.variant_id, s.quantity, s.seen_price, $4
FROM commerce.cart_line s WHERE s.cart_id = $2 ORDER BY s.created_at, s.id
ON CONFLICT (tenant_id, cart_id, variant_id) DO UPDATE SET quantity = least(l.quantity + excluded.quantity, $5)
"""


async def open_cart(
    db: Connection, tenant_id: UUID, cart_id: UUID, account_id: UUID | None, currency: str | None, now: datetime
) -> asyncpg.Record | None:
    """The account's open cart, or a new one, in the shop's currency unless another is named (`is_new` says which).

    None when there is no shop with a way to send yet, or when the account's cart is being opened elsewhere.
    """
    return await db.fetchrow(_OPEN, tenant_id, cart_id, account_id, currency, now)


async def touch_cart(db: Connection, cart_id: UUID, account_id: UUID | None, now: datetime) -> bool:
    """Takes an open cart of the account to change it; False when there is none."""
    return await db.fetchval(_TOUCH, cart_id, account_id, now) is not None


async def update_cart(
    db: Connection, cart_id: UUID, currency: str, codes: Sequence[str], now: datetime, *, status: str = "open"
) -> None:
    """Sets what a cart holds beside its lines."""
    await db.execute(
        "UPDATE commerce.cart SET status = $5, currency = $2, coupons = $3, updated_at = $4, version = version + 1"
        " WHERE id = $1",
        cart_id, currency, codes, now, status,
    )  # fmt: skip


async def add_line(
    db: Connection, tenant_id: UUID, line_id: UUID, cart_id: UUID, variant_id: UUID, quantity: int, most: int,
    now: datetime, account_id: UUID | None,
) -> tuple[UUID | None, UUID | None]:  # fmt: skip
    """Adds pieces of a variant to the account's open cart, to the line that it has already if any.

    Gives the cart (None: no such open cart) and the line (None: no such variant).
    """
    row = await db.fetchrow(_ADD_LINE, tenant_id, line_id, cart_id, variant_id, quantity, most, now, account_id)
    return (row["cart_id"], row["line_id"]) if row else (None, None)


async def set_quantity(db: Connection, cart_id: UUID, line_id: UUID, quantity: int) -> bool:
    """Sets how many pieces a line has; False when the cart has no such line."""
    found = await db.fetchval(
        "UPDATE commerce.cart_line SET quantity = $3 WHERE cart_id = $1 AND id = $2 RETURNING true",
        cart_id, line_id, quantity,
    )  # fmt: skip
    return bool(found)


async def delete_line(db: Connection, cart_id: UUID, line_id: UUID) -> bool:
    """Removes a line; False when the cart has no such line."""
    found = await db.fetchval(
        "DELETE FROM commerce.cart_line WHERE cart_id = $1 AND id = $2 RETURNING true", cart_id, line_id
    )
    return bool(found)


async def mark_seen(db: Connection, line_ids: Sequence[UUID], prices: Sequence[int]) -> None:
    """Keeps the unit prices that the buyer has now been shown."""
    await db.execute(
        "UPDATE commerce.cart_line l SET seen_price = s.price FROM unnest($1::uuid[], $2::bigint[]) AS s (id, price)"
        " WHERE l.id = s.id",
        line_ids, prices,
    )  # fmt: skip


async def pour_lines(db: Connection, tenant_id: UUID, source: UUID, target: UUID, now: datetime, most: int) -> None:
    """Adds the lines of one cart to another; quantities of the same variant add up."""
    await db.execute(_POUR, tenant_id, source, target, now, most)

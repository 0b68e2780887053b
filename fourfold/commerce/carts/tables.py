"""How carts and their lines are kept."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fourfold.ground.db import Connection

_ADD_LINE = """
INSERT INTO commerce.cart_line AS l (tenant_id, id, cart_id, variant_id, quantity, seen_price, created_at)
SELECT $1, $2, $3, v.id, $5, v.price, $6 FROM commerce.variant v WHERE v.id = $4
ON CONFLICT (tenant_id, cart_id, variant_id)
DO UPDATE SET quantity = least(l.quantity + excluded.quantity, $7), seen_price = excluded.seen_price
RETURNING l.id
"""

_POUR = """
INSERT INTO commerce.cart_line AS l (tenant_id, id, cart_id, variant_id, quantity, seen_price, created_at)
SELECT $1, uuidv7(), $3, s.variant_id, s.quantity, s.seen_price, $4
FROM commerce.cart_line s WHERE s.cart_id = $2 ORDER BY s.created_at, s.id
ON CONFLICT (tenant_id, cart_id, variant_id) DO UPDATE SET quantity = least(l.quantity + excluded.quantity, $5)
"""


async def insert_cart(
    db: Connection, tenant_id: UUID, cart_id: UUID, account_id: UUID | None, currency: str, now: datetime
) -> bool:
    """Adds an open cart; False when the account has one."""
    added = await db.fetchval(
        "INSERT INTO commerce.cart (tenant_id, id, account_id, status, currency, created_at, updated_at)"
        " VALUES ($1, $2, $3, 'open', $4, $5, $5) ON CONFLICT DO NOTHING RETURNING true",
        tenant_id, cart_id, account_id, currency, now,
    )  # fmt: skip
    return bool(added)


async def update_cart(
    db: Connection, cart_id: UUID, currency: str, coupons: Sequence[str], now: datetime, *, status: str = "open"
) -> None:
    """Sets what a cart holds beside its lines."""
    await db.execute(
        "UPDATE commerce.cart SET status = $5, currency = $2, coupons = $3, updated_at = $4 WHERE id = $1",
        cart_id, currency, coupons, now, status,
    )  # fmt: skip


async def add_line(
    db: Connection, tenant_id: UUID, line_id: UUID, cart_id: UUID, variant_id: UUID, quantity: int, most: int,
    now: datetime,
) -> UUID | None:  # fmt: skip
    """Adds pieces of a variant, to the line that it has already if any; None when there is no such variant."""
    found: UUID | None = await db.fetchval(_ADD_LINE, tenant_id, line_id, cart_id, variant_id, quantity, now, most)
    return found


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

"""How tax rates, coupons with their uses, and shipping methods are kept."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

Kept = Literal["coupon", "tax_rate", "shipping_method"]

# The rows are locked by ascending id, so that two orders with the same coupons never wait for each other in a circle.
_TAKE = """
WITH locked AS (
  SELECT id FROM commerce.coupon WHERE code = ANY ($1) AND active ORDER BY id FOR UPDATE
)
UPDATE commerce.coupon SET used = used + 1
WHERE id IN (SELECT id FROM locked) AND active AND (usage_limit IS NULL OR used < usage_limit)
RETURNING id, code
"""

# The coupon's row is locked by now: nobody else counts this customer's uses of it. The lowest free number is taken.
_USE = """
INSERT INTO commerce.coupon_use (tenant_id, coupon_id, order_id, customer, nth, at)
SELECT $1, c.id, $2, $4, free.nth, $5
FROM commerce.coupon c
CROSS JOIN LATERAL (
  SELECT min(n) AS nth
  FROM generate_series(1, 1 + (
    SELECT count(*) FROM commerce.coupon_use u WHERE u.coupon_id = c.id AND u.customer = $4)) n
  WHERE NOT EXISTS (SELECT FROM commerce.coupon_use u WHERE u.coupon_id = c.id AND u.customer = $4 AND u.nth = n)
) free
WHERE c.id = ANY ($3) AND (c.customer_limit IS NULL OR free.nth <= c.customer_limit)
RETURNING coupon_id
"""

_RETURN = """
WITH returned AS (DELETE FROM commerce.coupon_use WHERE order_id = $1 RETURNING coupon_id)
UPDATE commerce.coupon SET used = used - 1 WHERE id IN (SELECT coupon_id FROM returned)
"""


async def take_coupons(db: Connection, codes: Sequence[str]) -> list[asyncpg.Record]:
    """Counts one use of each active coupon that has one left (id, code), and keeps them locked."""
    return await db.fetch(_TAKE, codes)


async def insert_uses(
    db: Connection, tenant_id: UUID, order_id: UUID, coupon_ids: Sequence[UUID], customer: str, now: datetime
) -> Collection[UUID]:
    """Writes the customer's uses, and gives the coupons of which the customer had one left."""
    rows = await db.fetch(_USE, tenant_id, order_id, coupon_ids, customer, now)
    return {row["coupon_id"] for row in rows}


async def return_uses(db: Connection, order_id: UUID) -> None:
    """Takes an order's uses back."""
    await db.execute(_RETURN, order_id)


async def insert_standard_method(
    db: Connection, tenant_id: UUID, method_id: UUID, price: int, currency: str, now: datetime
) -> None:
    """Adds a way to send everywhere, unless one has the currency; the shop's row keeps two from being added at once."""
    await db.execute("SELECT FROM commerce.shop FOR UPDATE")
    await db.execute(
        "INSERT INTO commerce.shipping_method (tenant_id, id, name, price, currency, created_at)"
        " SELECT $1, $2, 'Standard', $3, $4, $5"
        " WHERE NOT EXISTS (SELECT FROM commerce.shipping_method WHERE currency = $4)",
        tenant_id, method_id, price, currency, now,
    )  # fmt: skip


async def insert_kept(db: Connection, table: Kept, tenant_id: UUID, values: Mapping[str, Any]) -> bool:
    """Adds a row by column name; False when its code or its place is taken."""
    places = ", ".join(f"${at}" for at in range(2, len(values) + 2))
    added = await db.fetchval(
        f"INSERT INTO commerce.{table} (tenant_id, {', '.join(values)}) VALUES ($1, {places})"
        " ON CONFLICT DO NOTHING RETURNING true",
        tenant_id, *values.values(),
    )  # fmt: skip
    return bool(added)


async def update_kept(db: Connection, table: Kept, row_id: UUID, values: Mapping[str, Any]) -> None:
    """Changes columns of a row by name."""
    changes = "".join(f", {name} = ${at}" for at, name in enumerate(values, 2))
    await db.execute(
        f"UPDATE commerce.{table} SET version = version + 1{changes} WHERE id = $1", row_id, *values.values()
    )


async def delete_kept(db: Connection, table: Kept, row_id: UUID) -> None:
    """Removes a row."""
    await db.execute(f"DELETE FROM commerce.{table} WHERE id = $1", row_id)

"""Reads of stock levels and of the ledger."""

from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection


async def variant_owner(db: Connection, variant_id: UUID) -> asyncpg.Record | None:
    """Whose a variant is: (product_id, vendor_id)."""
    return await db.fetchrow("SELECT product_id, vendor_id FROM commerce.variant WHERE id = $1", variant_id)


async def levels_of_variant(db: Connection, variant_id: UUID) -> list[asyncpg.Record]:
    """A variant's levels by location."""
    return await db.fetch(
        "SELECT location, on_hand, reserved, allocated, backorder_limit, low_at, updated_at,"
        " greatest(on_hand + backorder_limit - reserved - allocated, 0) AS available"
        " FROM commerce.stock_level WHERE variant_id = $1 ORDER BY location",
        variant_id,
    )


async def movements_of_variant(
    db: Connection, variant_id: UUID, before: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """The ledger of a variant, newest first, before the entry with the id `before`."""
    return await db.fetch(
        "SELECT id, location, delta, reason, cause_id, note, actor, at FROM commerce.stock_movement"
        " WHERE variant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        variant_id, before, limit,
    )  # fmt: skip

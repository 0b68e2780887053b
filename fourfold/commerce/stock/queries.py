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


async def facts_for_warning(db: Connection, variant_id: UUID) -> asyncpg.Record | None:
    """What a mail about low stock tells: shop, vendor, email, title, sku, options, low_at."""
    return await db.fetchrow(
        "SELECT (SELECT s.name FROM commerce.shop s) AS shop, n.name AS vendor, n.email, p.title, v.sku, v.options,"
        " (SELECT max(l.low_at) FROM commerce.stock_level l WHERE l.variant_id = v.id) AS low_at"
        " FROM commerce.variant v JOIN commerce.product p ON p.id = v.product_id"
        " JOIN commerce.vendor n ON n.id = v.vendor_id WHERE v.id = $1",
        variant_id,
    )


async def low_levels(db: Connection, scope: UUID | None, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Variants of a vendor (of all for None) that are down to the level at which somebody wants to know."""
    return await db.fetch(
        "SELECT l.variant_id, v.product_id, p.title, v.sku, v.options, l.location, l.low_at,"
        " l.on_hand - l.reserved - l.allocated AS left FROM commerce.stock_level l"
        " JOIN commerce.variant v ON v.tenant_id = l.tenant_id AND v.id = l.variant_id"
        " JOIN commerce.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id"
        " WHERE l.low_at > 0 AND l.on_hand - l.reserved - l.allocated <= l.low_at AND v.active"
        " AND ($1::uuid IS NULL OR v.vendor_id = $1) AND ($2::uuid IS NULL OR l.variant_id > $2)"
        " ORDER BY l.variant_id LIMIT $3",
        scope, after, limit,
    )  # fmt: skip

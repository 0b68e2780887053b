"""Reads of listings."""

from typing import Any
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

# A search for words ranks at most so many hits, and counts at most so many; without words more of them are counted.
RANKED = 600
COUNTED = 2000
BROWSED = 20_000

_COLUMNS = {
    "price": ("price", ">", "ASC"),
    "-price": ("price", "<", "DESC"),
    "-created": ("created_at", "<", "DESC"),
    "-rating": ("rating", "<", "DESC"),
    "-sold": ("sold", "<", "DESC"),
}
_PLAIN = {
    "min_price": "l.price >= ${}",
    "max_price": "l.price <= ${}",
    "min_rating": "l.rating >= ${}",
    "in_stock": "l.in_stock = ${}",
}


def is_plain(asked: dict[str, Any]) -> bool:
    """Whether the filters are such as an ordered index answers by itself."""
    return asked.keys() <= _PLAIN.keys()


async def plain_page(
    db: Connection, asked: dict[str, Any], sort: str, after: list[Any] | None, limit: int
) -> list[asyncpg.Record]:
    """Listings along an index: (card, key, product_id), behind the position `after` (key, id)."""
    column, beyond, order = _COLUMNS[sort]
    conditions = [_PLAIN[name].format(at) for at, name in enumerate(asked, 1)]
    values = list(asked.values())
    if after is not None:
        kind = "::text::timestamptz" if column == "created_at" else ""
        conditions.append(f"(l.{column}, l.product_id) {beyond} (${len(values) + 1}{kind}, ${len(values) + 2})")
        values += [after[0], UUID(after[1])]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    key = f"l.{column}::text" if column == "created_at" else f"l.{column}"
    return await db.fetch(
        f"SELECT l.card::text AS card, {key} AS key, l.product_id FROM commerce.listing l{where}"
        f" ORDER BY l.{column} {order}, l.product_id {order} LIMIT ${len(values) + 1}",
        *values,
        limit,
    )


async def searched_page(db: Connection, asked: dict[str, Any], limit: int) -> list[asyncpg.Record]:
    """Listings by any filter: (card, key, product_id, mended, cut); `asked` also has sort and after.

    `cut` tells that there are more hits than were ranked.
    """
    return await db.fetch(
        "SELECT card, key, product_id, mended, cut FROM commerce.search_listings($1, $2, $3)", asked, limit, RANKED
    )


async def facets_of(db: Connection, asked: dict[str, Any]) -> str:
    """How the hits are spread, as JSON text."""
    examined = COUNTED if "q" in asked else BROWSED
    return str(await db.fetchval("SELECT commerce.count_facets($1, $2)", asked, examined))


async def suggestions_for(db: Connection, typed: str, limit: int) -> str:
    """Suggestions for a typed beginning, as JSON text."""
    return str(
        await db.fetchval(
            "SELECT coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'text', s.label, 'slug', s.slug,"
            " 'image_url', s.image_url)), '[]')::text FROM commerce.suggest($1, $2) AS s",
            typed, limit,
        )
    )  # fmt: skip


async def affected_products(
    db: Connection, vendor_id: UUID | None, category_id: UUID | None, after: UUID | None, limit: int
) -> list[UUID]:
    """Published products of a vendor, or in a category, in the order of their ids."""
    rows = await db.fetch(
        "SELECT p.id FROM commerce.product p WHERE p.status = 'published' AND ($1::uuid IS NULL OR p.vendor_id = $1)"
        " AND ($2::uuid IS NULL OR EXISTS (SELECT FROM commerce.product_category c WHERE c.tenant_id = p.tenant_id"
        " AND c.product_id = p.id AND c.category_id = $2)) AND ($3::uuid IS NULL OR p.id > $3) ORDER BY p.id LIMIT $4",
        vendor_id, category_id, after, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]

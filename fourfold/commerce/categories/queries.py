"""Reads of the tree of categories."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection
from fourfold.ground.refusals import FieldError, Invalid

_CATEGORY = "SELECT id, parent_id, name, slug, path, position, version FROM commerce.category"

# Products are counted by their set of categories first: there are few sets, and each is spread over its ancestors once.
_COUNTS = """
WITH sets AS (
    SELECT category_ids, count(*) AS products FROM commerce.listing GROUP BY category_ids
)
SELECT step.id, sum(s.products) AS products FROM sets s
CROSS JOIN LATERAL (
    SELECT DISTINCT piece::uuid AS id FROM commerce.category c
    CROSS JOIN LATERAL unnest(string_to_array(trim('/' FROM c.path), '/')) AS piece WHERE c.id = ANY(s.category_ids)
) AS step GROUP BY step.id
"""


class UnknownCategory(Invalid):
    """422: a category that does not exist."""

    code = "commerce.unknown_category"
    title = "There is no such category"


async def product_counts(db: Connection) -> list[asyncpg.Record]:
    """How many products are on sale in each category and below: (id, products), without those that have none."""
    return await db.fetch(_COUNTS)


async def all_categories(db: Connection) -> list[asyncpg.Record]:
    """All categories; a parent comes before its children."""
    return await db.fetch(f"{_CATEGORY} ORDER BY length(path), position, lower(name), id")


async def category_with_id(db: Connection, category_id: UUID) -> asyncpg.Record | None:
    """One category."""
    return await db.fetchrow(f"{_CATEGORY} WHERE id = $1", category_id)


async def category_with_slug(db: Connection, slug: str) -> asyncpg.Record | None:
    """One category by its slug."""
    return await db.fetchrow(f"{_CATEGORY} WHERE slug = $1", slug)


async def ids_of_slugs(db: Connection, slugs: Sequence[str]) -> dict[str, UUID]:
    """Slug → id of the categories that exist."""
    rows = await db.fetch("SELECT id, slug FROM commerce.category WHERE slug = ANY($1)", slugs)
    return {row["slug"]: row["id"] for row in rows}


async def existing_ids(db: Connection, category_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these categories exist."""
    rows = await db.fetch("SELECT id FROM commerce.category WHERE id = ANY($1)", category_ids)
    return {row["id"] for row in rows}


async def refuse_unknown_categories(db: Connection, category_ids: Sequence[UUID]) -> None:
    """Raises `UnknownCategory` unless all exist."""
    known = await existing_ids(db, category_ids) if category_ids else set()
    missing = [
        FieldError(f"category_ids.{at}", f"There is no category {each}.", "unknown")
        for at, each in enumerate(category_ids)
        if each not in known
    ]
    if missing:
        raise UnknownCategory(errors=missing)


async def in_use(db: Connection, category_id: UUID) -> bool:
    """Whether a category has children or products, drafts included."""
    return bool(
        await db.fetchval(
            "SELECT EXISTS (SELECT FROM commerce.category WHERE parent_id = $1)"
            " OR EXISTS (SELECT FROM commerce.product_category WHERE category_id = $1)",
            category_id,
        )
    )


async def longest_path_below(db: Connection, path: str) -> str:
    """The longest of the paths that begin with this one; a path's length says its depth, since ids are equally long."""
    return str(
        await db.fetchval(
            "SELECT path FROM commerce.category WHERE path ^@ $1 ORDER BY length(path) DESC LIMIT 1", path
        )
    )

"""How the tree of categories is kept: a materialised path of ids for each, '/top/child/'."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.ground.db import Connection

# Any constant will do, as long as nobody else locks the same pair of numbers.
_TREE = 0x7EEE


async def lock_tree(db: Connection, tenant_id: UUID) -> None:
    """Lets one change of a tenant's tree happen at a time: two moves at once could close a circle."""
    await db.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", _TREE, str(tenant_id))


async def insert_category(
    db: Connection, tenant_id: UUID, category_id: UUID, parent_id: UUID | None, name: str, slug: str, path: str,
    position: int, now: datetime,
) -> bool:  # fmt: skip
    """Adds a category; False when the slug is taken."""
    added = await db.fetchval(
        "INSERT INTO commerce.category (tenant_id, id, parent_id, name, slug, path, position, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant_id, slug) DO NOTHING RETURNING true",
        tenant_id, category_id, parent_id, name, slug, path, position, now,
    )  # fmt: skip
    return bool(added)


async def insert_roots(
    db: Connection, tenant_id: UUID, ids: Sequence[UUID], names: Sequence[str], slugs: Sequence[str], now: datetime
) -> None:
    """Adds categories without a parent, where the slug is free."""
    await db.execute(
        "INSERT INTO commerce.category (tenant_id, id, name, slug, path, created_at)"
        " SELECT $1, d.id, d.name, d.slug, '/' || d.id || '/', $2"
        " FROM unnest($3::uuid[], $4::text[], $5::text[]) AS d (id, name, slug) ORDER BY d.slug"
        " ON CONFLICT (tenant_id, slug) DO NOTHING",
        tenant_id, now, ids, names, slugs,
    )  # fmt: skip


async def update_category(db: Connection, category_id: UUID, changes: dict[str, Any]) -> None:
    """Sets any of name, slug, position."""
    sets = "".join(f", {name} = ${at}" for at, name in enumerate(changes, 2))
    await db.execute(
        f"UPDATE commerce.category SET version = version + 1{sets} WHERE id = $1", category_id, *changes.values()
    )


async def move_subtree(db: Connection, category_id: UUID, parent_id: UUID | None, was: str, becomes: str) -> None:
    """Hangs a category with all below it elsewhere: every path that began with `was` begins with `becomes`."""
    await db.execute(
        "UPDATE commerce.category SET path = $4 || substr(path, length($3) + 1), version = version + 1,"
        " parent_id = CASE WHEN id = $1 THEN $2 ELSE parent_id END WHERE path ^@ $3",
        category_id, parent_id, was, becomes,
    )  # fmt: skip


async def delete_category(db: Connection, category_id: UUID) -> None:
    """Removes a category; the database refuses while anything hangs on it."""
    await db.execute("DELETE FROM commerce.category WHERE id = $1", category_id)

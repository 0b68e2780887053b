"""How a tenant's own roles are kept."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from fourfold.ground.db import Connection


async def insert_role(
    db: Connection, tenant_id: UUID, name: str, title: str, permissions: Iterable[str], now: datetime
) -> bool:
    """Adds a role; False when there is one of the name."""
    added = await db.fetchval(
        "INSERT INTO core.role (tenant_id, name, title, permissions, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING RETURNING true",
        tenant_id, name, title, sorted(permissions), now,
    )  # fmt: skip
    return bool(added)


async def update_role(db: Connection, name: str, title: str, permissions: Iterable[str], now: datetime) -> None:
    """Changes a role, which is another version then."""
    await db.execute(
        "UPDATE core.role SET title = $2, permissions = $3, version = version + 1, updated_at = $4 WHERE name = $1",
        name, title, sorted(permissions), now,
    )  # fmt: skip


async def delete_role(db: Connection, name: str) -> list[UUID]:
    """Removes a role, and takes it from everybody who has it; whom it was taken from."""
    rows = await db.fetch("DELETE FROM core.account_role WHERE role = $1 RETURNING account_id", name)
    await db.execute("DELETE FROM core.role WHERE name = $1", name)
    return [row["account_id"] for row in rows]

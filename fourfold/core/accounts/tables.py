"""How accounts and their roles are kept."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from fourfold.ground.db import Connection


async def insert_account(
    db: Connection, tenant_id: UUID, account_id: UUID, email: str, name: str, password_hash: str, now: datetime
) -> bool:
    """Adds an account; False when the address is taken."""
    added = await db.fetchval(
        "INSERT INTO core.account (tenant_id, id, email, name, password_hash, created_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (tenant_id, email) DO NOTHING RETURNING true",
        tenant_id, account_id, email, name, password_hash, now,
    )  # fmt: skip
    return bool(added)


async def insert_roles(
    db: Connection, tenant_id: UUID, account_id: UUID, roles: Iterable[str], now: datetime, by: UUID | None
) -> None:
    """Gives an account roles; those it has already are left as they are."""
    await db.execute(
        "INSERT INTO core.account_role (tenant_id, account_id, role, granted_at, granted_by)"
        " SELECT $1, $2, role, $4, $5 FROM unnest($3::text[]) AS role ON CONFLICT DO NOTHING",
        tenant_id, account_id, list(roles), now, by,
    )  # fmt: skip


async def delete_roles_except(db: Connection, account_id: UUID, roles: Iterable[str]) -> None:
    """Takes all other roles away from an account."""
    await db.execute(
        "DELETE FROM core.account_role WHERE account_id = $1 AND NOT role = ANY($2::text[])", account_id, list(roles)
    )


async def update_name(db: Connection, account_id: UUID, name: str, now: datetime) -> None:
    """Changes what an account is called."""
    await db.execute("UPDATE core.account SET name = $2, updated_at = $3 WHERE id = $1", account_id, name, now)

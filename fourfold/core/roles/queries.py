"""Reads of a tenant's own roles."""

from collections.abc import Sequence

import asyncpg

from fourfold.ground.db import Connection

_ROLE = "SELECT name, title, permissions, version, created_at, updated_at FROM core.role"


async def roles_of_tenant(db: Connection) -> list[asyncpg.Record]:
    """The tenant's own roles by name."""
    return await db.fetch(f"{_ROLE} ORDER BY name")


async def role_named(db: Connection, name: str) -> asyncpg.Record | None:
    """The tenant's own role, if it has one of the name."""
    return await db.fetchrow(f"{_ROLE} WHERE name = $1", name)


async def role_to_change(db: Connection, name: str) -> asyncpg.Record | None:
    """The same, locked until the transaction ends."""
    return await db.fetchrow(f"{_ROLE} WHERE name = $1 FOR UPDATE", name)


async def hold_roles(db: Connection, names: Sequence[str]) -> list[asyncpg.Record]:
    """Those of the names that are the tenant's own roles, kept as they are until the transaction ends."""
    return await db.fetch(f"{_ROLE} WHERE name = ANY($1::text[]) ORDER BY name FOR SHARE", list(names))


async def holders_of(db: Connection, name: str) -> int:
    """How many accounts have the role."""
    return int(await db.fetchval("SELECT count(*) FROM core.account_role WHERE role = $1", name))

"""Reads of settings."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from fourfold.ground.configuration import Level, Load
from fourfold.ground.db import Connection, transaction
from fourfold.ground.pool import Pool

_LEVELS = """
SELECT
  coalesce((SELECT jsonb_object_agg(name, value) FROM core.shared_setting WHERE scope = 'platform'), '{}') AS platform,
  coalesce((SELECT jsonb_object_agg(s.name, s.value) FROM core.shared_setting s, core.tenant t
            WHERE t.id = $1 AND s.scope = 'plan:' || t.plan), '{}') AS plan,
  coalesce((SELECT chosen FROM core.settings WHERE tenant_id = $1), '{}') AS tenant
"""

_CHANGES = """
SELECT id, version, scope, name, before, after, changed_by, account_id, at FROM core.setting_change
WHERE ($1::uuid IS NULL OR id < $1) AND ($2::text IS NULL OR name = $2) ORDER BY id DESC LIMIT $3
"""


def loader(pool: Pool) -> Load:
    """How the configuration learns what is set for a tenant, the weakest level first."""

    async def load(tenant_id: UUID, db: Connection | None) -> Sequence[tuple[Level, Mapping[str, Any]]]:
        if db is None:
            async with transaction(pool, tenant_id, read_only=True) as own:
                return await load(tenant_id, own)
        (row,) = await db.fetch(_LEVELS, tenant_id)
        return [("platform", row["platform"]), ("plan", row["plan"]), ("tenant", row["tenant"])]

    return load


async def chosen_of_tenant(db: Connection, *, lock: bool = False) -> tuple[int, dict[str, Any]]:
    """The version and what the tenant has chosen; version 0 when it has never chosen anything."""
    row = await db.fetchrow(f"SELECT version, chosen FROM core.settings{' FOR UPDATE' if lock else ''}")
    return (row["version"], row["chosen"]) if row else (0, {})


async def shared_settings(db: Connection, scope: str) -> dict[str, Any]:
    """What is set for the platform or for a plan (`plan:<name>`)."""
    rows = await db.fetch("SELECT name, value FROM core.shared_setting WHERE scope = $1", scope)
    return {row["name"]: row["value"] for row in rows}


async def setting_changes(db: Connection, before: UUID | None, name: str | None, limit: int) -> list[asyncpg.Record]:
    """What was changed, the newest first."""
    return await db.fetch(_CHANGES, before, name, limit)


async def setting_change(db: Connection, change_id: UUID) -> asyncpg.Record | None:
    """One change, if there is such a one."""
    return await db.fetchrow(
        "SELECT id, version, scope, name, before, after FROM core.setting_change WHERE id = $1", change_id
    )


_DOMAIN = "SELECT id, host, proof, verified_at FROM core.domain"


async def domains_of_tenant(db: Connection) -> list[asyncpg.Record]:
    """The hosts that the tenant has named."""
    return await db.fetch(f"{_DOMAIN} ORDER BY id")


async def domain_with_id(db: Connection, domain_id: UUID) -> asyncpg.Record | None:
    """A host that the tenant has named, if there is such a one."""
    return await db.fetchrow(f"{_DOMAIN} WHERE id = $1", domain_id)


async def proven_hosts(pool: Pool) -> dict[str, str]:
    """The slugs of the tenants by their proven hosts."""
    rows = await pool.fetch("SELECT h.host, t.slug FROM core.host h JOIN core.tenant t ON t.id = h.owner_id")
    return {row["host"]: row["slug"] for row in rows}

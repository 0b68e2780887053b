"""Reads of tenants; the table belongs to no tenant, so these need no transaction of one."""

from uuid import UUID

import asyncpg

from fourfold.contracts.core import TenantFacts
from fourfold.ground.db import Connection
from fourfold.ground.pool import Pool


async def tenant_with_slug(db: Connection | Pool, slug: str) -> asyncpg.Record | None:
    """The tenant (id, slug, name, status) with the slug, if any."""
    return await db.fetchrow("SELECT id, slug, name, status FROM core.tenant WHERE slug = $1", slug)


async def tenant_with_id(db: Connection | Pool, tenant_id: UUID) -> asyncpg.Record | None:
    """The tenant (id, slug, name, status) with the id, if any."""
    return await db.fetchrow("SELECT id, slug, name, status FROM core.tenant WHERE id = $1", tenant_id)


async def active_tenants(db: Connection | Pool) -> list[TenantFacts]:
    """All tenants that are served."""
    rows = await db.fetch("SELECT id, slug, name FROM core.tenant WHERE status = 'active' ORDER BY created_at")
    return [TenantFacts(row["id"], row["slug"], row["name"]) for row in rows]


async def every_tenant(db: Connection | Pool) -> list[TenantFacts]:
    """All tenants there are, those that are not served included."""
    rows = await db.fetch("SELECT id, slug, name FROM core.tenant ORDER BY created_at")
    return [TenantFacts(row["id"], row["slug"], row["name"]) for row in rows]

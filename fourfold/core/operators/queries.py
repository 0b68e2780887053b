"""Reads of tenants for their operators."""

from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_TENANT = "SELECT id, slug, name, status, status_reason, status_at, plan, created_at FROM core.tenant"

_PAGE = f"""{_TENANT}
WHERE ($1::uuid IS NULL OR id > $1) AND ($2::text IS NULL OR status = $2) AND ($3::text IS NULL OR plan = $3)
ORDER BY id LIMIT $4
"""

_USAGE = """
SELECT (SELECT count(*) FROM core.account) AS accounts,
  (SELECT count(*) FROM core.session WHERE ended_at IS NULL AND expires_at > $1) AS sessions,
  (SELECT count(*) FROM ground.job WHERE status IN ('queued', 'running')) AS jobs_waiting,
  (SELECT count(*) FROM ground.job WHERE status = 'failed') AS jobs_failed,
  (SELECT max(at) FROM ground.event) AS last_event_at
"""


def tenant_subject(tenant_id: UUID) -> str:
    """What `Changes` is told when a tenant's status changes."""
    return f"tenant:{tenant_id}"


async def tenant_in_full(db: Connection, tenant_id: UUID, *, lock: bool = False) -> asyncpg.Record | None:
    """All that operators see of a tenant, if there is one."""
    return await db.fetchrow(f"{_TENANT} WHERE id = $1{' FOR UPDATE' if lock else ''}", tenant_id)


async def tenants_page(
    db: Connection, after: UUID | None, status: str | None, plan: str | None, limit: int
) -> list[asyncpg.Record]:
    """Tenants in the order in which they were opened."""
    return await db.fetch(_PAGE, after, status, plan, limit)


async def usage_of_tenant(db: Connection, now: datetime) -> asyncpg.Record:
    """How much the transaction's tenant has and does."""
    (row,) = await db.fetch(_USAGE, now)
    return row

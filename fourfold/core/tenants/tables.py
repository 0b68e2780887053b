"""How tenants are kept."""

from datetime import datetime
from uuid import UUID

from fourfold.ground.db import Connection


async def insert_tenant(db: Connection, tenant_id: UUID, slug: str, name: str, now: datetime) -> None:
    """Adds a tenant; a slug that is taken raises asyncpg's UniqueViolationError."""
    await db.execute(
        "INSERT INTO core.tenant (id, slug, name, created_at) VALUES ($1, $2, $3, $4)", tenant_id, slug, name, now
    )

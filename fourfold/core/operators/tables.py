"""How the status and the plan of tenants are kept."""

from datetime import datetime
from uuid import UUID

from fourfold.ground.db import Connection


async def update_status(db: Connection, tenant_id: UUID, status: str, reason: str, now: datetime) -> None:
    """Moves a tenant to another status."""
    await db.execute(
        "UPDATE core.tenant SET status = $2, status_reason = $3, status_at = $4 WHERE id = $1",
        tenant_id, status, reason, now,
    )  # fmt: skip


async def update_plan(db: Connection, tenant_id: UUID, plan: str) -> None:
    """Gives a tenant another plan."""
    await db.execute("UPDATE core.tenant SET plan = $2 WHERE id = $1", tenant_id, plan)

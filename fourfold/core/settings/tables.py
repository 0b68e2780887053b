"""How settings and their history are kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.ground.db import Connection


async def keep_row(db: Connection, tenant_id: UUID, now: datetime) -> None:
    """Makes the tenant's row, so that it can be locked."""
    await db.execute(
        "INSERT INTO core.settings (tenant_id, version, chosen, updated_at) VALUES ($1, 0, '{}', $2)"
        " ON CONFLICT DO NOTHING",
        tenant_id, now,
    )  # fmt: skip


async def update_chosen(db: Connection, version: int, chosen: Mapping[str, Any], now: datetime) -> None:
    """Writes what the tenant has chosen from now on."""
    await db.execute("UPDATE core.settings SET version = $1, chosen = $2, updated_at = $3", version, chosen, now)


async def set_shared(db: Connection, scope: str, name: str, value: Any) -> None:
    """Sets a value for the platform or a plan; None takes it away."""
    if value is None:
        await db.execute("DELETE FROM core.shared_setting WHERE scope = $1 AND name = $2", scope, name)
        return
    await db.execute(
        "INSERT INTO core.shared_setting (scope, name, value) VALUES ($1, $2, $3)"
        " ON CONFLICT (scope, name) DO UPDATE SET value = excluded.value",
        scope, name, value,
    )  # fmt: skip


async def insert_changes(
    db: Connection, tenant_id: UUID, version: int, scope: str, changed_by: str, account_id: UUID | None,
    now: datetime, changes: Sequence[tuple[UUID, str, Any, Any]],
) -> None:  # fmt: skip
    """Adds changes (id, name, before, after) to the history; None stands for not set."""
    await db.executemany(
        "INSERT INTO core.setting_change"
        " (tenant_id, id, version, scope, name, before, after, changed_by, account_id, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            (tenant_id, each, version, scope, name, before, after, changed_by, account_id, now)
            for each, name, before, after in changes
        ],
    )

"""How settings and their history are kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

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


async def insert_domain(
    db: Connection, tenant_id: UUID, domain_id: UUID, host: str, proof: str, now: datetime
) -> asyncpg.Record:
    """Adds a host; one that is there already stays as it is."""
    (row,) = await db.fetch(
        "INSERT INTO core.domain (tenant_id, id, host, proof, created_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (tenant_id, host) DO UPDATE SET host = excluded.host RETURNING id, host, proof, verified_at",
        tenant_id, domain_id, host, proof, now,
    )  # fmt: skip
    return row


async def claim_host(db: Connection, host: str, tenant_id: UUID) -> bool:
    """Makes a host lead to the tenant; False when it leads to another."""
    await db.execute(
        "INSERT INTO core.host (host, owner_id) VALUES ($1, $2) ON CONFLICT (host) DO NOTHING", host, tenant_id
    )
    return bool(await db.fetchval("SELECT owner_id = $2 FROM core.host WHERE host = $1", host, tenant_id))


async def release_host(db: Connection, host: str, tenant_id: UUID) -> None:
    """Makes a host of the tenant lead nowhere."""
    await db.execute("DELETE FROM core.host WHERE host = $1 AND owner_id = $2", host, tenant_id)


async def mark_proven(db: Connection, domain_id: UUID, now: datetime) -> None:
    """Notes that a host is the tenant's."""
    await db.execute("UPDATE core.domain SET verified_at = coalesce(verified_at, $2) WHERE id = $1", domain_id, now)


async def delete_domain(db: Connection, domain_id: UUID) -> str | None:
    """Removes a host and gives its name; None when there is none."""
    host: str | None = await db.fetchval("DELETE FROM core.domain WHERE id = $1 RETURNING host", domain_id)
    return host

"""Data keys: how a tenant's keys are kept, made, replaced, retired and destroyed; each is wrapped in its row."""

import os
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection
from fourfold.ground.given_keys import KEY
from fourfold.ground.ids import new_id
from fourfold.ground.wrapping import Wrapping

SEAL, FIND = "seal", "find"

_USABLE = """
SELECT id, purpose, wrapped, kek, replaced_at IS NULL AS current,
       made_by IS DISTINCT FROM pg_current_xact_id_if_assigned() AS settled
FROM ground.data_key WHERE tenant_id = $1 AND retired_at IS NULL
"""
_INSERT = """
INSERT INTO ground.data_key (tenant_id, id, purpose, wrapped, kek, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, purpose) WHERE replaced_at IS NULL DO NOTHING RETURNING true
"""


@dataclass(frozen=True, slots=True)
class DataKey:
    """One key of a tenant, unwrapped. `settled` is False while the transaction that made it is still open."""

    id: UUID
    purpose: str
    secret: bytes
    current: bool
    settled: bool


def bond(tenant_id: UUID, key_id: UUID, purpose: str) -> bytes:
    """What a wrapped key is bound to, so that it is of no use in another row."""
    return b"fourfold data key\x00" + tenant_id.bytes + key_id.bytes + purpose.encode()


async def usable_keys(db: Connection, wrapping: Wrapping, tenant_id: UUID) -> list[DataKey]:
    """The tenant's keys that are not retired; raises `CannotUnwrap`."""
    rows = await db.fetch(_USABLE, tenant_id)
    return [
        DataKey(
            row["id"], row["purpose"],
            wrapping.unwrap(row["kek"], row["wrapped"], bond(tenant_id, row["id"], row["purpose"])),
            row["current"], row["settled"],
        )
        for row in rows
    ]  # fmt: skip


async def add_key(db: Connection, wrapping: Wrapping, tenant_id: UUID, purpose: str, now: datetime) -> UUID | None:
    """Makes the tenant's current key of a purpose; None when there is one already (it waits for others' commits)."""
    key_id = new_id()
    wrapped = wrapping.wrap(os.urandom(KEY), bond(tenant_id, key_id, purpose))
    added = await db.fetchval(_INSERT, tenant_id, key_id, purpose, wrapped, wrapping.current, now)
    return key_id if added else None


async def replace_key(db: Connection, tenant_id: UUID, now: datetime) -> bool:
    """Takes the current sealing key out of use for writing; False when there is none, or somebody was quicker."""
    replaced = await db.fetchval(
        "UPDATE ground.data_key SET replaced_at = $2"
        " WHERE tenant_id = $1 AND purpose = 'seal' AND replaced_at IS NULL RETURNING true",
        tenant_id, now,
    )  # fmt: skip
    return bool(replaced)


async def retire_key(db: Connection, tenant_id: UUID, key_id: UUID, now: datetime) -> None:
    """Destroys a key that nothing is sealed with any more; the row stays as a record."""
    await db.execute(
        "UPDATE ground.data_key SET wrapped = NULL, retired_at = $3"
        " WHERE tenant_id = $1 AND id = $2 AND replaced_at IS NOT NULL AND retired_at IS NULL",
        tenant_id, key_id, now,
    )  # fmt: skip


async def sealing_keys(db: Connection, tenant_id: UUID) -> list[asyncpg.Record]:
    """The tenant's sealing keys (id, kek, created_at, replaced_at, retired_at), the newest first, without secrets."""
    return await db.fetch(
        "SELECT id, kek, created_at, replaced_at, retired_at FROM ground.data_key"
        " WHERE tenant_id = $1 AND purpose = 'seal' ORDER BY created_at DESC, id DESC",
        tenant_id,
    )


async def rewrap_keys(db: Connection, wrapping: Wrapping, tenant_id: UUID) -> int:
    """Wraps the tenant's keys with the current key-encryption key; how many were not yet. Sealed fields stay as is."""
    rows = await db.fetch(
        "SELECT id, purpose, wrapped, kek FROM ground.data_key"
        " WHERE tenant_id = $1 AND retired_at IS NULL AND kek <> $2 FOR UPDATE",
        tenant_id, wrapping.current,
    )  # fmt: skip
    for row in rows:
        bound_to = bond(tenant_id, row["id"], row["purpose"])
        secret = wrapping.unwrap(row["kek"], row["wrapped"], bound_to)
        await db.execute(
            "UPDATE ground.data_key SET wrapped = $3, kek = $4 WHERE tenant_id = $1 AND id = $2",
            tenant_id, row["id"], wrapping.wrap(secret, bound_to), wrapping.current,
        )  # fmt: skip
    return len(rows)


async def destroy_keys(db: Connection, tenant_id: UUID) -> int:
    """Deletes all keys of a tenant: whatever was sealed with them cannot be read again; how many there were."""
    rows = await db.fetch("DELETE FROM ground.data_key WHERE tenant_id = $1 RETURNING id", tenant_id)
    return len(rows)

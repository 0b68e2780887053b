"""How API keys and service accounts are kept: of a key only a hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.ground.db import Connection


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that is to be kept."""

    id: UUID
    account_id: UUID
    name: str
    environment: str
    prefix: str
    last_four: str
    key_hash: bytes
    scopes: Sequence[str]
    networks: Sequence[str]
    expires_at: datetime | None


async def insert_api_key(db: Connection, tenant_id: UUID, key: NewKey, now: datetime) -> None:
    """Adds a key."""
    await db.execute(
        "INSERT INTO core.api_key (tenant_id, id, account_id, name, environment, prefix, last_four, key_hash, scopes,"
        " networks, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        tenant_id, key.id, key.account_id, key.name, key.environment, key.prefix, key.last_four, key.key_hash,
        list(key.scopes), list(key.networks), key.expires_at, now,
    )  # fmt: skip


async def update_api_key(
    db: Connection, key_id: UUID, name: str, networks: Sequence[str], expires_at: datetime | None,
    disabled_at: datetime | None,
) -> None:  # fmt: skip
    """Changes what may be changed of a key."""
    await db.execute(
        "UPDATE core.api_key SET name = $2, networks = $3, expires_at = $4, disabled_at = $5 WHERE id = $1",
        key_id, name, list(networks), expires_at, disabled_at,
    )  # fmt: skip


async def replace_api_key(db: Connection, key_id: UUID, successor: UUID, expires_at: datetime) -> None:
    """Notes that a key has a successor, and when it ends itself."""
    await db.execute(
        "UPDATE core.api_key SET replaced_by = $2, expires_at = $3 WHERE id = $1", key_id, successor, expires_at
    )


async def revoke_api_key(db: Connection, key_id: UUID, now: datetime) -> None:
    """Ends a key."""
    await db.execute("UPDATE core.api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", key_id, now)


async def touch_api_key(db: Connection, key_id: UUID, now: datetime) -> None:
    """Notes that a key was used, at most once a minute."""
    await db.execute(
        "UPDATE core.api_key SET last_used_at = $2"
        " WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2::timestamptz - interval '1 minute')",
        key_id, now,
    )  # fmt: skip


async def insert_service_account(db: Connection, tenant_id: UUID, account_id: UUID, name: str, now: datetime) -> None:
    """Adds an account that no password fits and no mail reaches."""
    await db.execute(
        "INSERT INTO core.account (tenant_id, id, kind, email, name, password_hash, created_at, updated_at)"
        " VALUES ($1, $2, 'service', $3, $4, '', $5, $5)",
        tenant_id, account_id, f"{account_id.hex}@service.invalid", name, now,
    )  # fmt: skip


async def update_service_account(db: Connection, account_id: UUID, name: str, status: str, now: datetime) -> None:
    """Changes a service account's name and whether it is served."""
    await db.execute(
        "UPDATE core.account SET name = $2, status = $3, updated_at = $4 WHERE id = $1 AND kind = 'service'",
        account_id, name, status, now,
    )  # fmt: skip


async def delete_service_account(db: Connection, account_id: UUID) -> None:
    """Removes a service account with its keys and roles."""
    await db.execute("DELETE FROM core.account WHERE id = $1 AND kind = 'service'", account_id)

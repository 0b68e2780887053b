"""How sessions, signing keys and API keys are kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.ground.db import Connection


async def insert_signing_key(db: Connection, key_id: str, jwk: dict[str, Any], sealed: bytes, now: datetime) -> None:
    """Adds the first signing key; does nothing when another process was quicker."""
    await db.execute("LOCK TABLE core.signing_key IN SHARE ROW EXCLUSIVE MODE")
    await db.execute(
        "INSERT INTO core.signing_key (id, public_jwk, sealed_private, created_at)"
        " SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM core.signing_key WHERE retired_at IS NULL)",
        key_id, jwk, sealed, now,
    )  # fmt: skip


async def insert_session(
    db: Connection, tenant_id: UUID, session_id: UUID, account_id: UUID, token_hash: bytes, now: datetime,
    expires: datetime, user_agent: str, address: str,
) -> None:  # fmt: skip
    """Adds a session with the hash of its first refresh token."""
    await db.execute(
        "INSERT INTO core.session"
        " (tenant_id, id, account_id, created_at, expires_at, token_hash, rotated_at, user_agent, address)"
        " VALUES ($1, $2, $3, $4, $5, $6, $4, $7, $8)",
        tenant_id, session_id, account_id, now, expires, token_hash, user_agent[:300], address[:64],
    )  # fmt: skip


async def advance_session(
    db: Connection, session_id: UUID, generation: int, presented: bytes, successor: bytes, now: datetime
) -> bool:
    """Moves a session to its next refresh token; False when somebody else has moved it already."""
    moved = await db.fetchval(
        "UPDATE core.session"
        " SET generation = generation + 1, previous_hash = token_hash, token_hash = $4, rotated_at = $5"
        " WHERE id = $1 AND generation = $2 AND token_hash = $3 AND ended_at IS NULL RETURNING true",
        session_id, generation, presented, successor, now,
    )  # fmt: skip
    return bool(moved)


async def end_session(db: Connection, session_id: UUID, reason: str, now: datetime) -> bool:
    """Ends a session; False when it had ended before."""
    ended = await db.fetchval(
        "UPDATE core.session SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL RETURNING true",
        session_id, now, reason,
    )  # fmt: skip
    return bool(ended)


async def insert_api_key(
    db: Connection, tenant_id: UUID, key_id: UUID, account_id: UUID, name: str, prefix: str, key_hash: bytes,
    scopes: list[str], expires_at: datetime | None, now: datetime,
) -> None:  # fmt: skip
    """Adds an API key, of which only a hash is kept."""
    await db.execute(
        "INSERT INTO core.api_key (tenant_id, id, account_id, name, prefix, key_hash, scopes, expires_at, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant_id, key_id, account_id, name, prefix, key_hash, scopes, expires_at, now,
    )  # fmt: skip


async def revoke_api_key(db: Connection, key_id: UUID, account_id: UUID | None, now: datetime) -> bool:
    """Ends a key (of the account, when one is given); False when there is none to end."""
    ended = await db.fetchval(
        "UPDATE core.api_key SET revoked_at = $3 WHERE id = $1 AND ($2::uuid IS NULL OR account_id = $2)"
        " AND revoked_at IS NULL RETURNING true",
        key_id, account_id, now,
    )  # fmt: skip
    return bool(ended)


async def touch_api_key(db: Connection, key_id: UUID, now: datetime) -> None:
    """Notes that a key was used, at most once a minute."""
    await db.execute(
        "UPDATE core.api_key SET last_used_at = $2"
        " WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2::timestamptz - interval '1 minute')",
        key_id, now,
    )  # fmt: skip

"""Reads of sessions, signing keys and API keys."""

from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection


async def signing_keys(db: Connection) -> list[asyncpg.Record]:
    """The keys that verify, oldest first."""
    return await db.fetch(
        "SELECT id, public_jwk, sealed_private FROM core.signing_key WHERE retired_at IS NULL ORDER BY created_at"
    )


async def session_with_id(db: Connection, session_id: UUID) -> asyncpg.Record | None:
    """A session, locked against being refreshed twice at once."""
    return await db.fetchrow(
        "SELECT id, account_id, expires_at, ended_at, generation, token_hash, previous_hash, rotated_at"
        " FROM core.session WHERE id = $1 FOR UPDATE",
        session_id,
    )


async def api_key_with_id(db: Connection, key_id: UUID) -> asyncpg.Record | None:
    """An API key with its account's address and roles."""
    return await db.fetchrow(
        "SELECT k.id, k.key_hash, k.scopes, k.expires_at, k.revoked_at, k.account_id, a.email, a.status,"
        " ARRAY(SELECT r.role FROM core.account_role r"
        "       WHERE r.tenant_id = k.tenant_id AND r.account_id = k.account_id) AS roles"
        " FROM core.api_key k JOIN core.account a ON a.tenant_id = k.tenant_id AND a.id = k.account_id WHERE k.id = $1",
        key_id,
    )


async def api_keys_of(db: Connection, account_id: UUID) -> list[asyncpg.Record]:
    """The keys that an account has made."""
    return await db.fetch(
        "SELECT id, name, prefix, scopes, expires_at, revoked_at, last_used_at, created_at FROM core.api_key"
        " WHERE account_id = $1 ORDER BY id",
        account_id,
    )

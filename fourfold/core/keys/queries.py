"""Reads of API keys and service accounts."""

from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_SHOWN = """
SELECT id, account_id, name, prefix, last_four, environment, scopes, networks, expires_at, disabled_at, revoked_at,
       replaced_by, last_used_at, created_at
FROM core.api_key
"""
_ROLES = """
coalesce((SELECT array_agg(r.role ORDER BY r.role) FROM core.account_role r
          WHERE r.tenant_id = a.tenant_id AND r.account_id = a.id), '{}') AS roles
"""
_SERVICE = f"SELECT a.id, a.name, a.status, a.created_at, {_ROLES} FROM core.account a WHERE a.kind = 'service'"


def key_subject(key_id: UUID) -> str:
    """What `Changes` is told when a key is changed or revoked."""
    return f"key:{key_id}"


async def account_of_key(db: Connection, key_id: UUID) -> UUID | None:
    """Whose key it is; that never changes."""
    found: UUID | None = await db.fetchval("SELECT account_id FROM core.api_key WHERE id = $1", key_id)
    return found


async def key_to_judge(db: Connection, key_id: UUID) -> asyncpg.Record | None:
    """All that a verdict needs: the key, its account with roles, its tenant's slug."""
    return await db.fetchrow(
        "SELECT k.id, k.tenant_id, k.account_id, k.key_hash, k.environment, k.scopes, k.networks, k.expires_at,"
        f" k.disabled_at, k.revoked_at, a.email, a.status, t.slug AS tenant_slug, {_ROLES}"
        " FROM core.api_key k JOIN core.account a ON a.tenant_id = k.tenant_id AND a.id = k.account_id"
        " JOIN core.tenant t ON t.id = k.tenant_id WHERE k.id = $1",
        key_id,
    )


async def keys_of_account(db: Connection, account_id: UUID) -> list[asyncpg.Record]:
    """The keys of an account, oldest first."""
    return await db.fetch(f"{_SHOWN} WHERE account_id = $1 ORDER BY id", account_id)


async def key_to_change(db: Connection, key_id: UUID) -> asyncpg.Record | None:
    """A key, locked until the transaction ends."""
    return await db.fetchrow(f"{_SHOWN} WHERE id = $1 FOR UPDATE", key_id)


async def service_account(db: Connection, account_id: UUID) -> asyncpg.Record | None:
    """A service account with its roles, if there is one of the id."""
    return await db.fetchrow(f"{_SERVICE} AND a.id = $1", account_id)


async def service_accounts(db: Connection, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """The tenant's service accounts in the order of their making, behind the one with the id `after`."""
    return await db.fetch(f"{_SERVICE} AND ($1::uuid IS NULL OR a.id > $1) ORDER BY a.id LIMIT $2", after, limit)

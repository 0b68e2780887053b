"""Reads of accounts."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_ACCOUNT = """
SELECT a.id, a.email, a.name, a.status, a.password_hash, a.created_at, a.updated_at,
       coalesce((SELECT array_agg(r.role ORDER BY r.role) FROM core.account_role r
                 WHERE r.tenant_id = a.tenant_id AND r.account_id = a.id), '{}') AS roles
FROM core.account a
"""


async def account_with_email(db: Connection, email: str) -> asyncpg.Record | None:
    """The account with the (lower-case) address, with its roles, if any."""
    return await db.fetchrow(f"{_ACCOUNT} WHERE a.email = $1", email)


async def account_with_id(db: Connection, account_id: UUID) -> asyncpg.Record | None:
    """The account with the id, with its roles, if any."""
    return await db.fetchrow(f"{_ACCOUNT} WHERE a.id = $1", account_id)


async def accounts_page(db: Connection, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Accounts in the order of their registration, behind the one with the id `after`."""
    return await db.fetch(f"{_ACCOUNT} WHERE $1::uuid IS NULL OR a.id > $1 ORDER BY a.id LIMIT $2", after, limit)


async def existing_ids(db: Connection, account_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these accounts exist."""
    rows = await db.fetch("SELECT id FROM core.account WHERE id = ANY ($1)", account_ids)
    return frozenset(row["id"] for row in rows)


async def owners_but(db: Connection, account_id: UUID) -> int:
    """How many other active accounts are owners."""
    return int(
        await db.fetchval(
            "SELECT count(*) FROM core.account_role r JOIN core.account a"
            " ON a.tenant_id = r.tenant_id AND a.id = r.account_id"
            " WHERE r.role = 'owner' AND a.status = 'active' AND a.id <> $1",
            account_id,
        )
    )

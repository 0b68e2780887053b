"""Reads of invitations."""

from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_INVITATION = """
SELECT id, email, roles, token_hash, invited_by, created_at, expires_at, accepted_at, revoked_at, account_id
FROM core.invitation
"""


async def invitation_with_id(db: Connection, invitation_id: UUID, *, lock: bool = False) -> asyncpg.Record | None:
    """An invitation, if there is such a one."""
    return await db.fetchrow(f"{_INVITATION} WHERE id = $1{' FOR UPDATE' if lock else ''}", invitation_id)


async def invitations_page(db: Connection, before: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Invitations, the newest first."""
    return await db.fetch(f"{_INVITATION} WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2", before, limit)


async def has_invited(db: Connection) -> bool:
    """Whether the tenant has ever invited anybody."""
    return bool(await db.fetchval("SELECT EXISTS (SELECT FROM core.invitation)"))

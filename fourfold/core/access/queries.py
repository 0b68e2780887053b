"""Reads of sessions."""

from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection


def session_subject(session_id: UUID) -> str:
    """What `Changes` is told when a session ends."""
    return f"session:{session_id}"


def account_subject(account_id: UUID) -> str:
    """What `Changes` is told when an account's roles or status change: its older tokens are refused."""
    return f"account:{account_id}"


def factors_subject(account_id: UUID) -> str:
    """What `Changes` is told when an account has lost its last second factor."""
    return f"factors:{account_id}"


def tenant_subject(tenant_id: UUID) -> str:
    """What `Changes` is told when a tenant is suspended or resumed."""
    return f"tenant:{tenant_id}"


async def hold_account_of(db: Connection, session_id: UUID) -> None:
    """Keeps the session's account as it is until the transaction ends; before the session, as all who lock both do."""
    await db.execute(
        "SELECT FROM core.account a JOIN core.session s ON s.tenant_id = a.tenant_id AND s.account_id = a.id"
        " WHERE s.id = $1 FOR SHARE OF a",
        session_id,
    )


async def session_with_id(db: Connection, session_id: UUID) -> asyncpg.Record | None:
    """A session, locked against being refreshed twice at once."""
    return await db.fetchrow(
        "SELECT id, account_id, expires_at, ended_at, generation, token_hash, previous_hash, rotated_at,"
        " coalesce(authenticated_at, created_at) AS authenticated_at"
        " FROM core.session WHERE id = $1 FOR UPDATE",
        session_id,
    )


async def sessions_of(db: Connection, account_id: UUID, now: datetime) -> list[asyncpg.Record]:
    """The account's sessions that live, the one that was used last first."""
    return await db.fetch(
        "SELECT id, user_agent, address, created_at, rotated_at AS last_used_at, expires_at,"
        " coalesce(authenticated_at, created_at) AS authenticated_at FROM core.session"
        " WHERE account_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY rotated_at DESC, id LIMIT 100",
        account_id, now,
    )  # fmt: skip

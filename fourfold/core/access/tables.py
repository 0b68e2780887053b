"""How sessions are kept."""

from datetime import datetime
from uuid import UUID

from fourfold.ground.db import Connection


async def insert_session(
    db: Connection, tenant_id: UUID, session_id: UUID, account_id: UUID, token_hash: bytes, now: datetime,
    expires: datetime, user_agent: str, address: str,
) -> None:  # fmt: skip
    """Adds a session with the hash of its first refresh token."""
    await db.execute(
        "INSERT INTO core.session (tenant_id, id, account_id, created_at, authenticated_at, expires_at, token_hash,"
        " rotated_at, user_agent, address) VALUES ($1, $2, $3, $4, $4, $5, $6, $4, $7, $8)",
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


async def confirm_session(db: Connection, session_id: UUID, now: datetime) -> None:
    """Notes that the session's person has proved again who they are."""
    await db.execute("UPDATE core.session SET authenticated_at = $2 WHERE id = $1", session_id, now)


async def end_session(db: Connection, session_id: UUID, account_id: UUID, reason: str, now: datetime) -> bool:
    """Ends a session of the account; False when there is none that lives."""
    ended = await db.fetchval(
        "UPDATE core.session SET ended_at = $3, end_reason = $4"
        " WHERE id = $1 AND account_id = $2 AND ended_at IS NULL AND expires_at > $3 RETURNING true",
        session_id, account_id, now, reason,
    )  # fmt: skip
    return bool(ended)


async def end_sessions(db: Connection, account_id: UUID, but: UUID | None, reason: str, now: datetime) -> list[UUID]:
    """Ends all sessions of the account, but for one if it is named; the ids of those that lived."""
    rows = await db.fetch(
        "UPDATE core.session SET ended_at = $3, end_reason = $4"
        " WHERE account_id = $1 AND ($2::uuid IS NULL OR id <> $2) AND ended_at IS NULL AND expires_at > $3"
        " RETURNING id",
        account_id, but, now, reason,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def delete_ended_sessions(db: Connection, before: datetime, most: int) -> int:
    """Deletes sessions that ended or expired before a time; says how many."""
    told = await db.execute(
        "DELETE FROM core.session WHERE ctid = ANY (ARRAY(SELECT ctid FROM core.session"
        " WHERE ended_at < $1 OR expires_at < $1 LIMIT $2))",
        before, most,
    )  # fmt: skip
    return int(told.split()[1])

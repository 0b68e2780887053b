"""Reads of jobs and parked events, as JSON that PostgreSQL makes."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_JOB = "id, name, args, status, run_at, attempts, progress, result, error, created_at, finished_at"


async def jobs_page(
    db: Connection, status: str | None, name: str | None, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Jobs, newest first, behind the one with the id `after`."""
    return await db.fetch(
        f"SELECT {_JOB} FROM ground.job WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR name = $2)"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        status, name, after, limit,
    )  # fmt: skip


async def job_with_id(db: Connection, job_id: UUID) -> asyncpg.Record | None:
    """One job."""
    return await db.fetchrow(f"SELECT {_JOB} FROM ground.job WHERE id = $1", job_id)


async def parked_page(db: Connection, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Events that a reaction gave up on, newest first."""
    return await db.fetch(
        "SELECT p.event_id, p.reaction, p.attempts, p.error, p.parked_at, e.type, e.subject, e.at,"
        " e.data - 'traceparent' AS data"
        " FROM ground.parked p JOIN ground.event e ON e.tenant_id = p.tenant_id AND e.id = p.event_id"
        " WHERE $1::uuid IS NULL OR p.event_id < $1 ORDER BY p.event_id DESC, p.reaction LIMIT $2",
        after, limit,
    )  # fmt: skip


async def events_page(db: Connection, after: int, kind: str | None, since: datetime | None, limit: int) -> list[Any]:
    """Events in the order they were written, behind sequence number `after`."""
    return await db.fetch(
        "SELECT seq, id, type, subject, at, actor, data - 'traceparent' AS data FROM ground.event"
        " WHERE seq > $1 AND ($2::text IS NULL OR type = $2) AND ($3::timestamptz IS NULL OR at >= $3)"
        " ORDER BY seq LIMIT $4",
        after, kind, since, limit,
    )  # fmt: skip

"""Reads of consents and of what people have asked for."""

from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_REQUEST = """
SELECT id, account_id, kind, status, requested_by, created_at, finished_at, key, size, sha256, certificate,
  certificate_jwt FROM core.personal_request
"""
_CONSENT = "SELECT id, purpose, version, given, at FROM core.consent"


async def consents_of(db: Connection, account_id: UUID) -> list[asyncpg.Record]:
    """What holds for each purpose now: what was said last."""
    return await db.fetch(
        "SELECT DISTINCT ON (purpose) id, purpose, version, given, at FROM core.consent WHERE account_id = $1"
        " ORDER BY purpose, id DESC",
        account_id,
    )


async def consent_history(db: Connection, account_id: UUID, before: UUID | None, limit: int) -> list[asyncpg.Record]:
    """All that was ever said, the newest first."""
    return await db.fetch(
        f"{_CONSENT} WHERE account_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        account_id, before, limit,
    )  # fmt: skip


async def request_with_id(db: Connection, request_id: UUID) -> asyncpg.Record | None:
    """What somebody asked for, if there is such a request."""
    return await db.fetchrow(f"{_REQUEST} WHERE id = $1", request_id)


async def requests_of(db: Connection, account_id: UUID, before: UUID | None, limit: int) -> list[asyncpg.Record]:
    """What an account asked for, the newest first."""
    return await db.fetch(
        f"{_REQUEST} WHERE account_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        account_id, before, limit,
    )  # fmt: skip

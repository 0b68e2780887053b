"""How consents and requests are kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.ground.db import Connection


async def insert_consent(
    db: Connection, tenant_id: UUID, consent_id: UUID, account_id: UUID, purpose: str, version: str, now: datetime,
    *, given: bool,
) -> None:  # fmt: skip
    """Adds what somebody has said about a purpose."""
    await db.execute(
        "INSERT INTO core.consent (tenant_id, id, account_id, purpose, version, given, at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tenant_id, consent_id, account_id, purpose, version, given, now,
    )  # fmt: skip


async def insert_request(
    db: Connection, tenant_id: UUID, request_id: UUID, account_id: UUID, kind: str, by: str, now: datetime
) -> None:
    """Adds a request for an export or an erasure."""
    await db.execute(
        "INSERT INTO core.personal_request (tenant_id, id, account_id, kind, requested_by, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
        tenant_id, request_id, account_id, kind, by, now,
    )  # fmt: skip


async def finish_export(db: Connection, request_id: UUID, key: str, size: int, sha256: str, now: datetime) -> None:
    """Notes where an export lies."""
    await db.execute(
        "UPDATE core.personal_request SET status = 'done', key = $2, size = $3, sha256 = $4, finished_at = $5"
        " WHERE id = $1",
        request_id, key, size, sha256, now,
    )  # fmt: skip


async def finish_erasure(
    db: Connection, request_id: UUID, certificate: dict[str, Any], signed: str, now: datetime
) -> None:
    """Keeps the certificate."""
    await db.execute(
        "UPDATE core.personal_request SET status = 'done', certificate = $2, certificate_jwt = $3, finished_at = $4"
        " WHERE id = $1",
        request_id, certificate, signed, now,
    )  # fmt: skip


async def fail_request(db: Connection, request_id: UUID, now: datetime) -> None:
    """Notes that it could not be done."""
    await db.execute(
        "UPDATE core.personal_request SET status = 'failed', finished_at = $2 WHERE id = $1 AND status = 'queued'",
        request_id, now,
    )  # fmt: skip


async def forget_exports(db: Connection, account_id: UUID) -> list[str]:
    """Takes the files off the account's exports, and gives their keys."""
    rows = await db.fetch(
        "UPDATE core.personal_request p SET key = NULL FROM core.personal_request was"
        " WHERE was.tenant_id = p.tenant_id AND was.id = p.id AND p.account_id = $1 AND p.key IS NOT NULL"
        " RETURNING was.key",
        account_id,
    )
    return [row["key"] for row in rows]

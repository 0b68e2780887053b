"""How codes are kept."""

from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_LIVE = "used_at IS NULL AND voided_at IS NULL"


async def insert_code(
    db: Connection, tenant_id: UUID, code_id: UUID, account_id: UUID, purpose: str, code_hash: bytes,
    sealed: bytes | None, now: datetime, expires_at: datetime,
) -> None:  # fmt: skip
    """Adds a code, of which only a hash is kept, with what it carries."""
    await db.execute(
        "INSERT INTO core.one_time_code"
        " (tenant_id, id, account_id, purpose, code_hash, sealed, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant_id, code_id, account_id, purpose, code_hash, sealed, now, expires_at,
    )  # fmt: skip


async def void_codes(db: Connection, account_id: UUID, purposes: list[str], now: datetime) -> None:
    """Ends the account's codes for these purposes."""
    await db.execute(
        "UPDATE core.one_time_code SET voided_at = $3 WHERE account_id = $1 AND purpose = ANY($2::text[])"
        f" AND {_LIVE}",
        account_id, purposes, now,
    )  # fmt: skip


async def use_code(
    db: Connection, code_id: UUID, purpose: str, code_hash: bytes, now: datetime
) -> asyncpg.Record | None:
    """Uses a code up, and gives its account and what it carries; None when it is not good, or somebody was quicker."""
    return await db.fetchrow(
        "UPDATE core.one_time_code SET used_at = $4"
        f" WHERE id = $1 AND purpose = $2 AND code_hash = $3 AND expires_at > $4 AND {_LIVE}"
        " RETURNING id, account_id, sealed",
        code_id, purpose, code_hash, now,
    )  # fmt: skip


async def count_attempt(
    db: Connection, account_id: UUID, purpose: str, most: int, now: datetime
) -> asyncpg.Record | None:
    """Takes one of the attempts of the account's newest code; None when it has none left, or there is no code."""
    return await db.fetchrow(
        "UPDATE core.one_time_code SET attempts = attempts + 1 WHERE id = ("
        f"SELECT id FROM core.one_time_code WHERE account_id = $1 AND purpose = $2 AND expires_at > $4 AND {_LIVE}"
        f" ORDER BY id DESC LIMIT 1 FOR UPDATE) AND attempts < $3 AND {_LIVE} RETURNING id, code_hash",
        account_id, purpose, most, now,
    )  # fmt: skip


async def forget_codes(db: Connection, before: datetime) -> None:
    """Deletes codes that ended before."""
    await db.execute("DELETE FROM core.one_time_code WHERE expires_at < $1", before)

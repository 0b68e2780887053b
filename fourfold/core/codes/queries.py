"""Reads of codes."""

from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection


async def live_code(
    db: Connection, code_id: UUID, purpose: str, code_hash: bytes, now: datetime
) -> asyncpg.Record | None:
    """The code, if it could be used now."""
    return await db.fetchrow(
        "SELECT id, account_id, sealed FROM core.one_time_code WHERE id = $1 AND purpose = $2 AND code_hash = $3"
        " AND expires_at > $4 AND used_at IS NULL AND voided_at IS NULL",
        code_id, purpose, code_hash, now,
    )  # fmt: skip


async def codes_since(db: Connection, account_id: UUID, purpose: str, since: datetime) -> list[datetime]:
    """When codes were made for the account and purpose, oldest first."""
    rows = await db.fetch(
        "SELECT created_at FROM core.one_time_code WHERE account_id = $1 AND purpose = $2 AND created_at > $3"
        " ORDER BY id",
        account_id, purpose, since,
    )  # fmt: skip
    return [row["created_at"] for row in rows]

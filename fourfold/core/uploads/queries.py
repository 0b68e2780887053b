"""Reads of uploads and their parts."""

from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_UPLOAD = (
    "SELECT u.id, u.owner_id, u.name, u.content_type, u.public, u.size, u.position, u.status, u.expires_at"
    " FROM core.upload u"
)


async def upload_with_id(db: Connection, upload_id: UUID) -> asyncpg.Record | None:
    """One upload, if there is one."""
    return await db.fetchrow(f"{_UPLOAD} WHERE u.id = $1", upload_id)


async def uploads_of(db: Connection, owner_id: UUID) -> list[asyncpg.Record]:
    """All uploads of one owner."""
    return await db.fetch(f"{_UPLOAD} WHERE u.owner_id = $1 ORDER BY u.id", owner_id)


async def parts_of(db: Connection, upload_id: UUID) -> list[asyncpg.Record]:
    """The parts of an upload in their order: (start, size, key)."""
    return await db.fetch(
        "SELECT start, size, key FROM core.upload_part WHERE upload_id = $1 ORDER BY start", upload_id
    )


async def parts_count(db: Connection, upload_id: UUID) -> int:
    """How many parts an upload has."""
    return int(await db.fetchval("SELECT count(*) FROM core.upload_part WHERE upload_id = $1", upload_id))


async def expired(db: Connection, now: datetime, limit: int) -> list[asyncpg.Record]:
    """Uploads whose time is over and whose parts nobody waits for, oldest first; locked against everything else."""
    return await db.fetch(
        f"{_UPLOAD} WHERE u.expires_at < $1 AND (u.status = 'open' OR NOT EXISTS ("
        " SELECT FROM core.upload_part p WHERE p.tenant_id = u.tenant_id AND p.upload_id = u.id))"
        " ORDER BY u.expires_at LIMIT $2 FOR UPDATE",
        now, limit,
    )  # fmt: skip

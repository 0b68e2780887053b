"""How uploads are kept: how far each has come, and where in the storage its parts are."""

from datetime import datetime
from uuid import UUID

from fourfold.ground.db import Connection


async def insert_upload(
    db: Connection, tenant_id: UUID, upload_id: UUID, owner_id: UUID, name: str, content_type: str, size: int,
    now: datetime, expires_at: datetime, *, public: bool,
) -> None:  # fmt: skip
    """Adds an upload of which nothing has come yet."""
    await db.execute(
        "INSERT INTO core.upload (tenant_id, id, owner_id, name, content_type, public, size, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant_id, upload_id, owner_id, name, content_type, public, size, now, expires_at,
    )  # fmt: skip


async def move_on(db: Connection, upload_id: UUID, before: int, after: int, expires_at: datetime) -> bool:
    """Moves the position; False when somebody else has moved it, or it is gone. The row is locked from then on."""
    moved = await db.fetchval(
        "UPDATE core.upload SET position = $3, expires_at = $4"
        " WHERE id = $1 AND position = $2 AND status = 'open' RETURNING true",
        upload_id, before, after, expires_at,
    )  # fmt: skip
    return bool(moved)


async def insert_parts(db: Connection, tenant_id: UUID, upload_id: UUID, parts: list[tuple[int, int, str]]) -> None:
    """Adds parts (start, size, key) that are in the storage."""
    await db.executemany(
        "INSERT INTO core.upload_part (tenant_id, upload_id, start, size, key) VALUES ($1, $2, $3, $4, $5)",
        [(tenant_id, upload_id, *part) for part in parts],
    )


async def finish(db: Connection, upload_id: UUID) -> bool:
    """Ends an upload of which all has come; False when that was done before, or it is gone."""
    done = await db.fetchval(
        "UPDATE core.upload SET status = 'finished' WHERE id = $1 AND status = 'open' AND position = size"
        " RETURNING true",
        upload_id,
    )
    return bool(done)


async def delete_parts(db: Connection, upload_id: UUID) -> list[str]:
    """Forgets the parts of an upload; gives their keys."""
    rows = await db.fetch("DELETE FROM core.upload_part WHERE upload_id = $1 RETURNING key", upload_id)
    return [row["key"] for row in rows]


async def delete_upload(db: Connection, upload_id: UUID, status: str) -> bool:
    """Removes an upload in that state; False when it is gone or in another."""
    return bool(
        await db.fetchval("DELETE FROM core.upload WHERE id = $1 AND status = $2 RETURNING true", upload_id, status)
    )

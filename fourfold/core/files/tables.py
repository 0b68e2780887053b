"""How files are kept: a row for each, with its bytes in the object storage, and a count of the bytes of the tenant."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.ground.db import Connection


async def take_room(db: Connection, tenant_id: UUID, size: int, limit: int) -> bool:
    """Counts more bytes as stored; False when that would be more than the limit."""
    taken = size <= limit and await db.fetchval(
        "INSERT INTO core.storage_use AS u (tenant_id, bytes) VALUES ($1, $2) ON CONFLICT (tenant_id) DO UPDATE"
        " SET bytes = u.bytes + $2 WHERE u.bytes + $2 <= $3 RETURNING true",
        tenant_id, size, limit,
    )  # fmt: skip
    return bool(taken)


async def give_room(db: Connection, size: int) -> None:
    """Counts bytes as stored no longer; a negative number counts what came to be stored by itself."""
    await db.execute("UPDATE core.storage_use SET bytes = greatest(bytes - $1, 0)", size)


async def insert_file(
    db: Connection, tenant_id: UUID, file_id: UUID, owner_id: UUID, purpose: str, name: str, content_type: str,
    size: int, width: int | None, height: int | None, *, public: bool, status: str, key: str, now: datetime,
) -> None:  # fmt: skip
    """Adds a file that is not ready yet."""
    await db.execute(
        "INSERT INTO core.file (tenant_id, id, owner_id, purpose, name, content_type, size, width, height, public,"
        " status, key, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        tenant_id, file_id, owner_id, purpose, name, content_type, size, width, height, public, status, key, now,
    )  # fmt: skip


async def finish_file(
    db: Connection, file_id: UUID, key: str, sha256: str, variants_status: str | None, now: datetime
) -> int | None:
    """Makes a file ready and gives its size in bytes; None when it is gone or was ready before."""
    size: int | None = await db.fetchval(
        "UPDATE core.file SET status = 'ready', key = $2, sha256 = $3, variants_status = $4, ready_at = $5"
        " WHERE id = $1 AND status <> 'ready' RETURNING size",
        file_id, key, sha256, variants_status, now,
    )  # fmt: skip
    return size


async def set_variants(db: Connection, file_id: UUID, status: str, variants: dict[str, Any]) -> bool:
    """Notes the smaller files of a picture, by `<width>.<kind>`; False when the file is gone."""
    done = await db.fetchval(
        "UPDATE core.file SET variants_status = $2, variants = $3 WHERE id = $1 RETURNING true",
        file_id, status, variants,
    )  # fmt: skip
    return bool(done)


async def replace_content(db: Connection, file_id: UUID, key: str, content_type: str, size: int, sha256: str) -> None:
    """Gives a file other bytes."""
    await db.execute(
        "UPDATE core.file SET key = $2, content_type = $3, size = $4, sha256 = $5 WHERE id = $1",
        file_id, key, content_type, size, sha256,
    )  # fmt: skip


async def update_file(db: Connection, file_id: UUID, changes: dict[str, Any]) -> None:
    """Sets any of name, public."""
    sets = ", ".join(f"{name} = ${at}" for at, name in enumerate(changes, 2))
    if sets:
        await db.execute(f"UPDATE core.file SET {sets} WHERE id = $1", file_id, *changes.values())


async def delete_file(db: Connection, file_id: UUID) -> bool:
    """Removes a file's row; False when it was gone."""
    return bool(await db.fetchval("DELETE FROM core.file WHERE id = $1 RETURNING true", file_id))


async def set_avatar(db: Connection, tenant_id: UUID, account_id: UUID, file_id: UUID) -> None:
    """Makes a file an account's picture."""
    await db.execute(
        "INSERT INTO core.avatar (tenant_id, account_id, file_id) VALUES ($1, $2, $3)"
        " ON CONFLICT (tenant_id, account_id) DO UPDATE SET file_id = excluded.file_id",
        tenant_id, account_id, file_id,
    )  # fmt: skip

"""How exports and deletions are kept, and how a tenant's rows are erased."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.ground.db import Connection


async def insert_export(
    db: Connection, tenant_id: UUID, export_id: UUID, requested_by: UUID | None, now: datetime
) -> None:
    """Adds an export that is to be made."""
    await db.execute(
        "INSERT INTO core.tenant_export (tenant_id, id, requested_by, created_at) VALUES ($1, $2, $3, $4)",
        tenant_id, export_id, requested_by, now,
    )  # fmt: skip


async def finish_export(
    db: Connection, export_id: UUID, key: str, size: int, sha256: str, tables: int, files: int, now: datetime
) -> None:
    """Notes where an export lies, and what its bytes add up to."""
    await db.execute(
        "UPDATE core.tenant_export SET status = 'done', key = $2, size = $3, sha256 = $4, tables = $5, files = $6,"
        " finished_at = $7 WHERE id = $1",
        export_id, key, size, sha256, tables, files, now,
    )  # fmt: skip


async def fail_export(db: Connection, export_id: UUID, now: datetime) -> None:
    """Notes that an export could not be made."""
    await db.execute(
        "UPDATE core.tenant_export SET status = 'failed', finished_at = $2 WHERE id = $1 AND status = 'queued'",
        export_id, now,
    )  # fmt: skip


async def insert_deletion(
    db: Connection, deletion_id: UUID, tenant_id: UUID, requested_by: str, owner_email: str, cancel_hash: bytes,
    now: datetime, due_at: datetime,
) -> None:  # fmt: skip
    """Adds a deletion that is to come."""
    await db.execute(
        "INSERT INTO core.deletion (id, owner_id, requested_by, owner_email, cancel_hash, requested_at, due_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        deletion_id, tenant_id, requested_by, owner_email, cancel_hash, now, due_at,
    )  # fmt: skip


async def cancel_deletion(db: Connection, deletion_id: UUID, now: datetime) -> None:
    """Notes that a deletion will not take place."""
    await db.execute("UPDATE core.deletion SET cancelled_at = $2 WHERE id = $1", deletion_id, now)


async def move_tenant(db: Connection, tenant_id: UUID, was: list[str], becomes: str, now: datetime) -> bool:
    """Moves a tenant to another status; False when it is in none of those that it could come from."""
    moved = await db.fetchval(
        "UPDATE core.tenant SET status = $3, status_at = $4, status_reason = '' WHERE id = $1"
        " AND status = ANY($2::text[]) RETURNING true",
        tenant_id, was, becomes, now,
    )  # fmt: skip
    return bool(moved)


async def erase_rows(db: Connection, deletion_id: UUID, table: str, many: int) -> int:
    """Erases some of the tenant's rows from a table and counts them; 0 when none are left."""
    gone = int(await db.fetchval("SELECT core.erase_rows($1::text::regclass, $2)", table, many))
    if gone:
        await count_erased(db, deletion_id, table, gone)
    return gone


async def count_erased(db: Connection, deletion_id: UUID, what: str, gone: int) -> None:
    """Adds to what was counted of a table or a collection."""
    await db.execute(
        "UPDATE core.deletion SET counts ="
        " counts || jsonb_build_object($2::text, coalesce((counts ->> $2)::bigint, 0) + $3::bigint) WHERE id = $1",
        deletion_id, what, gone,
    )  # fmt: skip


async def erase_elsewhere(db: Connection, tenant_id: UUID) -> None:
    """Takes the tenant out of tables that belong to no tenant: its hosts, and what it has in the queue."""
    await db.execute("DELETE FROM core.host WHERE owner_id = $1", tenant_id)
    await db.execute(
        "DELETE FROM ground.pgqueuer WHERE status = 'queued'"
        " AND convert_from(payload, 'UTF8')::jsonb ->> 'tenant' = $1",
        str(tenant_id),
    )


async def note_erased(db: Connection, deletion_id: UUID, files: int, keys: int) -> None:
    """Adds to what was counted of files and of keys in Valkey."""
    await db.execute(
        "UPDATE core.deletion SET files = files + $2, keys = keys + $3 WHERE id = $1", deletion_id, files, keys
    )


async def note_export(db: Connection, deletion_id: UUID, sha256: str | None) -> None:
    """Keeps what the last export's bytes add up to, before its row goes."""
    await db.execute(
        "UPDATE core.deletion SET export_sha256 = coalesce(export_sha256, $2) WHERE id = $1", deletion_id, sha256
    )


async def finish_deletion(
    db: Connection, deletion_id: UUID, receipt: dict[str, Any], signature: str, now: datetime
) -> None:
    """Keeps the signed receipt, and no address any more."""
    await db.execute(
        "UPDATE core.deletion SET receipt = $2, signature = $3, done_at = $4, owner_email = '' WHERE id = $1",
        deletion_id, receipt, signature, now,
    )  # fmt: skip


async def blank_tenant(db: Connection, tenant_id: UUID, now: datetime) -> None:
    """Leaves a tombstone: the slug stays taken, so that nobody comes back under another's name."""
    await db.execute(
        "UPDATE core.tenant SET status = 'deleted', status_at = $2, status_reason = '', name = '' WHERE id = $1",
        tenant_id, now,
    )  # fmt: skip

"""How imports and their problems are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from fourfold.commerce.imports.queries import RUN
from fourfold.ground.db import Connection

# Batches are written two at a time, so what is done need not be one piece.
_TASK = "vendor_id, format, dry_run, ARRAY(SELECT ARRAY[lower(each), upper(each)] FROM unnest(done) AS each) AS done"


async def insert_run(
    db: Connection, tenant_id: UUID, import_id: UUID, vendor_id: UUID, account_id: UUID | None, file_name: str,
    form: str, key: str, now: datetime, *, dry_run: bool,
) -> asyncpg.Record:  # fmt: skip
    """Adds an import that waits for its turn; `key` is where its file is stored, empty when it is not."""
    (row,) = await db.fetch(
        "INSERT INTO commerce.import_run"
        " (tenant_id, id, vendor_id, account_id, file_name, format, dry_run, key, status, created_at)"
        f" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', $9) RETURNING {RUN}",
        tenant_id, import_id, vendor_id, account_id, file_name, form, dry_run, key, now,
    )  # fmt: skip
    return row


async def start_run(db: Connection, import_id: UUID) -> asyncpg.Record | None:
    """Marks an import as running: (vendor_id, format, dry_run, done); None when it has ended.

    One that had failed is carried on where it stood. A dry run keeps nothing to go on from, so it begins anew.
    """
    row = await db.fetchrow(
        "UPDATE commerce.import_run SET status = 'running', error = NULL, finished_at = NULL"
        f" WHERE id = $1 AND status <> 'done' RETURNING {_TASK}",
        import_id,
    )  # fmt: skip
    if row is None or not row["dry_run"]:
        return row
    await db.execute("DELETE FROM commerce.import_problem WHERE import_id = $1", import_id)
    return await db.fetchrow(
        "UPDATE commerce.import_run SET progress = 0, reached = 0, read = 0, created = 0, updated = 0, unchanged = 0,"
        f" failed = 0, done = '{{}}' WHERE id = $1 RETURNING {_TASK}",
        import_id,
    )  # fmt: skip


async def advance_run(
    db: Connection, import_id: UUID, places: range, counts: tuple[int, int, int, int], progress: float
) -> asyncpg.Record | None:
    """Marks places of the file as done and adds what became of them: (created, updated, unchanged, failed).

    None when the import has ended, or somebody else has done them.
    """
    return await db.fetchrow(
        "UPDATE commerce.import_run SET done = done + int4multirange(int4range($2, $3)),"
        " reached = reached + $4 + $5 + $6 + $7, read = read + $4 + $5 + $6 + $7,"
        " created = created + $4, updated = updated + $5, unchanged = unchanged + $6, failed = failed + $7,"
        " progress = greatest(progress, $8) WHERE id = $1 AND status = 'running' AND NOT done @> $2::integer"
        f" RETURNING {RUN}",
        import_id, places.start, places.stop, *counts, progress,
    )  # fmt: skip


async def end_run(
    db: Connection, import_id: UUID, status: str, error: dict[str, Any] | None, now: datetime
) -> asyncpg.Record | None:
    """Ends an import as done or failed; None when it has ended before."""
    return await db.fetchrow(
        "UPDATE commerce.import_run SET status = $2, error = $3, finished_at = $4,"
        " progress = CASE WHEN $2 = 'done' THEN 1 ELSE progress END"
        f" WHERE id = $1 AND status IN ('queued', 'running') RETURNING {RUN}",
        import_id, status, error, now,
    )  # fmt: skip


async def insert_problems(
    db: Connection, tenant_id: UUID, import_id: UUID, rows: Sequence[tuple[int, int, str, str | None, str, str]]
) -> None:
    """Adds problems: (line, position among the problems of its product, handle, column, code, message)."""
    lines, positions, handles, columns, codes, messages = zip(*rows, strict=True)
    await db.execute(
        "INSERT INTO commerce.import_problem"
        " (tenant_id, import_id, line, position, handle, column_name, code, message)"
        " SELECT $1, $2, p.* FROM unnest($3::integer[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[])"
        " AS p (line, position, handle, column_name, code, message)",
        tenant_id, import_id, lines, positions, handles, columns, codes, messages,
    )  # fmt: skip

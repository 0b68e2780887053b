"""Reads of files."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.contracts.core import FileFacts
from fourfold.ground.db import Connection

_FILE = (
    "SELECT f.id, f.owner_id, f.purpose, f.name, f.content_type, f.size, f.sha256, f.public, f.width, f.height,"
    " f.status, f.key, f.variants, f.variants_status, f.created_at FROM core.file f"
)


async def file_with_id(db: Connection, file_id: UUID) -> asyncpg.Record | None:
    """One file, if there is one."""
    return await db.fetchrow(f"{_FILE} WHERE f.id = $1", file_id)


async def files_page(db: Connection, owner_id: UUID | None, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Files of one owner, or of all, newest first, behind the one with the id `after`; without people's pictures."""
    return await db.fetch(
        f"{_FILE} WHERE f.purpose = 'file' AND ($1::uuid IS NULL OR f.owner_id = $1)"
        " AND ($2::uuid IS NULL OR f.id < $2) ORDER BY f.id DESC LIMIT $3",
        owner_id, after, limit,
    )  # fmt: skip


async def files_of(db: Connection, owner_id: UUID) -> list[asyncpg.Record]:
    """All files of one owner, with the pictures of themselves, oldest first."""
    return await db.fetch(f"{_FILE} WHERE f.owner_id = $1 ORDER BY f.id", owner_id)


async def ready_files_of(db: Connection, owner_id: UUID, file_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Which of these files an account owns, completely stored."""
    rows = await db.fetch(
        "SELECT id FROM core.file WHERE owner_id = $1 AND id = ANY($2) AND purpose = 'file' AND status = 'ready'",
        owner_id, list(file_ids),
    )  # fmt: skip
    return frozenset(row["id"] for row in rows)


async def facts_of_files(db: Connection, owner_id: UUID, file_ids: Sequence[UUID]) -> dict[UUID, FileFacts]:
    """What others may know of those of these files that an account has, completely stored."""
    rows = await db.fetch(
        "SELECT id, key, content_type, size, width, height FROM core.file"
        " WHERE owner_id = $1 AND id = ANY($2) AND purpose = 'file' AND status = 'ready'",
        owner_id, list(file_ids),
    )  # fmt: skip
    return {row["id"]: FileFacts(**dict(row)) for row in rows}


async def avatar_of(db: Connection, account_id: UUID) -> asyncpg.Record | None:
    """The file that is an account's picture, if it has one."""
    return await db.fetchrow(
        f"{_FILE} JOIN core.avatar a ON a.tenant_id = f.tenant_id AND a.file_id = f.id WHERE a.account_id = $1",
        account_id,
    )


async def given_up(db: Connection, before: datetime, limit: int) -> list[asyncpg.Record]:
    """Files that were begun before that and never stored: whoever took them in is gone."""
    return await db.fetch(
        f"{_FILE} WHERE f.status = 'storing' AND f.created_at < $1 ORDER BY f.created_at LIMIT $2", before, limit
    )


async def keys_without_file(db: Connection, keys: list[str]) -> list[str]:
    """Which keys of storage, all `core/<files or uploads>/<id>/<rest>`, belong to no file and to no upload."""
    rows = await db.fetch(
        "SELECT k.key FROM (SELECT key, split_part(key, '/', 3)::uuid AS id FROM unnest($1::text[]) u (key)) k"
        " WHERE NOT EXISTS (SELECT FROM core.file f WHERE f.id = k.id AND (f.key = k.key OR EXISTS ("
        " SELECT FROM jsonb_each(f.variants) v WHERE v.value ->> 'key' = k.key)))"
        " AND NOT EXISTS (SELECT FROM core.upload_part p WHERE p.upload_id = k.id AND p.key = k.key)",
        keys,
    )
    return [row["key"] for row in rows]

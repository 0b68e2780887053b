"""Packing: everything of a tenant into one zip file, with a manifest of what it holds and what that adds up to."""

import asyncio
import hashlib
import tempfile
import zipfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from fourfold.core.departures.queries import TenantTable, tenant_tables
from fourfold.core.departures.rules import leaves
from fourfold.core.departures.stored_documents import pack_documents
from fourfold.ground.db import Connection, transaction
from fourfold.ground.work import Desk

FORMAT = "fourfold-tenant-export/1"
FOLDER = "tenant-exports/"
PIECE = 1_048_576
ALL_TIMES = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Packed:
    """A packed tenant: how many tables and files, and the manifest."""

    tables: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)


@asynccontextmanager
async def _snapshot(desk: Desk) -> AsyncIterator[Connection]:
    """One look at all tables at the same moment, however long it takes."""
    async with transaction(desk.house.pool, desk.who.tenant_id, read_only=True) as db:
        await db.execute("ROLLBACK; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        await db.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        await db.execute("SELECT set_config('fourfold.tenant', $1, true)", str(desk.who.tenant_id))
        yield db


async def pack_tenant(desk: Desk, tenant: Mapping[str, Any], target: Path) -> Packed:
    """Writes the tenant's rows and documents as JSON Lines, its files and a manifest into the zip file `target`."""
    packed = Packed()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        async with _snapshot(desk) as db:
            for table in await tenant_tables(db):
                await _pack_table(db, desk.who.tenant_id, archive, table, packed)
        packed.tables += await pack_documents(desk, archive)
        await desk.progress(0.5)
        for key in sorted(await desk.house.storage.keys(desk.who.tenant_id, "", ALL_TIMES)):
            if not key.startswith(FOLDER):
                await _pack_file(desk, archive, key, packed)
        manifest = {
            "format": FORMAT,
            "tenant": {"id": str(tenant["id"]), "slug": tenant["slug"], "name": tenant["name"]},
            "made_at": desk.now.isoformat(),
            "tables": packed.tables,
            "files": packed.files,
        }
        archive.writestr("manifest.json", orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return packed


async def _pack_table(
    db: Connection, tenant_id: UUID, archive: zipfile.ZipFile, table: TenantTable, packed: Packed
) -> None:
    pairs = list(zip(table.columns, table.kinds, strict=True))
    kept = [column for column, kind in pairs if leaves(table.name, column, kind)]
    left = [column for column, kind in pairs if column not in kept]
    if not kept:
        packed.tables.append({"name": table.name, "path": None, "rows": 0, "sha256": None, "left_out": left})
        return
    # Names of the catalogue, quoted: nothing that anybody has sent.
    shown = ", ".join(f'"{column}"' for column in kept)
    order = ", ".join(f'"{column}"' for column in table.key)
    query = (
        f"SELECT row_to_json(t)::text FROM (SELECT {shown} FROM {table.name} WHERE tenant_id = $1 ORDER BY {order}) t"  # noqa: S608 - see above
    )
    path, digest, rows = f"tables/{table.name}.jsonl", hashlib.sha256(), 0
    with archive.open(path, "w", force_zip64=True) as file:
        async for row in db.cursor(query, tenant_id, prefetch=500):
            line = row[0].encode() + b"\n"
            digest.update(line)
            rows += 1
            file.write(line)
            if rows % 500 == 0:
                await asyncio.sleep(0)
    packed.tables.append(
        {"name": table.name, "path": path, "rows": rows, "sha256": digest.hexdigest(), "left_out": left}
    )


async def _pack_file(desk: Desk, archive: zipfile.ZipFile, key: str, packed: Packed) -> None:
    path, digest, size = f"files/{key}", hashlib.sha256(), 0
    with archive.open(path, "w", force_zip64=True) as file:
        async for chunk in desk.house.storage.stream(desk.who.tenant_id, key):
            digest.update(chunk)
            size += len(chunk)
            await asyncio.to_thread(file.write, chunk)
    packed.files.append({"path": path, "size": size, "sha256": digest.hexdigest()})


async def sum_of(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    return await asyncio.to_thread(_sum_of, path)


def _sum_of(path: Path) -> tuple[int, str]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return path.stat().st_size, digest.hexdigest()


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder that goes with its use."""
    return tempfile.TemporaryDirectory(prefix="fourfold-export-")

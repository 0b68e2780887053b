"""A file of products is taken in, to be imported in the background."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from fastapi import UploadFile
from pydantic import BaseModel, ConfigDict

from fourfold.commerce.formats.readers import Format
from fourfold.commerce.imports import tables
from fourfold.commerce.imports.jobs import RunImport, run_import, source_key
from fourfold.commerce.imports.recognise import format_of
from fourfold.commerce.imports.shapes import ImportShape
from fourfold.commerce.vendors.queries import vendor_with_id
from fourfold.commerce.vendors.scope import NOBODY, vendor_scope
from fourfold.commerce.vendors.shop import ensure_shop
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import Work

_CHUNK = 1 << 20
_CONTENT_TYPE = "application/octet-stream"


class StartImport(BaseModel):
    """How to import: `format` where the content does not tell, `vendor_id` for those who look after all vendors."""

    model_config = ConfigDict(extra="forbid")
    dry_run: bool = False
    format: Format | None = None
    vendor_id: UUID | None = None


class NoSuchSeller(NotFound):
    """404: there is no such vendor, or the caller does not sell as it."""

    code = "commerce.no_such_vendor"


async def start_import(work: Work, file: UploadFile, ask: StartImport) -> ImportShape:
    """Stores the file and enqueues its import with it; raises `EmptyFile`, `UnknownFormat`, `NoSuchSeller`."""
    vendor_id = await _seller(work, ask.vendor_id)
    import_id = new_id()
    key = source_key(import_id)
    with _kept_upload() as path:
        with path.open("wb") as kept:
            while chunk := await file.read(_CHUNK):
                await asyncio.to_thread(kept.write, chunk)
        form = await asyncio.to_thread(format_of, path, ask.format)
        await work.house.storage.put(work.who.tenant_id, key, path, _CONTENT_TYPE)
    row = await tables.insert_run(
        work.db, work.who.tenant_id, import_id, vendor_id, work.who.account_id, _name_of(file), form, key, work.now,
        dry_run=ask.dry_run,
    )  # fmt: skip
    work.later(run_import, RunImport(import_id=import_id))
    return ImportShape.of(row)


async def _seller(work: Work, asked: UUID | None) -> UUID:
    scope = await vendor_scope(work)
    shop = await ensure_shop(work)
    if scope is None:
        chosen = asked or shop.house_vendor_id
        if chosen is None or (asked and await vendor_with_id(work.db, asked) is None):
            raise NoSuchSeller
        return chosen
    if scope == NOBODY or asked not in {None, scope}:
        raise NoSuchSeller
    return scope


@contextmanager
def _kept_upload() -> Iterator[Path]:
    with TemporaryDirectory(prefix="fourfold-upload-") as folder:
        yield Path(folder) / "upload"


def _name_of(file: UploadFile) -> str:
    name = (file.filename or "upload").replace("\\", "/").rpartition("/")[2].replace("\0", "")
    return name[-255:] or "upload"

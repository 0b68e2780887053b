"""All of an upload has come: it is looked at, and becomes a file; several parts are put together in the background."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from fourfold.core.files.jobs import ForgetObjects, forget_objects
from fourfold.core.files.look import Looked, look_at
from fourfold.core.files.queries import file_with_id
from fourfold.core.files.store import Taken, insert
from fourfold.core.files.store import finish as finish_file
from fourfold.core.uploads import queries, tables
from fourfold.core.uploads.create import forget_upload
from fourfold.ground.durable import job
from fourfold.ground.refusals import Refusal
from fourfold.ground.storage import PART
from fourfold.ground.work import Desk


class FinishUpload(BaseModel):
    """Which upload to make a file of."""

    upload_id: UUID


class ComposeFile(BaseModel):
    """Which file to put together from the parts of its upload."""

    file_id: UUID


async def finish(desk: Desk, upload_id: UUID) -> bool:
    """Makes a file, with the upload's id, of an upload of which all has come; False when there is nothing to do.

    Raises what `look_at` raises for a file that is not taken; then the upload is gone.
    """
    async with desk.view() as view:
        upload = await queries.upload_with_id(view.db, upload_id)
        parts = await queries.parts_of(view.db, upload_id)
    if upload is None or upload["status"] != "open" or upload["position"] != upload["size"]:
        return False
    try:
        looked = await _look(desk, upload, parts)
    except Refusal:
        async with desk.work() as work:
            await forget_upload(work, upload)
        raise
    # A file that came in one small part is that part; whoever sent it finds it ready.
    small = len(parts) == 1 and upload["size"] <= PART
    content = await desk.house.storage.get(desk.who.tenant_id, parts[0]["key"]) if small else b""
    taken = Taken(upload["name"], upload["size"], looked, upload["public"], "file")
    async with desk.work() as work:
        if not await tables.finish(work.db, upload_id):
            return False
        key = parts[0]["key"] if small else f"core/files/{upload_id}/content"
        await insert(work, upload_id, upload["owner_id"], taken, "composing", key)
        if small:
            await tables.delete_parts(work.db, upload_id)
            sha256 = hashlib.sha256(content).hexdigest()
            await finish_file(work, upload_id, key, sha256, pictured=looked.picture is not None)
        else:
            work.later(compose_file, ComposeFile(file_id=upload_id))
    return True


async def _look(desk: Desk, upload: asyncpg.Record, parts: Sequence[asyncpg.Record]) -> Looked:
    async def read(start: int, end: int) -> bytes:
        found = []
        for part in parts:
            begin, last = max(start, part["start"]), min(end, part["start"] + part["size"])
            if begin < last:
                where = (begin - part["start"], last - part["start"])
                found.append(await desk.house.storage.part(desk.who.tenant_id, part["key"], *where))
        return b"".join(found)

    return await look_at(upload["name"], upload["content_type"], upload["size"], read)


@job("core.uploads.finish_upload", steps=True)
async def finish_upload(desk: Desk, ask: FinishUpload) -> None:
    """Makes a file of an upload when the process that took its last part did not; what is not taken is forgotten."""
    try:
        await finish(desk, ask.upload_id)
    except Refusal as refused:
        if refused.status >= 500:  # noqa: PLR2004 - a server is away: tried again
            raise


@job("core.uploads.compose_file", steps=True)
async def compose_file(desk: Desk, ask: ComposeFile) -> None:
    """Puts a file together, streaming part after part; done twice, it writes the same file."""
    async with desk.view() as view:
        parts = await queries.parts_of(view.db, ask.file_id)
        row = await file_with_id(view.db, ask.file_id)
    if not parts:
        return
    key, keys = f"core/files/{ask.file_id}/content", [part["key"] for part in parts]
    sha256 = ""
    if row is not None:
        _, sha256 = await desk.house.storage.join(desk.who.tenant_id, key, keys, row["content_type"])
    async with desk.work() as work:
        # Removed in the meantime, it leaves nothing behind.
        pictured = row is not None and row["width"] is not None
        done = row is not None and await finish_file(work, ask.file_id, key, sha256, pictured=pictured)
        await tables.delete_parts(work.db, ask.file_id)
        work.later(forget_objects, ForgetObjects(keys=keys if done else [*keys, key]))

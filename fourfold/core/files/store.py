"""A file is sent in one request: looked at, counted, streamed into the storage, and ready after that."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO
from uuid import UUID

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from fourfold.contracts.figures import files_stored_bytes_total, files_stored_total
from fourfold.core.files import tables
from fourfold.core.files.edit import seen_file
from fourfold.core.files.jobs import MakeVariants, make_variants
from fourfold.core.files.look import Looked, NotAPicture, look_at
from fourfold.core.files.shapes import FileShape
from fourfold.ground.ids import new_id
from fourfold.ground.pictures import MOST_BYTES
from fourfold.ground.refusals import FieldError, Invalid, TooLarge, UnsupportedType
from fourfold.ground.storage import CHUNK
from fourfold.ground.work import Desk, Work

FORM = "multipart/form-data"
FIELDS = {"file", "public"}


class StorageFull(TooLarge):
    """413: the tenant may not store as much."""

    code = "core.storage_full"
    title = "This would be more than the tenant may store"


class PictureTooLarge(TooLarge):
    """413: more bytes than a picture of a person may have."""

    code = "core.picture_too_large"
    title = f"A picture has at most {MOST_BYTES // 2**20} MiB"


class BadForm(Invalid):
    """422: the form has no file, or something else."""

    code = "core.bad_form"
    title = "Send one file in the field `file`, and nothing but what is described"


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was looked at: where its bytes are for now, and what it will be."""

    name: str
    size: int
    looked: Looked
    public: bool
    purpose: str


async def store_file(desk: Desk, request: Request) -> FileShape:
    """Stores the file of a form; raises `BadForm`, `StorageFull` and what `look_at` raises.

    The form is read here and not by the framework, so that strangers are sent away before they send anything. Its file
    lies in a temporary one from the first megabyte on.
    """
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        raise UnsupportedType(f"Send this as {FORM}.")
    async with request.form(max_files=1, max_fields=len(FIELDS), max_part_size=1024) as form:
        file, public = _fields_in(form)
        taken = await _look(file, public=public, purpose="file")
        file_id = await keep(desk, taken, file.file)
    async with desk.view() as view:
        return FileShape.of(await seen_file(view, file_id))


async def store_avatar(desk: Desk, request: Request) -> UUID:
    """Stores a picture of the caller as it came, for the making of its squares; raises as `store_file`."""
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        raise UnsupportedType(f"Send this as {FORM}.")
    async with request.form(max_files=1, max_fields=1, max_part_size=1024) as form:
        file, _ = _fields_in(form)
        if (file.size or 0) > MOST_BYTES:
            raise PictureTooLarge
        taken = await _look(file, public=False, purpose="avatar")
        if taken.looked.picture is None:
            raise NotAPicture
        return await keep(desk, taken, file.file)


def _fields_in(form: FormData) -> tuple[UploadFile, bool]:
    file, public = form.get("file"), form.get("public", "false")
    unknown = sorted(set(form) - FIELDS)
    if not isinstance(file, UploadFile) or public not in {"true", "false"} or unknown:
        field = unknown[0] if unknown else "public" if isinstance(file, UploadFile) else "file"
        raise BadForm(errors=[FieldError(field, "`file` is a file, `public` is true or false.", "bad_form")])
    return file, public == "true"


async def _look(file: UploadFile, *, public: bool, purpose: str) -> Taken:
    async def read(start: int, end: int) -> bytes:
        await file.seek(start)
        return await file.read(end - start)

    name, size = file.filename or "", file.size or 0
    return Taken(name, size, await look_at(name, file.content_type or "", size, read), public, purpose)


async def keep(desk: Desk, taken: Taken, content: BinaryIO) -> UUID:
    """Stores the bytes; the row is there before them, so that nothing is stored that nobody knows of."""
    file_id = new_id()
    key = f"core/files/{file_id}/content"
    async with desk.work() as work:
        await reserve(work, taken.size)
        await insert(work, file_id, work.who.account, taken, "storing", key)
    await asyncio.to_thread(content.seek, 0)
    chunks = iter(partial(content.read, CHUNK), b"")
    _, sha256 = await desk.house.storage.put_chunks(desk.who.tenant_id, key, chunks, taken.looked.content_type)
    async with desk.work() as work:
        await finish(work, file_id, key, sha256, pictured=taken.looked.picture is not None)
    return file_id


async def reserve(work: Work, size: int) -> None:
    """Counts bytes before they are stored; raises `StorageFull`."""
    limit = await work.house.allowances.storage_of(work.who.tenant_id)
    if not await tables.take_room(work.db, work.who.tenant_id, size, limit):
        raise StorageFull


async def release(work: Work, size: int) -> None:
    """Counts bytes no longer that will not be stored."""
    await tables.give_room(work.db, size)


async def insert(work: Work, file_id: UUID, owner_id: UUID, taken: Taken, status: str, key: str) -> None:
    """Adds a file that is not ready yet."""
    picture = taken.looked.picture
    await tables.insert_file(
        work.db, work.who.tenant_id, file_id, owner_id, taken.purpose, taken.name, taken.looked.content_type,
        taken.size, picture.width if picture else None, picture.height if picture else None, public=taken.public,
        status=status, key=key, now=work.now,
    )  # fmt: skip


async def finish(work: Work, file_id: UUID, key: str, sha256: str, *, pictured: bool) -> bool:
    """Makes a file ready, and its variants when it is a picture; False when the file is gone."""
    size = await tables.finish_file(work.db, file_id, key, sha256, "making" if pictured else None, work.now)
    if size is None:
        return False
    work.count(files_stored_total)
    work.count(files_stored_bytes_total, size)
    if pictured:
        work.later(make_variants, MakeVariants(file_id=file_id), once=f"variants:{file_id}")
    return True

"""An upload is begun: its name and size are taken, and room for it is counted; or it is ended by its sender."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from fourfold.core.files.jobs import ForgetObjects, forget_objects
from fourfold.core.files.look import EmptyFile, refuse_name
from fourfold.core.files.store import release, reserve
from fourfold.core.uploads import queries, tables
from fourfold.core.uploads.rules import described
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import BadRequest, Conflict, NotFound, TooLarge
from fourfold.ground.work import View, Work

LIVES = timedelta(hours=24)
LONGEST_TYPE = 255


class LengthRequired(BadRequest):
    """400: an upload says how long the file is; a length that follows later is not taken."""

    code = "core.upload_length_required"
    title = "Say by Upload-Length how many bytes the file has"


class BadMetadata(BadRequest):
    """400: the sender says nothing of the file that can be understood."""

    code = "core.bad_upload_metadata"
    title = "Send Upload-Metadata with `filename`, and perhaps `filetype` and `public`, each followed by its Base64"


class FileTooLarge(TooLarge):
    """413: more bytes than one file may have."""

    code = "core.file_too_large"


class NoSuchUpload(NotFound):
    """404: there is no such upload of the caller's, or it has expired."""

    code = "core.no_such_upload"


class UploadFinished(Conflict):
    """409: all of it has come, and it is a file now."""

    code = "core.upload_finished"
    title = "The upload is finished: it is a file now"


async def create_upload(work: Work, length: int | None, metadata: str) -> tuple[UUID, datetime]:
    """Begins an upload; gives its id and when it expires. Raises any of the above, and `StorageFull`."""
    said = described(metadata)
    if length is None:
        raise LengthRequired
    if said is None or len(said.content_type) > LONGEST_TYPE or "\x00" in said.content_type:
        raise BadMetadata
    refuse_name(said.name)
    if not length:
        raise EmptyFile
    most = work.house.settings.resumable_limit
    if length > most:
        raise FileTooLarge(f"A file may have {most} bytes.")
    await reserve(work, length)
    upload_id, expires_at = new_id(), work.now + LIVES
    await tables.insert_upload(
        work.db, work.who.tenant_id, upload_id, work.who.account, said.name, said.content_type, length, work.now,
        expires_at, public=said.public,
    )  # fmt: skip
    return upload_id, expires_at


async def own_upload(view: View, upload_id: UUID) -> asyncpg.Record:
    """The caller's upload; raises `NoSuchUpload`."""
    row = await queries.upload_with_id(view.db, upload_id)
    if row is None or row["owner_id"] != view.who.account or row["expires_at"] < view.now:
        raise NoSuchUpload
    return row


async def end_upload(work: Work, upload_id: UUID) -> None:
    """Forgets an upload and what has come of it; raises `NoSuchUpload` and `UploadFinished`."""
    row = await own_upload(work, upload_id)
    if not await forget_upload(work, row):
        raise UploadFinished


async def forget_uploads_of(work: Work, owner_id: UUID) -> int:
    """Removes what somebody has begun to send; says how many uploads."""
    rows = await queries.uploads_of(work.db, owner_id)
    return sum([await forget_upload(work, row) for row in rows])


async def forget_upload(work: Work, row: asyncpg.Record) -> bool:
    """Removes an open upload with its parts, and gives its room back; False when it is finished or gone."""
    keys = [part["key"] for part in await queries.parts_of(work.db, row["id"])]
    if not await tables.delete_upload(work.db, row["id"], "open"):
        return False
    await release(work, row["size"])
    if keys:
        work.later(forget_objects, ForgetObjects(keys=keys))
    return True

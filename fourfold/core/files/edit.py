"""A file is renamed, shown to everybody or to nobody, or removed; a person's picture is set and removed."""

from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.files import queries, tables
from fourfold.core.files.jobs import ForgetObjects, forget_objects, keys_of
from fourfold.core.files.look import refuse_name
from fourfold.core.files.rules import LONGEST_NAME
from fourfold.core.files.shapes import FileShape
from fourfold.ground.refusals import NotFound
from fourfold.ground.who import Who
from fourfold.ground.work import View, Work

READ_ALL, WRITE_ALL = "core:files:read_all", "core:files:write_all"


class NoSuchFile(NotFound):
    """404: there is no such file, or it is not the caller's to see."""

    code = "core.no_such_file"


class EditFile(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field("", max_length=LONGEST_NAME, examples=["report-2031.pdf"])
    public: bool = Field(default=False, strict=True)


def is_seen(who: Who, row: asyncpg.Record) -> bool:
    """Whether somebody who may read files may read this one."""
    return bool(row["public"]) or row["owner_id"] == who.account_id or who.may(READ_ALL)


async def seen_file(view: View, file_id: UUID) -> asyncpg.Record:
    """A file that the caller may read; raises `NoSuchFile`."""
    row = await queries.file_with_id(view.db, file_id)
    if row is None or not is_seen(view.who, row):
        raise NoSuchFile
    return row


async def own_file(view: View, file_id: UUID) -> asyncpg.Record:
    """A file that the caller may change; raises `NoSuchFile`."""
    row = await queries.file_with_id(view.db, file_id)
    if row is None or not (row["owner_id"] == view.who.account_id or view.who.may(WRITE_ALL)):
        raise NoSuchFile
    return row


async def edit_file(work: Work, file_id: UUID, ask: EditFile) -> FileShape:
    """Changes what was sent; raises `NoSuchFile` and `BadFileName`."""
    before = await own_file(work, file_id)
    changes = ask.model_dump(include=ask.model_fields_set)
    if "name" in changes:
        refuse_name(ask.name)
    await tables.update_file(work.db, file_id, changes)
    work.note("core.files.changed", f"file:{file_id}", before={name: before[name] for name in changes}, after=changes)
    return FileShape.of(await own_file(work, file_id))


async def remove_file(work: Work, file_id: UUID) -> None:
    """Removes a file; its objects go after the commit. Raises `NoSuchFile`."""
    row = await own_file(work, file_id)
    if await tables.delete_file(work.db, file_id):
        await tables.give_room(work.db, row["size"])
        work.later(forget_objects, ForgetObjects(keys=keys_of(row)))


async def set_avatar(work: Work, file_id: UUID) -> None:
    """Makes a stored picture the caller's, and removes the one before."""
    before = await queries.avatar_of(work.db, work.who.account)
    await tables.set_avatar(work.db, work.who.tenant_id, work.who.account, file_id)
    if before is not None:
        await remove_file(work, before["id"])


async def remove_avatar(work: Work) -> None:
    """Removes the caller's picture, if there is one."""
    row = await queries.avatar_of(work.db, work.who.account)
    if row is not None:
        await remove_file(work, row["id"])

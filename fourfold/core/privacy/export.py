"""A person asks for all that is known of them, and gets it as a file."""

import asyncio
import hashlib
import io
import zipfile
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel

from fourfold.core.accounts.queries import account_with_id
from fourfold.core.privacy import queries, tables
from fourfold.core.privacy.erase import person_of
from fourfold.core.privacy.shapes import PersonalRequestShape
from fourfold.ground.durable import job
from fourfold.ground.ids import new_id
from fourfold.ground.personal import StoredFile
from fourfold.ground.refusals import Conflict, NotFound
from fourfold.ground.storage import NoSuchFile
from fourfold.ground.work import Desk, View, Work

FOLDER = "personal-exports/"
FORMAT = "fourfold-personal-data/1"


class NoSuchRequest(NotFound):
    """404: the caller has not asked for this."""

    code = "core.no_such_request"


class RequestNotDone(Conflict):
    """409: it is not done yet, or there is no file."""

    code = "core.request_not_done"
    title = "There is no file yet"


class ExportPerson(BaseModel):
    """Which request to fulfil."""

    request_id: UUID


async def start_export(work: Work) -> PersonalRequestShape:
    """Has all that is known of the caller put together in the background."""
    request_id = new_id()
    await tables.insert_request(
        work.db, work.who.tenant_id, request_id, work.who.account, "export", work.who.principal, work.now
    )
    work.later(export_person, ExportPerson(request_id=request_id))
    return await request_of(work, request_id)


async def request_of(view: View, request_id: UUID) -> PersonalRequestShape:
    """A request of the caller's; raises `NoSuchRequest`."""
    row = await queries.request_with_id(view.db, request_id)
    if row is None or row["account_id"] != view.who.account:
        raise NoSuchRequest
    return PersonalRequestShape.of(row)


async def stored_export(view: View, request_id: UUID) -> tuple[str, int, str]:
    """Key, size and SHA-256 of the caller's export; raises `NoSuchRequest` and `RequestNotDone`."""
    await request_of(view, request_id)
    row = await queries.request_with_id(view.db, request_id)
    if row is None or row["key"] is None:
        raise RequestNotDone
    return row["key"], row["size"], row["sha256"]


async def give_up_export(work: Work, ask: ExportPerson, _problem: object) -> None:
    """Notes that it could not be done."""
    await tables.fail_request(work.db, ask.request_id, work.now)


@job("core.privacy.export_person", steps=True, on_failed=give_up_export)
async def export_person(desk: Desk, ask: ExportPerson) -> None:
    """Asks every part for what it knows, and stores it as one zip file."""
    async with desk.view() as view:
        row = await queries.request_with_id(view.db, ask.request_id)
        account = await account_with_id(view.db, row["account_id"]) if row else None
        if row is None or account is None or row["status"] != "queued":
            return
        person = person_of(account)
        data: dict[str, Any] = {}
        files: list[tuple[str, StoredFile]] = []
        for part in desk.house.personal:
            told = await part.export(view, person)
            data[part.name] = told.data
            files += [(part.name, each) for each in told.files]
    about = {"format": FORMAT, "account_id": str(person.account_id), "made_at": desk.now.isoformat(), "data": data}
    content = await _packed(desk, about, files)
    key = f"{FOLDER}{ask.request_id}.zip"
    await desk.house.storage.put(desk.who.tenant_id, key, content, "application/zip")
    async with desk.work() as work:
        sha256 = hashlib.sha256(content).hexdigest()
        await tables.finish_export(work.db, ask.request_id, key, len(content), sha256, work.now)


async def _packed(desk: Desk, about: dict[str, Any], files: list[tuple[str, StoredFile]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", orjson.dumps(about, option=orjson.OPT_INDENT_2, default=str))
        for number, (part, file) in enumerate(files, start=1):
            try:
                content = await desk.house.storage.get(desk.who.tenant_id, file.key)
            except NoSuchFile:
                continue
            name = file.name.replace("/", "_").replace("\\", "_")
            await asyncio.to_thread(archive.writestr, f"files/{part}/{number}-{name}", content)
    return packed.getvalue()

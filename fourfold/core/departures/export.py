"""A tenant takes everything along: an export is asked for, and made in the background."""

from pathlib import Path
from uuid import UUID

from pydantic import BaseModel

from fourfold.core.departures import queries, tables
from fourfold.core.departures.pack import FOLDER, pack_tenant, sum_of, temporary_folder
from fourfold.core.departures.shapes import ExportShape
from fourfold.core.tenants.queries import tenant_with_id
from fourfold.ground.durable import job
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, NotFound
from fourfold.ground.work import Desk, View, Work


class NoSuchExport(NotFound):
    """404: this tenant has no such export."""

    code = "core.no_such_export"


class ExportNotDone(Conflict):
    """409: the export has not been made yet, or could not be made."""

    code = "core.export_not_done"
    title = "There is no file yet"


class MakeExport(BaseModel):
    """Which export to make."""

    export_id: UUID


async def give_up_export(work: Work, ask: MakeExport, _problem: object) -> None:
    """Notes that it could not be made."""
    await tables.fail_export(work.db, ask.export_id, work.now)


@job("core.departures.make_export", steps=True, on_failed=give_up_export, always=True)
async def make_export(desk: Desk, ask: MakeExport) -> None:
    """Packs the tenant on disk, then stores the file; beginning again makes it anew."""
    async with desk.view() as view:
        row = await queries.export_with_id(view.db, ask.export_id)
        tenant = await tenant_with_id(view.db, desk.who.tenant_id)
    if row is None or tenant is None or row["status"] == "done":
        return
    key = f"{FOLDER}{ask.export_id}.zip"
    with temporary_folder() as folder:
        path = Path(folder) / "export.zip"
        packed = await pack_tenant(desk, dict(tenant), path)
        size, sha256 = await sum_of(path)
        await desk.house.storage.put(desk.who.tenant_id, key, path, "application/zip")
    async with desk.work() as work:
        count = len([each for each in packed.tables if each["path"]])
        await tables.finish_export(work.db, ask.export_id, key, size, sha256, count, len(packed.files), work.now)


async def start_export(work: Work) -> ExportShape:
    """Has an export made in the background."""
    export_id = new_id()
    await tables.insert_export(work.db, work.who.tenant_id, export_id, work.who.account_id, work.now)
    work.later(make_export, MakeExport(export_id=export_id))
    row = await queries.export_with_id(work.db, export_id)
    if row is None:
        raise NoSuchExport
    return ExportShape.of(row)


async def stored_export(view: View, export_id: UUID) -> tuple[str, int, str]:
    """Key, size and SHA-256 of an export's file; raises `NoSuchExport` and `ExportNotDone`."""
    row = await queries.export_with_id(view.db, export_id)
    if row is None:
        raise NoSuchExport
    if row["status"] != "done":
        raise ExportNotDone
    return row["key"], row["size"], row["sha256"]

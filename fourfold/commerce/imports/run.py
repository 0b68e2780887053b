"""An import is carried out, batch by batch, from wherever it stands to its end."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from fourfold.commerce.formats.batches import Batches
from fourfold.commerce.formats.extent import expected_lines
from fourfold.commerce.formats.imported import UnreadableFile
from fourfold.commerce.formats.readers import Format, sniff
from fourfold.commerce.imports import queries, tables
from fourfold.commerce.imports.batch import Overtaken, Run, apply_batch
from fourfold.commerce.imports.shapes import ImportShape
from fourfold.commerce.vendors.shop import ensure_shop
from fourfold.contracts.commerce import ImportFinished
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import problem
from fourfold.ground.work import Desk

# The end is told only when everything is written.
MOST_PROGRESS = 0.99


async def import_file(
    desk: Desk, path: Path, vendor_id: UUID, *, dry_run: bool, on_progress: Callable[[ImportShape], None]
) -> ImportShape:
    """Imports a file from this computer's disk and says how it ended; `on_progress` hears of every batch.

    Raises `UnreadableFile` when the file is empty or of no known format; whatever is found later is in the answer.
    """
    form = await asyncio.to_thread(sniff, path)
    import_id = new_id()
    async with desk.work() as work:
        await ensure_shop(work)
        await tables.insert_run(
            work.db, desk.who.tenant_id, import_id, vendor_id, desk.who.account_id, path.name[-255:], form, "",
            work.now, dry_run=dry_run,
        )  # fmt: skip
    return await carry_out(desk, import_id, path, on_progress)


async def carry_out(
    desk: Desk, import_id: UUID, path: Path, on_progress: Callable[[ImportShape], None] | None = None
) -> ImportShape:
    """Carries an import on from its last committed batch; what has ended stays as it is."""
    async with desk.work() as work:
        row = await tables.start_run(work.db, import_id)
        shop = await ensure_shop(work)
        kept = await queries.problems_kept(work.db, import_id)
    if row is not None:
        form = Format(row["format"])
        run = Run(import_id, row["vendor_id"], shop.currency, row["dry_run"], row["reached"], kept)
        try:
            await _write_all(desk, run, path, form, on_progress)
            await _finish(desk, run)
        except UnreadableFile as why:
            await _fail(desk, import_id, why)
        except Overtaken:
            # Whoever came by is at work on it, and ends it.
            pass
    async with desk.view() as view:
        ended = await queries.import_with_id(view.db, import_id, None)
    if ended is None:
        reason = f"the import {import_id} is gone"
        raise RuntimeError(reason)
    return ImportShape.of(ended)


async def _write_all(
    desk: Desk, run: Run, path: Path, form: Format, on_progress: Callable[[ImportShape], None] | None
) -> None:
    lines = await asyncio.to_thread(expected_lines, path, form)
    batches = Batches(path, run.currency, form, skip=run.reached)
    try:
        while batch := await batches.next():
            progress = min(batch.line / max(lines, batch.line), MOST_PROGRESS)
            async with desk.work() as work:
                row = await apply_batch(work, run, batch, progress)
            if on_progress is not None:
                on_progress(ImportShape.of(row))
    finally:
        await batches.close()


async def _finish(desk: Desk, run: Run) -> None:
    async with desk.work() as work:
        row = await tables.end_run(work.db, run.import_id, "done", None, work.now)
        if row is not None and not run.dry_run:
            work.emit(
                ImportFinished(
                    import_id=run.import_id, created=row["created"], updated=row["updated"], failed=row["failed"]
                )
            )


async def _fail(desk: Desk, import_id: UUID, why: UnreadableFile) -> None:
    """What was written before stays, and is counted."""
    more = {"line": why.line} if why.line else {}
    title = "The file cannot be read"
    document = problem(422, f"commerce.{why.code}", title, why.message, desk.who.request_id, more=more)
    async with desk.work() as work:
        await tables.end_run(work.db, import_id, "failed", document, work.now)

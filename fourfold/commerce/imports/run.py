"""An import is carried out, batch by batch, from wherever it stands to its end."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from fourfold.commerce.formats.batches import Batches
from fourfold.commerce.formats.extent import expected_lines
from fourfold.commerce.formats.imported import UnreadableFile
from fourfold.commerce.formats.readers import Format
from fourfold.commerce.imports import queries, tables
from fourfold.commerce.imports.batch import Compared, Overtaken, Run, compare_batch, note_commit, write_batch
from fourfold.commerce.imports.recognise import format_of
from fourfold.commerce.imports.shapes import ImportShape
from fourfold.commerce.vendors.shop import ensure_shop
from fourfold.contracts.commerce import ImportFinished
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import problem
from fourfold.ground.work import Desk, Work

# While one batch is written, the next one is compared and written beside it: PostgreSQL uses two cores, we use one.
LANES = 2
MOST_TRIES = 5
# The end is told only when everything is written.
MOST_PROGRESS = 0.99

Listener = Callable[[ImportShape], None]


async def import_file(desk: Desk, path: Path, vendor_id: UUID, *, dry_run: bool, on_progress: Listener) -> ImportShape:
    """Imports a file from this computer's disk and says how it ended; `on_progress` hears of every batch.

    Raises `EmptyFile` and `UnknownFormat`; whatever is found later is in the answer.
    """
    form = await asyncio.to_thread(format_of, path)
    import_id = new_id()
    async with desk.work() as work:
        await ensure_shop(work)
        await tables.insert_run(
            work.db, desk.who.tenant_id, import_id, vendor_id, desk.who.account_id, path.name[-255:], form, "",
            work.now, dry_run=dry_run,
        )  # fmt: skip
    return await carry_out(desk, import_id, path, on_progress)


async def carry_out(desk: Desk, import_id: UUID, path: Path, listener: Listener | None = None) -> ImportShape:
    """Carries an import on from its last committed batch; what has ended stays as it is."""
    async with desk.work() as work:
        row = await tables.start_run(work.db, import_id)
        shop = await ensure_shop(work)
        kept = await queries.problems_kept(work.db, import_id)
    if row is not None:
        run = Run(import_id, row["vendor_id"], shop.currency, row["dry_run"], kept)
        batches = Batches(path, run.currency, Format(row["format"]), [range(*each) for each in row["done"]])
        try:
            await _write_all(desk, run, batches, await asyncio.to_thread(expected_lines, path, row["format"]), listener)
            await _finish(desk, run, batches.fault)
        except Overtaken:
            # Whoever came by is at work on it, and ends it.
            pass
    async with desk.view() as view:
        ended = await queries.import_with_id(view.db, import_id, None)
    if ended is None:
        reason = f"the import {import_id} is gone"
        raise RuntimeError(reason)
    return ImportShape.of(ended)


_GAVE_UP = (
    500, "commerce.import_gave_up", "The import could not be carried out",
    ("Something went wrong again and again, not with a row of the file. Whoever runs the shop can see why at its job"
     " and retry it: then it goes on where it stopped."),
)  # fmt: skip
_CANCELLED = (
    409, "commerce.import_cancelled", "The import was cancelled",
    "Its job was cancelled. Whoever runs the shop can retry the job: then it goes on where it stopped.",
)  # fmt: skip


async def give_up_import(work: Work, import_id: UUID, *, cancelled: bool = False) -> None:
    """Ends an import that could not be carried out, or is not to be; what was written before stays, and is counted."""
    error = problem(*(_CANCELLED if cancelled else _GAVE_UP), work.who.request_id)
    await tables.end_run(work.db, import_id, "failed", error, work.now)


async def _write_all(desk: Desk, run: Run, batches: Batches, lines: int, listener: Listener | None) -> None:
    turn = asyncio.Lock()
    lanes = [asyncio.create_task(_lane(desk, run, batches, turn, lines, listener)) for _ in range(LANES)]
    try:
        await asyncio.gather(*lanes)
    finally:
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        await batches.close()


async def _lane(
    desk: Desk, run: Run, batches: Batches, turn: asyncio.Lock, lines: int, listener: Listener | None
) -> None:
    while True:
        async with turn:
            batch = await batches.next()
            if batch is None:
                return
            async with desk.view() as view:
                found = await compare_batch(view, run, batch)
        row = await _committed(desk, run, found, min(batch.line / max(lines, batch.line), MOST_PROGRESS))
        note_commit(run, found)
        if listener is not None:
            listener(ImportShape.of(row))


async def _committed(desk: Desk, run: Run, found: Compared, progress: float) -> asyncpg.Record:
    """Writes the batch; again when PostgreSQL had to choose between it and another transaction."""
    tries = 0
    while True:
        tries += 1
        try:
            async with desk.work() as work:
                return await write_batch(work, run, found, progress)
        except asyncpg.DeadlockDetectedError:
            if tries == MOST_TRIES:
                raise


async def _finish(desk: Desk, run: Run, fault: UnreadableFile | None) -> None:
    """Ends the import; when the file could not be read to its end, what was written before stays and is counted."""
    error = _problem_of(fault, desk.who.request_id) if fault else None
    async with desk.work() as work:
        row = await tables.end_run(work.db, run.import_id, "failed" if fault else "done", error, work.now)
        if row is not None and not fault and not run.dry_run:
            work.emit(
                ImportFinished(
                    import_id=run.import_id, created=row["created"], updated=row["updated"], failed=row["failed"]
                )
            )


def _problem_of(fault: UnreadableFile, request_id: str) -> dict[str, Any]:
    more = {"line": fault.line} if fault.line else {}
    return problem(422, f"commerce.{fault.code}", "The file cannot be read", fault.message, request_id, more=more)

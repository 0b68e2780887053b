"""Durable work of imports: a stored file is fetched and carried out, and carried on by whoever comes after a crash."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from pydantic import BaseModel

from fourfold.commerce.imports.run import carry_out, give_up_import
from fourfold.ground.durable import CANCELLED, job
from fourfold.ground.storage import NoSuchFile
from fourfold.ground.work import Desk, Work


class RunImport(BaseModel):
    """Which import."""

    import_id: UUID


def source_key(import_id: UUID) -> str:
    """Where the file of an import is stored."""
    return f"imports/{import_id}/source"


async def end_import(work: Work, ask: RunImport, problem: dict[str, str]) -> None:
    """An import whose job is given up or cancelled has failed. Its file stays stored, for whoever retries the job."""
    await give_up_import(work, ask.import_id, cancelled=problem["code"] == CANCELLED["code"])


@job("commerce.imports.run", steps=True, on_failed=end_import)
async def run_import(desk: Desk, ask: RunImport) -> None:
    """Imports the stored file; being run again it goes on where the last run was cut off."""
    key = source_key(ask.import_id)
    with TemporaryDirectory(prefix="fourfold-import-") as folder:
        path = Path(folder) / "source"
        try:
            await _fetch(desk, key, path)
        except NoSuchFile:
            # It is deleted when the import has ended, and then this changes nothing.
            async with desk.work() as work:
                await give_up_import(work, ask.import_id)
            return
        await carry_out(desk, ask.import_id, path)
    await desk.house.storage.delete(desk.who.tenant_id, key)


async def _fetch(desk: Desk, key: str, path: Path) -> None:
    with path.open("wb") as file:
        async for chunk in desk.house.storage.stream(desk.who.tenant_id, key):
            await asyncio.to_thread(file.write, chunk)

"""Durable work of uploads: those whose time is over are forgotten, and their room is given back."""

from pydantic import BaseModel

from fourfold.core.uploads import queries, tables
from fourfold.core.uploads.create import forget_upload
from fourfold.ground.durable import job
from fourfold.ground.work import Desk

AT_ONCE = 200


class TidyUploads(BaseModel):
    """Nothing to say: all whose time is over."""


@job("core.uploads.tidy_uploads", steps=True, behind=True)
async def tidy_uploads(desk: Desk, _ask: TidyUploads) -> None:
    """Removes uploads that have expired; finished ones have become files, and leave only their row."""
    while True:
        async with desk.work() as work:
            rows = await queries.expired(work.db, work.now, AT_ONCE)
            for row in rows:
                if not await forget_upload(work, row):
                    await tables.delete_upload(work.db, row["id"], "finished")
        if len(rows) < AT_ONCE:
            return

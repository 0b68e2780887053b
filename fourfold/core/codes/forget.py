"""Codes that ended long ago are deleted."""

from datetime import datetime

from fourfold.core.codes import tables
from fourfold.ground.work import Work


async def forget_codes(work: Work, before: datetime) -> None:
    """Deletes the codes that expired before."""
    await tables.forget_codes(work.db, before)

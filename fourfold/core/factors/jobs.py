"""What second factors do in the background: half-done sign-ins are forgotten."""

from datetime import timedelta

from pydantic import BaseModel

from fourfold.core.factors import tables
from fourfold.ground.durable import job
from fourfold.ground.work import Work

KEPT = timedelta(hours=1)


class Tidy(BaseModel):
    """Nothing needs to be said."""


@job("core.factors.tidy", behind=True)
async def tidy_factors(work: Work, _: Tidy) -> None:
    """Deletes challenges and used ceremonies that ended an hour ago."""
    await tables.forget_expired(work.db, work.now - KEPT)

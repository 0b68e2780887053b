"""What usage does in the background: figures that nobody asks for any more are forgotten."""

from datetime import timedelta

from pydantic import BaseModel

from fourfold.business.usage import tables
from fourfold.ground.allowances import USAGE_DAYS, month_of
from fourfold.ground.durable import job
from fourfold.ground.work import Desk

AT_ONCE = 5000


class ForgetUsage(BaseModel):
    """Nothing to say: all that is older than the plan says."""


@job("business.usage.forget_usage", steps=True, behind=True)
async def forget_usage(desk: Desk, _ask: ForgetUsage) -> None:
    """Deletes the figures of hours, and of whole months, that are older than the plan keeps them."""
    days = await desk.house.configuration.value(desk.who.tenant_id, USAGE_DAYS)
    gone = AT_ONCE
    while gone == AT_ONCE:
        async with desk.work() as work:
            before = work.now - timedelta(days=days)
            gone = await tables.delete_hours(work.db, before, AT_ONCE)
            await tables.delete_months(work.db, month_of(before))

"""What access does in the background: sessions that ended long ago are forgotten."""

from datetime import timedelta

from pydantic import BaseModel

from fourfold.core.access import tables
from fourfold.core.settings.known import ENDED_SESSION_DAYS
from fourfold.ground.durable import job
from fourfold.ground.work import Desk

AT_ONCE = 2000


class ForgetSessions(BaseModel):
    """Nothing to say: all that ended long ago."""


@job("core.access.forget_sessions", steps=True, behind=True)
async def forget_sessions(desk: Desk, _ask: ForgetSessions) -> None:
    """Deletes sessions that have ended or expired; the audit log still tells of them."""
    days = await desk.house.configuration.value(desk.who.tenant_id, ENDED_SESSION_DAYS)
    gone = AT_ONCE
    while gone == AT_ONCE:
        async with desk.work() as work:
            gone = await tables.delete_ended_sessions(work.db, work.now - timedelta(days=days), AT_ONCE)

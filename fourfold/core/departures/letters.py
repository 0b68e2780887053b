"""Mails about a departure: they go out though the tenant is not served any more."""

from pydantic import BaseModel, Field

from fourfold.core.departures import queries
from fourfold.core.notices.jobs import DeliverMail, deliver_mail
from fourfold.ground.durable import job
from fourfold.ground.work import Work


class MailAtOnce(BaseModel):
    """The name of the mail in its tenant."""

    once: str = Field(max_length=200)


@job("core.departures.mail_at_once", always=True)
async def mail_at_once(work: Work, ask: MailAtOnce) -> None:
    """Delivers a mail whose own delivery is paused with everything else of its tenant."""
    mail_id = await queries.mail_named(work.db, ask.once)
    if mail_id is not None:
        await deliver_mail.act(work, DeliverMail(mail_id=mail_id))

"""Addresses that get no mail any more, and mails that are tried once more."""

from typing import Literal
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.notices import queries, tables
from fourfold.core.notices.jobs import DeliverMail, deliver_mail
from fourfold.ground.emails import Email
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, NotFound
from fourfold.ground.work import Work


class Suppress(BaseModel):
    """An address, and why it gets no mail."""

    model_config = ConfigDict(extra="forbid")
    address: Email
    reason: Literal["bounced", "complained", "asked"] = Field(examples=["bounced"])


class AlreadySuppressed(Conflict):
    """409: the address is on the list."""

    code = "core.already_suppressed"


class NoSuchSuppression(NotFound):
    """404: there is no such entry."""

    code = "core.no_such_suppression"


class NoSuchMail(NotFound):
    """404: there is no such mail."""

    code = "core.no_such_mail"


class NotGivenUp(Conflict):
    """409: the mail is sent, or on its way."""

    code = "core.mail_not_given_up"


async def suppress(work: Work, ask: Suppress) -> asyncpg.Record:
    """Puts the address on the list; raises `AlreadySuppressed`."""
    row = await tables.insert_suppression(work.db, work.who.tenant_id, new_id(), ask.address, ask.reason, work.now)
    if row is None:
        raise AlreadySuppressed
    return row


async def allow_again(work: Work, suppression_id: UUID) -> None:
    """Takes an address off the list, and forgets that its server refused mails; raises `NoSuchSuppression`."""
    address = await tables.remove_suppression(work.db, suppression_id)
    if address is None:
        raise NoSuchSuppression
    await tables.forget_rejections(work.db, address)


async def retry_mail(work: Work, mail_id: UUID) -> asyncpg.Record:
    """Has a mail that was given up or held back tried again; raises `NoSuchMail` and `NotGivenUp`."""
    row = await queries.mail_with_id(work.db, mail_id)
    if row is None:
        raise NoSuchMail
    if row["status"] not in {"failed", "suppressed"}:
        raise NotGivenUp
    await tables.requeue_mail(work.db, mail_id)
    work.later(deliver_mail, DeliverMail(mail_id=mail_id))
    work.changed({"status": row["status"]}, {"status": "queued"})
    found = await queries.mail_with_id(work.db, mail_id)
    if found is None:
        raise NoSuchMail
    return found

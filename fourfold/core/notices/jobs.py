"""Delivering mails: to the mail server that the settings name, or into the development inbox."""

from email.message import EmailMessage
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
import asyncpg
from pydantic import BaseModel

from fourfold.contracts.figures import mails_total
from fourfold.core.notices import queries, tables
from fourfold.core.notices.rules import REJECTIONS, Refused, outcome_of
from fourfold.ground.durable import job, pause_before_retry
from fourfold.ground.ids import new_id
from fourfold.ground.work import Work

SMTP_TIMEOUT = 20.0


class DeliverMail(BaseModel):
    """Which mail to deliver."""

    mail_id: UUID


async def _give_up(work: Work, ask: DeliverMail, problem: dict[str, str]) -> None:
    await tables.mark_refused(
        work.db, ask.mail_id, ": ".join(problem.values()), work.now, is_over=True, is_rejected=False
    )
    work.count(mails_total.labels("failed"))


@job("core.notices.deliver_mail", on_failed=_give_up)
async def deliver_mail(work: Work, ask: DeliverMail) -> None:
    """Hands the mail over, once: its row stays locked meanwhile, and its Message-ID is the same in every attempt.

    What the server says is kept with the mail. It is tried again later, unless the server has refused it for good.
    """
    row = await queries.mail_with_id(work.db, ask.mail_id)
    if row is None or row["status"] != "queued":
        return
    if await queries.is_suppressed(work.db, row["recipient"]):
        await tables.mark_suppressed(work.db, ask.mail_id)
        work.count(mails_total.labels("suppressed"))
        return
    refused = None
    if work.house.settings.smtp_url is not None:
        refused = await _hand_over(work.house.settings.smtp_url, await _message_of(work, row))
    if refused is None:
        await tables.mark_sent(work.db, ask.mail_id, work.now)
        work.count(mails_total.labels("sent"))
    else:
        await _put_off(work, row, refused)


async def _put_off(work: Work, row: asyncpg.Record, refused: Refused) -> None:
    attempts = row["attempts"] + 1
    outcome = outcome_of(refused, attempts)
    work.count(mails_total.labels(outcome))
    await tables.mark_refused(
        work.db, row["id"], refused.error, work.now, is_over=outcome != "later", is_rejected=outcome == "rejected"
    )
    if outcome == "later":
        at, once = work.now + pause_before_retry(attempts), f"mail:{row['id']}:{attempts}"
        work.later(deliver_mail, DeliverMail(mail_id=row["id"]), at=at, once=once)
    elif outcome == "rejected" and await queries.rejections_of(work.db, row["recipient"]) >= REJECTIONS:
        address = row["recipient"].lower()
        await tables.insert_suppression(work.db, work.who.tenant_id, new_id(), address, "rejected", work.now)


async def _message_of(work: Work, row: asyncpg.Record) -> EmailMessage:
    message = EmailMessage()
    message["From"] = work.house.settings.mail_from
    message["To"] = row["recipient"]
    message["Subject"] = row["subject"]
    message["Message-ID"] = f"<{row['id']}@{work.house.settings.mail_from.rpartition('@')[2]}>"
    message["Content-Language"] = row["language"]
    message.set_content(row["body_text"])
    message.add_alternative(row["body_html"], subtype="html")
    for file in row["attachments"]:
        content = await work.house.storage.get(work.who.tenant_id, file["key"])
        kind, _, subkind = file["content_type"].partition("/")
        message.add_attachment(content, maintype=kind, subtype=subkind, filename=file["name"])
    return message


async def _hand_over(url: str, message: EmailMessage) -> Refused | None:
    server = urlsplit(url)
    try:
        await aiosmtplib.send(
            message,
            hostname=server.hostname or "localhost",
            port=server.port or (465 if server.scheme == "smtps" else 25),
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password) if server.password else None,
            use_tls=server.scheme == "smtps",
            timeout=SMTP_TIMEOUT,
        )
    except aiosmtplib.SMTPRecipientsRefused as problem:
        first = problem.recipients[0]
        return Refused(f"{first.code} {first.message}", "address", first.code)
    except aiosmtplib.SMTPDataError as problem:
        return Refused(f"{problem.code} {problem.message}", "message", problem.code)
    except (aiosmtplib.SMTPException, OSError) as problem:
        return Refused(f"{type(problem).__name__}: {problem}")
    return None

"""Delivering mails: to the mail server that the settings name, or into the development inbox."""

from email.message import EmailMessage
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
import asyncpg
from pydantic import BaseModel

from fourfold.core.notices import queries, tables
from fourfold.ground.durable import job
from fourfold.ground.work import Work

SMTP_TIMEOUT = 20.0


class DeliverMail(BaseModel):
    """Which mail to deliver."""

    mail_id: UUID


@job("core.notices.deliver_mail")
async def deliver_mail(work: Work, ask: DeliverMail) -> None:
    """Hands the mail over, once: its row stays locked meanwhile, and its Message-ID is the same in every attempt."""
    row = await queries.mail_with_id(work.db, ask.mail_id)
    if row is None or row["status"] == "sent":
        return
    if work.house.settings.smtp_url is not None:
        await _hand_over(work.house.settings.smtp_url, await _message_of(work, row))
    await tables.mark_sent(work.db, ask.mail_id, work.now)


async def _message_of(work: Work, row: asyncpg.Record) -> EmailMessage:
    message = EmailMessage()
    message["From"] = work.house.settings.mail_from
    message["To"] = row["recipient"]
    message["Subject"] = row["subject"]
    message["Message-ID"] = f"<{row['id']}@{work.house.settings.mail_from.rpartition('@')[2]}>"
    message.set_content(row["body_text"])
    message.add_alternative(row["body_html"], subtype="html")
    for file in row["attachments"]:
        content = await work.house.storage.get(work.who.tenant_id, file["key"])
        kind, _, subkind = file["content_type"].partition("/")
        message.add_attachment(content, maintype=kind, subtype=subkind, filename=file["name"])
    return message


async def _hand_over(url: str, message: EmailMessage) -> None:
    server = urlsplit(url)
    await aiosmtplib.send(
        message,
        hostname=server.hostname or "localhost",
        port=server.port or (465 if server.scheme == "smtps" else 25),
        username=unquote(server.username) if server.username else None,
        password=unquote(server.password) if server.password else None,
        use_tls=server.scheme == "smtps",
        timeout=SMTP_TIMEOUT,
    )

"""How mails are kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from fourfold.core.notices.compose import Composed, TextWords
from fourfold.core.notices.rules import LONGEST_ERROR
from fourfold.ground.db import Connection


async def insert_mail(
    db: Connection, tenant_id: UUID, mail_id: UUID, once: str, to: str, mail: Composed, files: list[dict[str, Any]],
    now: datetime,
) -> bool:  # fmt: skip
    """Adds a mail to be sent; False when the one named `once` is there already."""
    added = await db.fetchval(
        "INSERT INTO core.mail"
        " (tenant_id, id, once, recipient, subject, body_text, body_html, links, attachments, created_at, template,"
        " language) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        " ON CONFLICT (tenant_id, once) DO NOTHING RETURNING true",
        tenant_id, mail_id, once, to, mail.subject, mail.text, mail.html, mail.links, files, now,
        mail.template.replace("/", "."), mail.language,
    )  # fmt: skip
    return bool(added)


async def mark_sent(db: Connection, mail_id: UUID, now: datetime) -> None:
    """Notes that the mail server has taken a mail."""
    await db.execute(
        "UPDATE core.mail SET status = 'sent', sent_at = $2, tried_at = $2, attempts = attempts + 1, error = ''"
        " WHERE id = $1",
        mail_id, now,
    )  # fmt: skip


async def mark_suppressed(db: Connection, mail_id: UUID) -> None:
    """Notes that a mail was held back, since its address gets none."""
    await db.execute("UPDATE core.mail SET status = 'suppressed' WHERE id = $1", mail_id)


async def mark_refused(
    db: Connection, mail_id: UUID, error: str, now: datetime, *, is_over: bool, is_rejected: bool
) -> None:
    """Notes that a mail was not taken, why, and whether that was for good; `is_rejected` is about its address."""
    await db.execute(
        "UPDATE core.mail SET status = CASE WHEN $4 THEN 'failed' ELSE status END, error = $2, tried_at = $3,"
        " attempts = attempts + 1, rejected = $5 WHERE id = $1",
        mail_id, error.replace("\0", "")[:LONGEST_ERROR], now, is_over, is_rejected,
    )  # fmt: skip


async def requeue_mail(db: Connection, mail_id: UUID) -> None:
    """Lets a mail be sent that was given up."""
    await db.execute("UPDATE core.mail SET status = 'queued', rejected = false WHERE id = $1", mail_id)


async def insert_suppression(
    db: Connection, tenant_id: UUID, suppression_id: UUID, address: str, reason: str, now: datetime
) -> asyncpg.Record | None:
    """Adds an address that gets no mail; None when it is there already."""
    return await db.fetchrow(
        "INSERT INTO core.suppression (tenant_id, id, address, reason, created_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (tenant_id, address) DO NOTHING RETURNING id, address, reason, created_at",
        tenant_id, suppression_id, address, reason, now,
    )  # fmt: skip


async def remove_suppression(db: Connection, suppression_id: UUID) -> str | None:
    """Forgets an entry; the address, None when there was no such entry."""
    found: str | None = await db.fetchval(
        "DELETE FROM core.suppression WHERE id = $1 RETURNING address", suppression_id
    )
    return found


async def forget_rejections(db: Connection, address: str) -> None:
    """Counts anew what the server of an address refuses."""
    await db.execute("UPDATE core.mail SET rejected = false WHERE recipient = $1 AND rejected", address)


async def insert_text(
    db: Connection, tenant_id: UUID, text_id: UUID, once: str, to: str, words: TextWords, now: datetime
) -> bool:
    """Adds a text message to be sent; False when the one named `once` is there already."""
    added = await db.fetchval(
        "INSERT INTO core.text_message (tenant_id, id, once, recipient, body, created_at, template, language)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (tenant_id, once) DO NOTHING RETURNING true",
        tenant_id, text_id, once, to, words.text, now, words.template.replace("/", "."), words.language,
    )  # fmt: skip
    return bool(added)


async def mark_text_sent(db: Connection, text_id: UUID, now: datetime) -> None:
    """Notes that a text message is on its way."""
    await db.execute(
        "UPDATE core.text_message SET status = 'sent', sent_at = $2, tried_at = $2, attempts = attempts + 1,"
        " error = '' WHERE id = $1",
        text_id, now,
    )  # fmt: skip


async def mark_text_refused(db: Connection, text_id: UUID, error: str, now: datetime, *, is_over: bool) -> None:
    """Notes that a text message was not taken, why, and whether that was for good."""
    await db.execute(
        "UPDATE core.text_message SET status = CASE WHEN $4 THEN 'failed' ELSE status END, error = $2,"
        " tried_at = $3, attempts = attempts + 1 WHERE id = $1",
        text_id, error.replace("\0", "")[:LONGEST_ERROR], now, is_over,
    )  # fmt: skip

"""How mails are kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.core.notices.compose import Composed
from fourfold.ground.db import Connection


async def insert_mail(
    db: Connection, tenant_id: UUID, mail_id: UUID, once: str, to: str, mail: Composed, files: list[dict[str, Any]],
    now: datetime,
) -> bool:  # fmt: skip
    """Adds a mail to be sent; False when the one named `once` is there already."""
    added = await db.fetchval(
        "INSERT INTO core.mail"
        " (tenant_id, id, once, recipient, subject, body_text, body_html, links, attachments, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant_id, once) DO NOTHING RETURNING true",
        tenant_id, mail_id, once, to, mail.subject, mail.text, mail.html, mail.links, files, now,
    )  # fmt: skip
    return bool(added)


async def mark_sent(db: Connection, mail_id: UUID, now: datetime) -> None:
    """Notes that the mail server has taken a mail."""
    await db.execute("UPDATE core.mail SET status = 'sent', sent_at = $2 WHERE id = $1", mail_id, now)


async def insert_text(
    db: Connection, tenant_id: UUID, text_id: UUID, once: str, to: str, body: str, now: datetime
) -> bool:
    """Adds a text message to be sent; False when the one named `once` is there already."""
    added = await db.fetchval(
        "INSERT INTO core.text_message (tenant_id, id, once, recipient, body, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, once) DO NOTHING RETURNING true",
        tenant_id, text_id, once, to, body, now,
    )  # fmt: skip
    return bool(added)


async def mark_text_sent(db: Connection, text_id: UUID, now: datetime) -> None:
    """Notes that a text message is on its way."""
    await db.execute("UPDATE core.text_message SET status = 'sent', sent_at = $2 WHERE id = $1", text_id, now)

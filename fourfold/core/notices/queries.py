"""Reads of mails."""

from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection


async def mail_with_id(db: Connection, mail_id: UUID) -> asyncpg.Record | None:
    """A mail, locked while it is being sent."""
    return await db.fetchrow(
        "SELECT id, recipient, subject, body_text, body_html, attachments, status FROM core.mail"
        " WHERE id = $1 FOR UPDATE",
        mail_id,
    )


async def mails_page(db: Connection, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Mails, newest first, behind the one with the id `after`."""
    return await db.fetch(
        "SELECT id, recipient, subject, body_text, body_html, links, attachments, status, created_at FROM core.mail"
        " WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
        after, limit,
    )  # fmt: skip

"""Reads of mails."""

from collections.abc import Sequence
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


async def mails_missing(db: Connection, names: Sequence[str]) -> list[str]:
    """Those of the names under which no mail has been sent."""
    rows = await db.fetch(
        "SELECT name FROM unnest($1::text[]) AS wanted (name) WHERE NOT EXISTS ("
        "SELECT FROM core.mail m WHERE m.once = wanted.name AND m.status = 'sent')",
        names,
    )
    return [row["name"] for row in rows]


async def text_with_id(db: Connection, text_id: UUID) -> asyncpg.Record | None:
    """A text message, locked while it is being sent."""
    return await db.fetchrow(
        "SELECT id, recipient, body, status FROM core.text_message WHERE id = $1 FOR UPDATE", text_id
    )


async def texts_page(db: Connection, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Text messages, newest first, behind the one with the id `after`."""
    return await db.fetch(
        "SELECT id, recipient, body, status, created_at FROM core.text_message"
        " WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
        after, limit,
    )  # fmt: skip

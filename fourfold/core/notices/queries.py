"""Reads of mails."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection


async def mail_with_id(db: Connection, mail_id: UUID) -> asyncpg.Record | None:
    """A mail, locked while it is being sent."""
    return await db.fetchrow(
        "SELECT id, recipient, subject, body_text, body_html, attachments, status, template, language, attempts,"
        " created_at, tried_at, sent_at, error FROM core.mail WHERE id = $1 FOR UPDATE",
        mail_id,
    )


async def log_page(
    db: Connection, status: str | None, to: str | None, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """What became of mails, newest first, without what they say."""
    return await db.fetch(
        "SELECT id, recipient, subject, template, language, status, attempts, created_at, tried_at, sent_at, error"
        " FROM core.mail WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR recipient = $2)"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
        status, to, after, limit,
    )  # fmt: skip


async def is_suppressed(db: Connection, address: str) -> bool:
    """Whether the address gets no mail."""
    return bool(await db.fetchval("SELECT true FROM core.suppression WHERE address = $1", address.lower()))


async def rejections_of(db: Connection, address: str) -> int:
    """How many mails the address's server has refused for good."""
    return int(await db.fetchval("SELECT count(*) FROM core.mail WHERE recipient = $1 AND rejected", address))


async def suppressions_page(
    db: Connection, address: str | None, after: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Addresses that get no mail, the last added first."""
    return await db.fetch(
        "SELECT id, address, reason, created_at FROM core.suppression"
        " WHERE ($1::text IS NULL OR address = $1) AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        address, after, limit,
    )  # fmt: skip


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
        "SELECT id, recipient, body, status, attempts FROM core.text_message WHERE id = $1 FOR UPDATE", text_id
    )


async def texts_page(db: Connection, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Text messages, newest first, behind the one with the id `after`."""
    return await db.fetch(
        "SELECT id, recipient, body, status, created_at FROM core.text_message"
        " WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
        after, limit,
    )  # fmt: skip

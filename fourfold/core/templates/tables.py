"""How the templates that tenants have written are kept."""

from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_KEEP = """
INSERT INTO core.notice_template AS t (tenant_id, name, language, subject, body, updated_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, name, language) DO UPDATE
SET subject = excluded.subject, body = excluded.body, updated_at = excluded.updated_at, version = t.version + 1
RETURNING name, language, subject, body, version, updated_at
"""


async def keep_template(
    db: Connection, tenant_id: UUID, name: str, language: str, subject: str, body: str, now: datetime
) -> asyncpg.Record:
    """Writes a template, or the next version of it."""
    row = await db.fetchrow(_KEEP, tenant_id, name, language, subject, body, now)
    if row is None:
        reason = "nothing was kept"
        raise LookupError(reason)
    return row


async def remove_template(db: Connection, name: str, language: str) -> bool:
    """Forgets a template; False when there was none."""
    gone = await db.fetchval(
        "DELETE FROM core.notice_template WHERE name = $1 AND language = $2 RETURNING true", name, language
    )
    return bool(gone)

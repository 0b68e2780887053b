"""Reads of the templates that tenants have written."""

from collections.abc import Sequence

import asyncpg

from fourfold.ground.db import Connection

_COLUMNS = "name, language, subject, body, version, updated_at"


async def own_templates(db: Connection) -> list[asyncpg.Record]:
    """All templates of the tenant's own."""
    return await db.fetch(f"SELECT {_COLUMNS} FROM core.notice_template ORDER BY name, language")


async def own_template(db: Connection, name: str, language: str) -> asyncpg.Record | None:
    """The tenant's own template in one language, if it has written one."""
    return await db.fetchrow(
        f"SELECT {_COLUMNS} FROM core.notice_template WHERE name = $1 AND language = $2", name, language
    )


async def own_texts(db: Connection, name: str, languages: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Subject and text of the tenant's own templates by language."""
    rows = await db.fetch(
        "SELECT language, subject, body FROM core.notice_template WHERE name = $1 AND language = ANY ($2)",
        name, languages,
    )  # fmt: skip
    return {row["language"]: (row["subject"], row["body"]) for row in rows}

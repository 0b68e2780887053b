"""The lines of migrations, and whether a database has all of them; light, since every start asks."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

HERE = Path(__file__).parent
LINES = ("ground", "core", "commerce", "business")


async def is_current(admin_url: str, lines: Sequence[str] = LINES) -> bool:
    """Whether the database has every migration of the lines; asks no more than the version tables.

    It may have more of them: every release runs on the shape of the one after it.
    """
    connection = await asyncpg.connect(admin_url)
    try:
        for line in lines:
            if await connection.fetchval("SELECT to_regclass($1)", f"{line}.migration") is None:
                return False
            kept = await connection.fetchval(f"SELECT version_num FROM {line}.migration")
            if (kept or "") < newest(line):
                return False
    finally:
        await connection.close()
    return True


def revisions_of(line: str) -> Sequence[str]:
    """The revisions of a line, oldest first: files are named `0001_what.py`, and the revision is the number."""
    return sorted(path.name[:4] for path in (HERE / line).glob("[0-9]*.py"))


def newest(line: str) -> str:
    """The revision that a line ends with."""
    return revisions_of(line)[-1]

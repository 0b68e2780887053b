"""How papers and their numbers are kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.ground.db import Connection


async def next_in_series(db: Connection, tenant_id: UUID, series: str) -> int:
    """The next number of a series; it is given out again when the transaction does not commit."""
    number: int = await db.fetchval(
        "INSERT INTO commerce.paper_series AS s (tenant_id, series, last) VALUES ($1, $2, 1)"
        " ON CONFLICT (tenant_id, series) DO UPDATE SET last = s.last + 1 RETURNING last",
        tenant_id, series,
    )  # fmt: skip
    return number


async def insert_paper(
    db: Connection, tenant_id: UUID, paper_id: UUID, kind: str, cause_id: UUID, order_id: UUID, series: str,
    sequence: int, number: str, content: dict[str, Any], now: datetime,
) -> None:  # fmt: skip
    """Adds a paper that is to be drawn."""
    await db.execute(
        "INSERT INTO commerce.paper"
        " (tenant_id, id, kind, cause_id, order_id, series, sequence, number, content, issued_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant_id, paper_id, kind, cause_id, order_id, series, sequence, number, content, now,
    )  # fmt: skip


async def mark_rendered(db: Connection, paper_id: UUID, key: str, now: datetime) -> None:
    """Notes where the file of a paper is."""
    await db.execute(
        "UPDATE commerce.paper SET key = $2, rendered_at = $3 WHERE id = $1 AND rendered_at IS NULL", paper_id, key, now
    )

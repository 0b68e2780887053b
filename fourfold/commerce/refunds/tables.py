"""How refunds are kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.ground.db import Connection
from fourfold.ground.money import Money

_INSERT = """
INSERT INTO commerce.refund (tenant_id, id, order_id, payment_id, amount, currency, reason, status, lines, parts,
    restock, actor, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10, $11, $12)
"""


async def insert_refund(
    db: Connection, tenant_id: UUID, refund_id: UUID, order_id: UUID, payment_id: UUID, amount: Money, reason: str,
    lines: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, Any]], restock: bool, actor: str, now: datetime,  # noqa: FBT001 - a column
) -> None:  # fmt: skip
    """Adds a refund that is to be paid back."""
    await db.execute(
        _INSERT, tenant_id, refund_id, order_id, payment_id, amount.amount, amount.currency, reason, lines, parts,
        restock, actor, now,
    )  # fmt: skip


async def finish_refund(db: Connection, refund_id: UUID, status: str, failure_code: str | None, now: datetime) -> bool:
    """Ends a pending refund; False when it has ended before."""
    ended = await db.fetchval(
        "UPDATE commerce.refund SET status = $2, failure_code = $3, finished_at = $4"
        " WHERE id = $1 AND status = 'pending' RETURNING id",
        refund_id, status, failure_code, now,
    )  # fmt: skip
    return bool(ended)

"""How refunds are kept, and what they change of the payment and of the order."""

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

_APPLY = """
UPDATE commerce.customer_order SET refunded = refunded + $2, version = version + 1,
    payment_status = CASE WHEN refunded + $2 = total THEN 'refunded' ELSE 'partially_refunded' END
WHERE id = $1
RETURNING payment_status
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


async def take_from_payment(db: Connection, payment_id: UUID, amount: int) -> bool:
    """Sets an amount of the payment aside for a refund; False when it has less left."""
    taken = await db.fetchval(
        "UPDATE commerce.payment SET refunded = refunded + $2 WHERE id = $1 AND refunded + $2 <= amount RETURNING true",
        payment_id, amount,
    )  # fmt: skip
    return bool(taken)


async def give_back_to_payment(db: Connection, payment_id: UUID, amount: int) -> None:
    """Frees an amount whose refund has failed."""
    await db.execute("UPDATE commerce.payment SET refunded = refunded - $2 WHERE id = $1", payment_id, amount)


async def add_refunded_pieces(db: Connection, line_ids: Sequence[UUID], quantities: Sequence[int]) -> None:
    """Counts pieces of lines as refunded; negative numbers take that back."""
    await db.execute(
        "UPDATE commerce.order_line l SET refunded_quantity = l.refunded_quantity + n.quantity"
        " FROM unnest($1::uuid[], $2::int[]) AS n (line_id, quantity) WHERE l.id = n.line_id",
        line_ids, quantities,
    )  # fmt: skip


async def finish_refund(db: Connection, refund_id: UUID, status: str, failure_code: str | None, now: datetime) -> bool:
    """Ends a pending refund; False when it has ended before."""
    ended = await db.fetchval(
        "UPDATE commerce.refund SET status = $2, failure_code = $3, finished_at = $4"
        " WHERE id = $1 AND status = 'pending' RETURNING id",
        refund_id, status, failure_code, now,
    )  # fmt: skip
    return bool(ended)


async def apply_to_order(db: Connection, order_id: UUID, amount: int) -> str:
    """Counts a refund on its order, and gives the payment status that the order has now."""
    became: str = await db.fetchval(_APPLY, order_id, amount)
    return became


async def insert_history(
    db: Connection, tenant_id: UUID, entry_id: UUID, order_id: UUID, at: datetime, actor: str, was: str, became: str,
    note: str,
) -> None:  # fmt: skip
    """Tells the refund in the order's history."""
    await db.execute(
        "INSERT INTO commerce.order_history (tenant_id, id, order_id, at, actor, was, became, note)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant_id, entry_id, order_id, at, actor, was, became, note,
    )  # fmt: skip

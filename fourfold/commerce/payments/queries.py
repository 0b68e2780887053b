"""Reads of payments."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_PAYMENT = """
SELECT p.id, p.order_id, p.amount, p.currency, p.refunded, p.status, p.failure_code, p.client_secret, p.confirming_at,
  p.created_at, p.finished_at, o.status AS order_status, o.account_id
FROM commerce.payment p JOIN commerce.customer_order o ON o.tenant_id = p.tenant_id AND o.id = p.order_id
"""


async def payment_with_id(db: Connection, payment_id: UUID) -> asyncpg.Record | None:
    """A payment with the status and the account of its order."""
    return await db.fetchrow(f"{_PAYMENT} WHERE p.id = $1", payment_id)


async def payments_of_order(db: Connection, order_id: UUID) -> list[asyncpg.Record]:
    """The tries to pay an order, oldest first."""
    return await db.fetch(f"{_PAYMENT} WHERE p.order_id = $1 ORDER BY p.id", order_id)


async def pending_payment_of(db: Connection, order_id: UUID) -> asyncpg.Record | None:
    """The payment of an order that has not ended."""
    return await db.fetchrow(f"{_PAYMENT} WHERE p.order_id = $1 AND p.status = 'pending'", order_id)


async def payments_without_answer(db: Connection, claimed_before: datetime, limit: int) -> list[asyncpg.Record]:
    """Pending payments that somebody began to charge before that time."""
    return await db.fetch(
        f"{_PAYMENT} WHERE p.status = 'pending' AND p.confirming_at < $1 ORDER BY p.confirming_at LIMIT $2",
        claimed_before, limit,
    )  # fmt: skip


async def states_of(db: Connection, payment_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The status of each of these payments that exist."""
    rows = await db.fetch("SELECT id, status FROM commerce.payment WHERE id = ANY($1::uuid[])", payment_ids)
    return {row["id"]: row["status"] for row in rows}


async def order_to_pay(db: Connection, order_id: UUID) -> asyncpg.Record | None:
    """What a new try to pay needs of the order, locked, with the secrets of the earlier tries."""
    return await db.fetchrow(
        "SELECT o.id, o.account_id, o.status, o.total, o.currency, ARRAY(SELECT p.client_secret"
        " FROM commerce.payment p WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id) AS secrets"
        " FROM commerce.customer_order o WHERE o.id = $1 FOR UPDATE OF o",
        order_id,
    )

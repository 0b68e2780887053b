"""How payments, and what the gateway told of them, are kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from fourfold.ground.closing import calling
from fourfold.ground.db import Connection
from fourfold.ground.money import Money

_INSERT = """
INSERT INTO commerce.payment (tenant_id, id, order_id, amount, currency, status, provider, client_secret, created_at)
VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8)
ON CONFLICT (tenant_id, order_id) WHERE status = 'pending' DO NOTHING
RETURNING true
"""

# One UPDATE decides who charges: reading first would let two requests charge.
_CLAIM = """
UPDATE commerce.payment p SET confirming_at = $2
FROM commerce.customer_order o
WHERE p.id = $1 AND p.status = 'pending' AND p.confirming_at IS NULL
  AND o.tenant_id = p.tenant_id AND o.id = p.order_id AND o.status = 'pending'
RETURNING p.amount, p.currency, p.client_secret
"""

_FINISH = """
UPDATE commerce.payment SET status = $2, failure_code = $3, finished_at = $4
WHERE id = $1 AND status = 'pending'
RETURNING order_id
"""

_RECORD = """
INSERT INTO commerce.payment_event
    (tenant_id, provider, provider_event_id, payment_id, kind, data, received_at, outcome)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant_id, provider, provider_event_id) DO NOTHING
RETURNING true
"""

_RECORD_IGNORED = """
INSERT INTO commerce.payment_event
    (tenant_id, provider, provider_event_id, payment_id, kind, data, received_at, outcome)
SELECT $1, $2, e.id, e.payment_id, e.kind, e.data, $3, 'ignored'
FROM unnest($4::text[], $5::uuid[], $6::text[], $7::jsonb[]) AS e (id, payment_id, kind, data)
ON CONFLICT (tenant_id, provider, provider_event_id) DO NOTHING
"""


def payment_told(
    tenant_id: UUID, payment_id: UUID, order_id: UUID, amount: Money, provider: str, secret: str, now: datetime
) -> str:
    """The statement that adds the first payment of a new order; it waits to be confirmed."""
    row = {"tenant_id": tenant_id, "id": payment_id, "order_id": order_id, "amount": amount.amount}
    told = {**row, "currency": amount.currency, "provider": provider, "client_secret": secret, "created_at": now}
    return calling("commerce.write_payment", told)


async def insert_payment(
    db: Connection, tenant_id: UUID, payment_id: UUID, order_id: UUID, amount: Money, provider: str, secret: str,
    now: datetime,
) -> bool:  # fmt: skip
    """Adds a payment that waits to be confirmed; False when the order has one already."""
    added = await db.fetchval(
        _INSERT, tenant_id, payment_id, order_id, amount.amount, amount.currency, provider, secret, now
    )
    return bool(added)


async def claim_payment(db: Connection, payment_id: UUID, now: datetime) -> asyncpg.Record | None:
    """Takes the right to charge (amount, currency, client_secret); None when it is taken or it is too late."""
    return await db.fetchrow(_CLAIM, payment_id, now)


async def unclaim_payment(db: Connection, payment_id: UUID, claimed_before: datetime) -> bool:
    """Gives the right to charge back, when it was taken before that time and nothing came of it."""
    freed = await db.fetchval(
        "UPDATE commerce.payment SET confirming_at = NULL"
        " WHERE id = $1 AND status = 'pending' AND confirming_at < $2 RETURNING true",
        payment_id, claimed_before,
    )  # fmt: skip
    return bool(freed)


async def finish_payment(
    db: Connection, payment_id: UUID, status: str, failure_code: str | None, now: datetime
) -> UUID | None:
    """Ends a pending payment and gives its order; None when it has ended before."""
    order_id: UUID | None = await db.fetchval(_FINISH, payment_id, status, failure_code, now)
    return order_id


async def insert_event(
    db: Connection, tenant_id: UUID, provider: str, event_id: str, payment_id: UUID | None, kind: str,
    data: Mapping[str, Any], now: datetime, outcome: str,
) -> bool:  # fmt: skip
    """Keeps an event of the gateway; False when it has come before."""
    added = await db.fetchval(_RECORD, tenant_id, provider, event_id, payment_id, kind, data, now, outcome)
    return bool(added)


async def insert_ignored_events(
    db: Connection, tenant_id: UUID, provider: str,
    events: Sequence[tuple[str, UUID | None, str, Mapping[str, Any]]], now: datetime,
) -> None:  # fmt: skip
    """Keeps events (id, payment, kind, data) that change nothing; those that have come before are kept already."""
    columns = [list(column) for column in zip(*events, strict=True)]
    await db.execute(_RECORD_IGNORED, tenant_id, provider, now, *columns)


async def set_aside(db: Connection, payment_id: UUID, amount: int) -> bool:
    """Sets an amount of the payment aside for a refund; False when it has less left."""
    taken = await db.fetchval(
        "UPDATE commerce.payment SET refunded = refunded + $2 WHERE id = $1 AND refunded + $2 <= amount RETURNING true",
        payment_id, amount,
    )  # fmt: skip
    return bool(taken)


async def free_again(db: Connection, payment_id: UUID, amount: int) -> None:
    """Frees an amount whose refund has failed."""
    await db.execute("UPDATE commerce.payment SET refunded = refunded - $2 WHERE id = $1", payment_id, amount)

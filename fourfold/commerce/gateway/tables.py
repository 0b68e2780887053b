"""How the simulated gateway keeps its books: charges, refunds, and events to be told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_CHARGE = """
WITH made AS (
  INSERT INTO commerce.gateway_charge
    (tenant_id, id, amount, currency, card, status, failure_code, settles_at, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant_id, id) DO NOTHING RETURNING id
), told AS (
  INSERT INTO commerce.gateway_event (tenant_id, id, charge_id, kind, body, due_at, copies)
  SELECT $1, e.id, m.id, e.kind, e.body, e.due_at, e.copies
  FROM made m, unnest($10::uuid[], $11::text[], $12::jsonb[], $13::timestamptz[], $14::int[])
    AS e (id, kind, body, due_at, copies)
)
SELECT true FROM made
"""

# A claimed event is due again later, so that it is not lost with whoever claimed it.
_CLAIM = """
UPDATE commerce.gateway_event e SET attempts = e.attempts + 1,
  due_at = $1::timestamptz + least(power(2, e.attempts + 1), 600) * interval '1 second'
FROM (
  SELECT d.id, d.due_at FROM commerce.gateway_event d WHERE d.delivered_at IS NULL AND d.due_at <= $1
  ORDER BY d.due_at, d.id LIMIT $2 FOR UPDATE SKIP LOCKED
) due
WHERE e.id = due.id
RETURNING e.id, e.charge_id, e.body, e.copies, due.due_at
"""


async def insert_charge(
    db: Connection, tenant_id: UUID, charge_id: UUID, amount: int, currency: str, card: str, status: str,
    failure_code: str | None, settles_at: datetime | None, now: datetime,
    events: Sequence[tuple[UUID, str, dict[str, Any], datetime, int]],
) -> bool:  # fmt: skip
    """Writes a charge with the events (id, kind, body, due at, copies) about it; False when it is in the books."""
    columns = [list(column) for column in zip(*events, strict=True)] or [[], [], [], [], []]
    made = await db.fetchval(
        _CHARGE, tenant_id, charge_id, amount, currency, card, status, failure_code, settles_at, now, *columns
    )
    return bool(made)


async def insert_event(
    db: Connection, tenant_id: UUID, event_id: UUID, charge_id: UUID, kind: str, body: dict[str, Any], due_at: datetime
) -> None:
    """Writes an event to be told."""
    await db.execute(
        "INSERT INTO commerce.gateway_event (tenant_id, id, charge_id, kind, body, due_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        tenant_id, event_id, charge_id, kind, body, due_at,
    )  # fmt: skip


async def settle_charges(db: Connection, charge_ids: Sequence[UUID], now: datetime) -> None:
    """Brings those of the charges that are pending, and whose time has come, to their end."""
    await db.execute(
        "UPDATE commerce.gateway_charge"
        " SET status = CASE WHEN failure_code IS NULL THEN 'succeeded' ELSE 'failed' END"
        " WHERE id = ANY($1::uuid[]) AND status = 'pending' AND settles_at <= $2",
        charge_ids, now,
    )  # fmt: skip


async def capture_charge(db: Connection, charge_id: UUID) -> bool:
    """Takes money that was set aside; False when none is."""
    taken = await db.fetchval(
        "UPDATE commerce.gateway_charge SET status = 'succeeded'"
        " WHERE id = $1 AND status = 'authorized' RETURNING true",
        charge_id,
    )
    return bool(taken)


async def void_charge(db: Connection, charge_id: UUID) -> bool:
    """Gives up a charge that has not ended, and what was to be told of its end; False when it has."""
    given_up = await db.fetchval(
        "UPDATE commerce.gateway_charge SET status = 'voided', failure_code = NULL"
        " WHERE id = $1 AND status IN ('pending', 'authorized') RETURNING true",
        charge_id,
    )
    if given_up:
        await db.execute("DELETE FROM commerce.gateway_event WHERE charge_id = $1 AND delivered_at IS NULL", charge_id)
    return bool(given_up)


async def refund_charge(db: Connection, charge_id: UUID, amount: int) -> bool:
    """Pays back from a charge; False when there is not so much left of it."""
    paid = await db.fetchval(
        "UPDATE commerce.gateway_charge SET refunded = refunded + $2"
        " WHERE id = $1 AND status = 'succeeded' AND refunded + $2 <= amount RETURNING true",
        charge_id, amount,
    )  # fmt: skip
    return bool(paid)


async def insert_refund(
    db: Connection, tenant_id: UUID, refund_id: UUID, charge_id: UUID, amount: int, now: datetime
) -> bool:
    """Writes a refund; False when it is in the books."""
    made = await db.fetchval(
        "INSERT INTO commerce.gateway_refund (tenant_id, id, charge_id, amount, created_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, id) DO NOTHING RETURNING true",
        tenant_id, refund_id, charge_id, amount, now,
    )  # fmt: skip
    return bool(made)


async def claim_events(db: Connection, now: datetime, limit: int) -> list[asyncpg.Record]:
    """Takes events that are due (id, charge_id, body, copies) in their order; they are due again after a pause."""
    rows = await db.fetch(_CLAIM, now, limit)
    return sorted(rows, key=lambda row: (row["due_at"], row["id"]))


async def mark_delivered(db: Connection, event_ids: Sequence[UUID], now: datetime) -> None:
    """Notes that the shop has taken events."""
    await db.execute("UPDATE commerce.gateway_event SET delivered_at = $2 WHERE id = ANY($1::uuid[])", event_ids, now)

"""Reads of the gateway's own books."""

from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection


async def charge_with_id(db: Connection, charge_id: UUID) -> asyncpg.Record | None:
    """A charge as it stands in the books."""
    return await db.fetchrow(
        "SELECT id, amount, currency, card, status, failure_code, settles_at, refunded FROM commerce.gateway_charge"
        " WHERE id = $1",
        charge_id,
    )


async def refund_with_id(db: Connection, refund_id: UUID) -> asyncpg.Record | None:
    """A refund that was paid."""
    return await db.fetchrow("SELECT id, charge_id, amount FROM commerce.gateway_refund WHERE id = $1", refund_id)

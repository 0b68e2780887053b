"""How the moves of fulfilments are kept."""

from datetime import datetime
from uuid import UUID

from fourfold.ground.db import Connection


async def mark_shipped(
    db: Connection, fulfilment_id: UUID, carrier: str | None, tracking_number: str | None, now: datetime
) -> None:
    """Notes that a parcel has been sent; the caller holds its lock."""
    await db.execute(
        "UPDATE commerce.fulfilment SET status = 'shipped', carrier = $2, tracking_number = $3, shipped_at = $4"
        " WHERE id = $1",
        fulfilment_id, carrier, tracking_number, now,
    )  # fmt: skip


async def mark_delivered(db: Connection, fulfilment_id: UUID, now: datetime) -> None:
    """Notes that a parcel has arrived; the caller holds its lock."""
    await db.execute(
        "UPDATE commerce.fulfilment SET status = 'delivered', delivered_at = $2 WHERE id = $1", fulfilment_id, now
    )

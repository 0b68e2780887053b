"""Stock leaves with a parcel, and comes back with a return."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from fourfold.commerce.stock import tables
from fourfold.commerce.stock.tell import tell_of_stock
from fourfold.ground.refusals import Conflict
from fourfold.ground.work import Work


class NotOnHand(Conflict):
    """409: the pieces were sold ahead and have not come in yet."""

    code = "commerce.not_on_hand"
    title = "What was sold has not come in yet"


async def ship_stock(work: Work, order_id: UUID, variant_ids: Sequence[UUID]) -> bool:
    """Takes the promised pieces of these variants off the shelf; False when none are promised. Raises `NotOnHand`."""
    try:
        rows = await tables.move_reservations(
            work.db, work.who.tenant_id, work.now, order_id, ["allocated"], variant_ids, "shipped", work.who.principal
        )
    except asyncpg.CheckViolationError as problem:
        raise NotOnHand from problem
    return bool(rows)


async def return_stock(work: Work, variant_id: UUID, quantity: int, cause_id: UUID) -> None:
    """Puts pieces that came back onto the shelf; `cause_id` is the refund or return they came with."""
    await tables.ensure_levels(work.db, work.who.tenant_id, work.now, [variant_id], [tables.MAIN])
    rows = await tables.set_levels(
        work.db, work.who.tenant_id, work.now, [(variant_id, tables.MAIN, quantity)], "returned", cause_id, "",
        work.who.principal, relative=True,
    )  # fmt: skip
    tell_of_stock(work, rows)

"""Stock is set aside for an order, promised to it once it is paid, and given back when it falls through."""

from collections.abc import Sequence
from uuid import UUID

from fourfold.commerce.stock import tables
from fourfold.commerce.stock.tell import tell_of_stock
from fourfold.ground.refusals import Conflict
from fourfold.ground.work import Work


class OutOfStock(Conflict):
    """409: there is less than was asked for; `lines` says of which variant, and how much there is."""

    code = "commerce.out_of_stock"
    title = "There is not enough in stock"


async def reserve_stock(work: Work, order_id: UUID, wants: Sequence[tuple[UUID, int]]) -> None:
    """Sets aside (variant, quantity) for the order, all or nothing, in one round trip; raises `OutOfStock`."""
    if not wants:
        return
    variant_ids, quantities = zip(*wants, strict=True)
    rows = await tables.reserve(work.db, work.who.tenant_id, work.now, order_id, variant_ids, quantities)
    short = [
        {"variant_id": str(row["variant_id"]), "wanted": row["wanted"], "available": row["before"]}
        for row in rows
        if row["before"] < row["wanted"]
    ]
    if short:
        raise OutOfStock(more={"lines": short})
    tell_of_stock(work, rows)


async def allocate_stock(work: Work, order_id: UUID) -> bool:
    """Promises to the order what is set aside for it; False when nothing is set aside (any more)."""
    return bool(
        await tables.move_reservations(
            work.db, work.who.tenant_id, work.now, order_id, ["held"], None, "allocated", work.who.principal
        )
    )


async def release_stock(work: Work, order_id: UUID, variant_ids: Sequence[UUID] | None = None) -> bool:
    """Gives back what is set aside for or promised to the order (of these variants, or all); False for nothing."""
    rows = await tables.move_reservations(
        work.db, work.who.tenant_id, work.now, order_id, ["held", "allocated"], variant_ids, "released",
        work.who.principal,
    )  # fmt: skip
    tell_of_stock(work, rows)
    return bool(rows)

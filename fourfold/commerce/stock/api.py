"""Ways in to stock: levels, corrections, the ledger."""

from typing import Annotated
from uuid import UUID

from fourfold.commerce.stock import queries
from fourfold.commerce.stock.count import AdjustStock, NoSuchVariant, SetLevel, adjust_stock, set_level
from fourfold.commerce.stock.shapes import LowShape, MovementShape, StockShape
from fourfold.commerce.vendors.scope import vendor_scope
from fourfold.ground.answers import problems
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.work import View, Work

router = room_router("/v1/commerce", "stock")

_LOW = "commerce.stock_low"
Reading = Annotated[View, may("commerce:stock:read", opens=View)]
Writing = Annotated[Work, may("commerce:stock:write")]


async def _refuse_foreign(view: View, variant_id: UUID) -> None:
    row = await queries.variant_owner(view.db, variant_id)
    if row is None or await vendor_scope(view) not in {None, row["vendor_id"]}:
        raise NoSuchVariant


async def _stock_of(view: View, variant_id: UUID) -> StockShape:
    return StockShape.of(variant_id, await queries.levels_of_variant(view.db, variant_id))


@router.get("/variants/{variant_id}/stock", summary="Show a variant's stock", responses=problems(401, 403, 404))
async def show_stock_here(variant_id: UUID, view: Reading) -> StockShape:
    """What is on the shelf, what is set aside or promised, and what may still be bought."""
    await _refuse_foreign(view, variant_id)
    return await _stock_of(view, variant_id)


@router.patch("/variants/{variant_id}/stock", summary="Set when stock is low", responses=problems(401, 403, 404, 409))
async def set_level_here(variant_id: UUID, ask: SetLevel, work: Writing) -> StockShape:
    """Sets `low_at`, at which others are told, and how many pieces are sold beyond what is on the shelf."""
    await set_level(work, await vendor_scope(work), variant_id, ask)
    return await _stock_of(work, variant_id)


@router.post(
    "/variants/{variant_id}/stock/adjustments",
    status_code=201,
    summary="Correct a variant's stock",
    responses=problems(401, 403, 404, 409),
)
async def adjust_stock_here(variant_id: UUID, ask: AdjustStock, work: Writing) -> StockShape:
    """Adds or takes pieces (`delta`), or says how many there are (`count`), with a reason for the ledger.

    Never below what orders have been promised.
    """
    await adjust_stock(work, await vendor_scope(work), variant_id, ask)
    return await _stock_of(work, variant_id)


@router.get(
    "/variants/{variant_id}/stock/movements", summary="List a variant's movements", responses=problems(401, 403, 404)
)
async def list_movements_here(
    variant_id: UUID, view: Reading, limit: Limit = 20, cursor: Cursor = None
) -> Page[MovementShape]:
    """The ledger, newest first."""
    await _refuse_foreign(view, variant_id)
    purpose = f"commerce.movements:{variant_id}"
    position = position_of(view, purpose, cursor)
    before = UUID(position[0]) if position else None
    rows = await queries.movements_of_variant(view.db, variant_id, before, limit + 1)
    following = cursor_for(view, purpose, [str(rows[limit - 1]["id"])]) if len(rows) > limit else None
    return Page(items=[MovementShape(**dict(row)) for row in rows[:limit]], next=following)


@router.get("/stock/low", summary="List what is running low", responses=problems(401, 403))
async def list_low_here(view: Reading, limit: Limit = 20, cursor: Cursor = None) -> Page[LowShape]:
    """Variants that are down to their `low_at`: the caller's own, or all for administrators."""
    position = position_of(view, _LOW, cursor)
    after = UUID(position[0]) if position else None
    rows = await queries.low_levels(view.db, await vendor_scope(view), after, limit + 1)
    following = cursor_for(view, _LOW, [str(rows[limit - 1]["variant_id"])]) if len(rows) > limit else None
    return Page(items=[LowShape(**dict(row)) for row in rows[:limit]], next=following)

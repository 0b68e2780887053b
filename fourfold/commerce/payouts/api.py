"""Ways in to the ledger: balances and entries."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from fourfold.commerce.payouts import queries
from fourfold.commerce.payouts.shapes import BalanceShape, LedgerEntryShape
from fourfold.commerce.vendors.scope import vendor_scope
from fourfold.ground.answers import problems
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.work import View

router = room_router("/v1/commerce/payouts", "payouts")


@router.get("/balance", summary="Read the balances", responses=problems(401, 403))
async def balance_here(view: Annotated[View, may("commerce:payouts:read", opens=View)]) -> Page[BalanceShape]:
    """The caller's own balance, one for each currency; administrators see those of all vendors."""
    return Page(
        items=[BalanceShape.of(row) for row in await queries.balances(view.db, await vendor_scope(view))], next=None
    )


@router.get("/ledger", summary="Read the ledger", responses=problems(401, 403))
async def ledger_here(
    view: Annotated[View, may("commerce:payouts:read", opens=View)],
    order_id: Annotated[UUID | None, Query(description="Only the entries of this order.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[LedgerEntryShape]:
    """The caller's own entries, newest first; administrators see all."""
    purpose = f"ledger:{order_id}"
    position = position_of(view, purpose, cursor)
    after = UUID(position[0]) if position else None
    rows = await queries.entries_page(view.db, await vendor_scope(view), order_id, after, limit + 1)
    items = [LedgerEntryShape.of(row) for row in rows[:limit]]
    return Page(items=items, next=cursor_for(view, purpose, [str(items[-1].id)]) if len(rows) > limit else None)

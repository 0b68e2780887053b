"""Ways in to refunds."""

from typing import Annotated
from uuid import UUID

from fourfold.commerce.orders.queries import NoSuchOrder
from fourfold.commerce.refunds import queries
from fourfold.commerce.refunds.shapes import RefundShape
from fourfold.commerce.refunds.start import StartRefund, start_refund
from fourfold.ground.answers import problems
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Page
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import View, Work

router = room_router("/v1/commerce", "refunds")


class NoSuchRefund(NotFound):
    """404: there is no such refund."""

    code = "commerce.no_such_refund"


@router.post(
    "/orders/{order_id}/refunds", status_code=201, summary="Refund an order", responses=problems(401, 403, 404, 409)
)
async def refund_here(
    order_id: UUID, ask: StartRefund, work: Annotated[Work, may("commerce:refunds:write", keys="required")]
) -> RefundShape:
    """Sets the money aside at once; the gateway pays it back in the background, and then the refund is completed."""
    return await start_refund(work, order_id, ask)


@router.get("/orders/{order_id}/refunds", summary="List an order's refunds", responses=problems(401, 403, 404))
async def refunds_here(
    order_id: UUID, view: Annotated[View, may("commerce:refunds:read", opens=View)]
) -> Page[RefundShape]:
    """The refunds of an order, oldest first."""
    if not await queries.order_exists(view.db, order_id):
        raise NoSuchOrder
    return Page(items=[RefundShape.of(row) for row in await queries.refunds_of_order(view.db, order_id)], next=None)


@router.get("/refunds/{refund_id}", summary="Look at a refund", responses=problems(401, 403, 404))
async def refund_seen_here(
    refund_id: UUID, view: Annotated[View, may("commerce:refunds:read", opens=View)]
) -> RefundShape:
    """A refund, and whether the gateway has paid it back."""
    row = await queries.refund_with_id(view.db, refund_id)
    if row is None:
        raise NoSuchRefund
    return RefundShape.of(row)

"""Ways in to fulfilments: what a vendor has to send, and its moves."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from fourfold.commerce.fulfilments import queries
from fourfold.commerce.fulfilments.shapes import FulfilmentShape
from fourfold.commerce.fulfilments.ship import NoSuchFulfilment, ShipFulfilment, deliver_fulfilment, ship_fulfilment
from fourfold.commerce.orders.rules import Status
from fourfold.commerce.vendors.scope import vendor_scope
from fourfold.ground.answers import JsonText, problems
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.work import View, Work

router = room_router("/v1/commerce", "fulfilments")


@router.get(
    "/fulfilments", summary="List fulfilments", response_model=Page[FulfilmentShape], responses=problems(401, 403)
)
async def fulfilments_here(
    view: Annotated[View, may("commerce:fulfilments:read", opens=View)],
    status: Annotated[Status | None, Query(description="Only those in this status.")] = None,
    order_id: Annotated[UUID | None, Query(description="Only those of this order.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The caller's own parcels, newest first; administrators see those of all vendors."""
    purpose = f"fulfilments:{status}:{order_id}"
    position = position_of(view, purpose, cursor)
    after = UUID(position[0]) if position else None
    rows = await queries.fulfilments_page(view.db, await vendor_scope(view), status, order_id, after, limit + 1)
    following = f'"{cursor_for(view, purpose, [str(rows[limit - 1]["id"])])}"' if len(rows) > limit else "null"
    return JsonText(f'{{"items":[{",".join(row["item"] for row in rows[:limit])}],"next":{following}}}')


@router.get(
    "/fulfilments/{fulfilment_id}",
    summary="Look at a fulfilment",
    response_model=FulfilmentShape,
    responses=problems(401, 403, 404),
)
async def fulfilment_here(
    fulfilment_id: UUID, view: Annotated[View, may("commerce:fulfilments:read", opens=View)]
) -> Response:
    """A vendor's part of an order."""
    row = await queries.fulfilment_with_id(view.db, fulfilment_id)
    if row is None or await vendor_scope(view) not in {None, row["vendor_id"]}:
        raise NoSuchFulfilment
    return JsonText(row["item"])


@router.post(
    "/fulfilments/{fulfilment_id}/ship",
    summary="Ship a fulfilment",
    response_model=FulfilmentShape,
    responses=problems(401, 403, 404, 409),
)
async def ship_here(
    fulfilment_id: UUID, work: Annotated[Work, may("commerce:fulfilments:write")], ask: ShipFulfilment | None = None
) -> Response:
    """Notes that the parcel is on its way; the buyer is told. A parcel without a number needs no body."""
    return JsonText(await ship_fulfilment(work, fulfilment_id, ask or ShipFulfilment()))


@router.post(
    "/fulfilments/{fulfilment_id}/deliver",
    summary="Note a delivery",
    response_model=FulfilmentShape,
    responses=problems(401, 403, 404, 409),
)
async def deliver_here(fulfilment_id: UUID, work: Annotated[Work, may("commerce:fulfilments:write")]) -> Response:
    """Notes that the parcel has arrived; its vendor has earned its share."""
    return JsonText(await deliver_fulfilment(work, fulfilment_id))

"""Ways in to orders: the checkout, a buyer's orders, and what a buyer may do with them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Body, Header, Query

from fourfold.commerce.orders import queries
from fourfold.commerce.orders.cancel import CancelOrder, cancel_order
from fourfold.commerce.orders.place import PlaceOrder, place_order
from fourfold.commerce.orders.reorder import reorder
from fourfold.commerce.orders.rules import Status
from fourfold.commerce.orders.shapes import OrderItemShape, OrderShape, PlacedShape, ReorderedShape
from fourfold.ground.answers import JsonText, problems
from fourfold.ground.door import may, public, room_router
from fourfold.ground.moments import Moment
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.work import View, Work

router = room_router("/v1/commerce", "orders")

Token = Annotated[str | None, Query(max_length=200, description="The secret of the order's payment, for guests.")]
TokenHeader = Annotated[str | None, Header(max_length=200, description="As `token`, without being seen in addresses.")]


@router.post(
    "/carts/{cart_id}/checkout", status_code=201, summary="Check a cart out", responses=problems(401, 404, 409)
)
async def place_order_here(
    cart_id: UUID, ask: PlaceOrder, work: Annotated[Work, public(opens=Work, keys="required")]
) -> PlacedShape:
    """Turns a cart into an order and sets its stock aside until the payment comes, or its time is over.

    Refused with 409 when the total is not the expected one (`commerce.price_changed`, with the new quote), when
    something is out of stock or not sold any more, and when the cart has been ordered before
    (`commerce.cart_already_ordered`, with the order). The same Idempotency-Key gives the same answer again.
    """
    return await place_order(work, cart_id, ask)


@router.get("/orders", summary="List orders", response_model=Page[OrderItemShape], responses=problems(401, 403))
async def list_orders_here(
    view: Annotated[View, may("commerce:orders:read", opens=View)],
    status: Annotated[Status | None, Query()] = None,
    since: Annotated[Moment | None, Query(alias="from", description="Placed then or later.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Placed before.")] = None,
    mine: Annotated[bool, Query(description="Only the caller's own; others see no other ones anyway.")] = False,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> JsonText:
    """The caller's orders, newest first; administrators see everybody's."""
    sees_all = view.who.may("commerce:orders:read_all") and not mine
    purpose = f"orders {sees_all} {status} {_text(since)} {_text(until)}"
    position = position_of(view, purpose, cursor)
    rows = await queries.orders_page(
        view.db, None if sees_all else view.who.account, status, (since, until),
        UUID(position[0]) if position else None, limit + 1,
    )  # fmt: skip
    more = cursor_for(view, purpose, [str(rows[limit - 1]["id"])]) if len(rows) > limit else None
    items = ",".join(row["item"] for row in rows[:limit])
    following = f'"{more}"' if more else "null"
    return JsonText(f'{{"items":[{items}],"next":{following}}}')


@router.get("/orders/{order_id}", summary="Read an order", response_model=OrderShape, responses=problems(401, 404))
async def order_here(
    order_id: UUID,
    view: Annotated[View, public(opens=View)],
    token: Token = None,
    x_order_token: TokenHeader = None,
) -> JsonText:
    """An order with its lines, parts, payments and history: for its buyer, administrators, and vendors with a part.

    A guest names the secret of the order's payment; anybody else is told that there is no such order.
    """
    return JsonText(await queries.order_with_id(view, order_id, x_order_token or token))


@router.post(
    "/orders/{order_id}/cancel",
    summary="Cancel an order",
    response_model=OrderShape,
    responses=problems(401, 403, 404, 409),
)
async def cancel_order_here(
    order_id: UUID,
    work: Annotated[Work, public(opens=Work)],
    ask: Annotated[CancelOrder | None, Body()] = None,
    token: Token = None,
    x_order_token: TokenHeader = None,
) -> JsonText:
    """Cancels an order of which nothing has been sent: its stock and coupons are free, and what was paid goes back.

    Whoever has signed in needs the permission `commerce:orders:cancel`; a guest names the secret of the order's
    payment, and is told with a wrong one that there is no such order.
    """
    shown = x_order_token or token
    if work.who.kind != "anonymous" or not shown:
        work.who.must("commerce:orders:cancel")
    await cancel_order(work, order_id, ask.reason if ask else "", token=shown)
    return JsonText(await queries.order_with_id(work, order_id, shown))


@router.post(
    "/orders/{order_id}/reorder",
    status_code=201,
    summary="Order the same again",
    responses=problems(401, 403, 404, 409),
)
async def reorder_here(order_id: UUID, work: Annotated[Work, may("commerce:orders:read")]) -> ReorderedShape:
    """Puts what is still sold into the caller's open cart, and lists what is not."""
    return await reorder(work, order_id)


def _text(time: datetime | None) -> str:
    return time.isoformat() if time else ""

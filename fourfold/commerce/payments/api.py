"""Ways in to payments: confirming, trying again, looking, and the gateway's own messages."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Request

from fourfold.commerce.payments.confirm import ConfirmPayment, confirm_payment
from fourfold.commerce.payments.hear import hear_gateway
from fourfold.commerce.payments.open import retry_payment
from fourfold.commerce.payments.provider import Gateway
from fourfold.commerce.payments.queries import payment_seen
from fourfold.commerce.payments.shapes import HeardShape, PaymentDetailsShape, PaymentOutcomeShape, PaymentShape
from fourfold.ground.answers import problems
from fourfold.ground.door import open_to_all, public, room_router
from fourfold.ground.who import Who
from fourfold.ground.work import Desk, View, Work

router = room_router("/v1/commerce", "payments")

Token = Annotated[str | None, Query(max_length=100, description="The payment's secret, for guests.")]
OrderToken = Annotated[str | None, Header(alias="X-Order-Token", max_length=100, description="The same, as a header.")]


@router.post("/payments/{payment_id}/confirm", summary="Confirm a payment", responses=problems(404, 409))
async def confirm_here(
    payment_id: UUID, ask: ConfirmPayment, desk: Annotated[Desk, public(opens=Desk, metered=False)]
) -> PaymentOutcomeShape:
    """Charges the card. However often it is sent, a payment is charged once; a pending one settles itself."""
    return await confirm_payment(desk, payment_id, ask)


@router.get("/payments/{payment_id}", summary="Look at a payment", responses=problems(401, 404))
async def payment_here(
    payment_id: UUID,
    view: Annotated[View, public(opens=View, metered=False)],
    token: Token = None,
    order_token: OrderToken = None,
) -> PaymentDetailsShape:
    """A payment, for its buyer, for administrators, and for a guest with its secret."""
    return await payment_seen(view, payment_id, order_token or token)


@router.post(
    "/orders/{order_id}/payments", status_code=201, summary="Try to pay again", responses=problems(401, 404, 409)
)
async def retry_here(
    order_id: UUID,
    work: Annotated[Work, public(opens=Work, metered=False)],
    token: Token = None,
    order_token: OrderToken = None,
) -> PaymentShape:
    """Opens another payment after one that failed; the one that waits, when there is one."""
    return await retry_payment(work, order_id, order_token or token)


@router.post(
    "/gateway-events/{tenant_id}",
    summary="Hear the gateway",
    responses=problems(401),
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}},
)
@open_to_all()
async def hear_here(tenant_id: UUID, request: Request) -> HeardShape:
    """Takes the gateway's signed messages (Standard Webhooks); what is known, unknown or late is kept and ignored."""
    desk = Desk(request.app.state.house, Who.system(tenant_id, request_id=str(request.scope.get("request_id", ""))))
    events = desk.ask(Gateway).read_events(tenant_id, request.headers, await request.body())
    return await hear_gateway(desk, events)

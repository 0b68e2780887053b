"""A payment is opened for an order, and waits to be confirmed with a card."""

import secrets
from uuid import UUID

from fourfold.commerce.payments import tables
from fourfold.commerce.payments.provider import PROVIDER
from fourfold.commerce.payments.shapes import PaymentShape
from fourfold.ground.ids import new_id
from fourfold.ground.money import Money, MoneyShape
from fourfold.ground.refusals import Conflict
from fourfold.ground.work import Work


class PaymentAlreadyOpen(Conflict):
    """409: the order has a payment that waits or is being worked on."""

    code = "commerce.payment_already_open"
    title = "The order has an open payment"


async def open_payment(work: Work, order_id: UUID, amount: Money) -> PaymentShape:
    """Adds a pending payment of the order's total; an order has one at a time, else `PaymentAlreadyOpen`."""
    payment_id, secret = new_id(), f"pay_{secrets.token_urlsafe(32)}"
    if not await tables.insert_payment(
        work.db, work.who.tenant_id, payment_id, order_id, amount, PROVIDER, secret, work.now
    ):
        raise PaymentAlreadyOpen
    return PaymentShape(
        id=payment_id, order_id=order_id, amount=MoneyShape.of(amount), status="pending", client_secret=secret
    )

"""A payment is opened for an order, again after one that failed; later some of it is set aside for refunds."""

import secrets
from uuid import UUID

from fourfold.commerce.orders.queries import NoSuchOrder
from fourfold.commerce.payments import queries, tables
from fourfold.commerce.payments.provider import PROVIDER
from fourfold.commerce.payments.queries import is_payer
from fourfold.commerce.payments.shapes import PaymentShape
from fourfold.ground.ids import new_id
from fourfold.ground.money import Money, MoneyShape
from fourfold.ground.refusals import Conflict
from fourfold.ground.work import Work


class PaymentAlreadyOpen(Conflict):
    """409: the order has a payment that waits or is being worked on."""

    code = "commerce.payment_already_open"
    title = "The order has an open payment"


class OrderNotPayable(Conflict):
    """409: the order does not wait to be paid."""

    code = "commerce.order_not_payable"
    title = "The order does not wait to be paid"


def open_first_payment(work: Work, order_id: UUID, amount: Money) -> PaymentShape:
    """Adds a pending payment of a new order's total; it is written at the end of the order's transaction."""
    payment_id, secret = new_id(), _new_secret()
    told = tables.payment_told(work.who.tenant_id, payment_id, order_id, amount, PROVIDER, secret, work.now)
    work.closing.append(told)
    return PaymentShape(
        id=payment_id, order_id=order_id, amount=MoneyShape.of(amount), status="pending", client_secret=secret
    )


async def open_payment(work: Work, order_id: UUID, amount: Money) -> PaymentShape:
    """Adds a pending payment of the order's total; an order has one at a time, else `PaymentAlreadyOpen`."""
    payment_id, secret = new_id(), _new_secret()
    if not await tables.insert_payment(
        work.db, work.who.tenant_id, payment_id, order_id, amount, PROVIDER, secret, work.now
    ):
        raise PaymentAlreadyOpen
    return PaymentShape(
        id=payment_id, order_id=order_id, amount=MoneyShape.of(amount), status="pending", client_secret=secret
    )


def _new_secret() -> str:
    return f"pay_{secrets.token_urlsafe(32)}"


async def retry_payment(work: Work, order_id: UUID, token: str | None) -> PaymentShape:
    """Opens another payment, or gives the one that waits; raises `OrderNotPayable` and `PaymentAlreadyOpen`."""
    order = await queries.order_to_pay(work.db, order_id)
    if order is None or not is_payer(work.who, order["account_id"], order["secrets"], token):
        raise NoSuchOrder
    if order["status"] != "pending":
        raise OrderNotPayable(f"The order is {order['status']}.")
    amount = Money(order["total"], order["currency"])
    waiting = await queries.pending_payment_of(work.db, order_id)
    if waiting is None:
        return await open_payment(work, order_id, amount)
    if waiting["confirming_at"] is not None:
        raise PaymentAlreadyOpen("A payment is being worked on; wait for its end.")
    return PaymentShape(
        id=waiting["id"], order_id=order_id, amount=MoneyShape.of(amount), status="pending",
        client_secret=waiting["client_secret"],
    )  # fmt: skip


async def set_aside_for_refund(work: Work, payment_id: UUID, amount: Money) -> bool:
    """Sets an amount of a payment aside, so that no two refunds give back the same money; False when less is left."""
    return await tables.set_aside(work.db, payment_id, amount.amount)


async def keep_after_all(work: Work, payment_id: UUID, amount: Money) -> None:
    """Frees an amount that was set aside, since its refund has failed."""
    await tables.free_again(work.db, payment_id, amount.amount)

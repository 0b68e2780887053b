"""A new try to pay an order after one that failed; and who may look at a payment."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from fourfold.commerce.orders.queries import NoSuchOrder
from fourfold.commerce.payments import queries
from fourfold.commerce.payments.confirm import NoSuchPayment, OrderNotPayable
from fourfold.commerce.payments.open import PaymentAlreadyOpen, open_payment
from fourfold.commerce.payments.shapes import PaymentDetailsShape, PaymentShape
from fourfold.ground.money import Money, MoneyShape
from fourfold.ground.who import Who
from fourfold.ground.work import View, Work


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


async def payment_seen(view: View, payment_id: UUID, token: str | None) -> PaymentDetailsShape:
    """A payment for its buyer, for administrators, and for a guest who knows its secret; else `NoSuchPayment`."""
    payment = await queries.payment_with_id(view.db, payment_id)
    if payment is None or not is_payer(view.who, payment["account_id"], [payment["client_secret"]], token):
        raise NoSuchPayment
    return PaymentDetailsShape.of(payment)


def is_payer(who: Who, account_id: UUID | None, known: Sequence[str], token: str | None) -> bool:
    """Whether the caller is the buyer, an administrator, or a guest who shows one of the order's secrets."""
    if who.may("commerce:orders:read_all") or (account_id is not None and account_id == who.account_id):
        return True
    shown = (token or "").encode()
    return any(secrets.compare_digest(shown, each.encode()) for each in known)

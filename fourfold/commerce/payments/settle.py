"""The one place where a payment ends: what the gateway says is applied once, whoever brings the news."""

from datetime import timedelta
from uuid import UUID

from fourfold.commerce.orders.pay import mark_paid
from fourfold.commerce.payments import queries, tables
from fourfold.commerce.payments.provider import Charge
from fourfold.commerce.refunds.start import refund_order_in_full, refund_stray_payment
from fourfold.contracts.commerce import PaymentFailed
from fourfold.ground.work import Work

VOIDED, ORDER_CANCELLED = "voided", "order_cancelled"
# For so long a charge without an answer is left alone: the request may still be on its way.
PATIENCE = timedelta(seconds=20)


async def settle_payment(work: Work, payment_id: UUID, charge: Charge) -> bool:
    """Ends a pending payment as its charge has ended; False when nothing changes.

    Money never vanishes: when the order cannot be carried out any more, or the payment had been given up, all of it
    is sent back.
    """
    if charge.status == "succeeded":
        return await _complete(work, payment_id)
    if charge.status in {"failed", "voided"}:
        return await fail_payment(work, payment_id, charge.failure_code or VOIDED)
    return False


async def fail_payment(work: Work, payment_id: UUID, failure_code: str) -> bool:
    """Ends a pending payment without money; False when it has ended."""
    order_id = await tables.finish_payment(work.db, payment_id, "failed", failure_code, work.now)
    if order_id is None:
        return False
    work.emit(PaymentFailed(order_id=order_id, payment_id=payment_id, failure_code=failure_code))
    return True


async def _complete(work: Work, payment_id: UUID) -> bool:
    order_id = await tables.finish_payment(work.db, payment_id, "completed", None, work.now)
    if order_id is None:
        payment = await queries.payment_with_id(work.db, payment_id)
        if payment is None or payment["status"] != "failed":
            return False
        return await refund_stray_payment(work, payment_id, "the payment had been given up before it came through")
    if not await mark_paid(work, order_id, payment_id):
        await refund_order_in_full(work, order_id, "the order could not be carried out any more")
    return True

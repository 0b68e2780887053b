"""An order has been paid."""

from uuid import UUID

from fourfold.commerce.orders import tables
from fourfold.commerce.orders.cancel import withdraw_order
from fourfold.commerce.stock.reserve import allocate_stock
from fourfold.contracts.commerce import OrderPaid
from fourfold.ground.work import Work


async def mark_paid(work: Work, order_id: UUID, payment_id: UUID) -> bool:
    """Moves a pending order to processing and commits its stock to it.

    False when the money came for nothing: the order is not pending any more, or its stock is gone, and then it is
    cancelled. The caller gives the money back.
    """
    paid = await tables.pay_order(work.db, work.who.tenant_id, order_id, work.now, work.who.principal)
    if paid is None:
        return False
    if not await allocate_stock(work, order_id):
        await withdraw_order(work, order_id, "processing", "its stock was gone when it was paid")
        return False
    work.emit(OrderPaid(order_id=order_id, payment_id=payment_id, total=paid["total"], currency=paid["currency"]))
    return True

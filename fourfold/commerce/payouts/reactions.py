"""What the ledger does when others tell."""

from fourfold.commerce.payouts.post import post_earning, post_refund, post_sale
from fourfold.contracts.commerce import FulfilmentDelivered, OrderPaid, RefundCompleted
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work

reactions = Reactions("commerce.payouts")


@reactions.on(OrderPaid)
async def book_sale(work: Work, event: OrderPaid) -> None:
    """What a buyer paid is split between the platform and the vendors."""
    await post_sale(work, event.order_id)


@reactions.on(FulfilmentDelivered)
async def book_earning(work: Work, event: FulfilmentDelivered) -> None:
    """A vendor has earned its share."""
    await post_earning(work, event.order_id, event.fulfilment_id, event.vendor_id)


@reactions.on(RefundCompleted)
async def book_refund(work: Work, event: RefundCompleted) -> None:
    """What went back is taken from whom it belonged to."""
    await post_refund(work, event.order_id, event.refund_id)

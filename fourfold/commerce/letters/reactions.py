"""The mails that a buyer gets: on the order, on each parcel, on money that comes back, and when nothing will come."""

from fourfold.commerce.letters import queries
from fourfold.commerce.letters.send import send_letter_about_order
from fourfold.commerce.papers.queries import paper_about
from fourfold.contracts.commerce import FulfilmentShipped, OrderCancelled, OrderPlaced, RefundCompleted
from fourfold.ground.money import Money
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work

reactions = Reactions("commerce.letters")


@reactions.on(OrderPlaced)
async def confirm_order(work: Work, event: OrderPlaced) -> None:
    """The order is confirmed, with what it comes to."""
    await send_letter_about_order(work, event.order_id, "order_placed", f"order_placed:{event.order_id}", {})


@reactions.on(FulfilmentShipped)
async def tell_of_parcel(work: Work, event: FulfilmentShipped) -> None:
    """A parcel is on its way."""
    parcel = await queries.parcel_for_letter(work.db, event.fulfilment_id)
    if parcel is not None:
        more = {**dict(parcel), "fulfilment_id": str(event.fulfilment_id)}
        once = f"shipped:{event.fulfilment_id}"
        await send_letter_about_order(work, event.order_id, "fulfilment_shipped", once, more)


@reactions.on(RefundCompleted)
async def tell_of_refund(work: Work, event: RefundCompleted) -> None:
    """Money has gone back. Where there is an invoice, the mail waits for its credit note, and brings it along."""
    if await paper_about(work.db, "credit_note", event.refund_id) is not None:
        return
    reason = await queries.refund_reason(work.db, event.refund_id)
    more = {"amount": Money(event.amount, event.currency), "reason": reason, "paper_number": None}
    once = f"refund_completed:{event.refund_id}"
    await send_letter_about_order(work, event.order_id, "refund_completed", once, more)


@reactions.on(OrderCancelled)
async def tell_of_cancelling(work: Work, event: OrderCancelled) -> None:
    """Nothing will come."""
    once = f"cancelled:{event.order_id}"
    await send_letter_about_order(work, event.order_id, "order_cancelled", once, {"reason": event.reason})

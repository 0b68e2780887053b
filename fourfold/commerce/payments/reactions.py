"""What payments do when others tell."""

from fourfold.commerce.payments.jobs import GiveUpPayment, give_up_payment
from fourfold.commerce.payments.queries import pending_payment_of
from fourfold.contracts.commerce import OrderCancelled
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work

reactions = Reactions("commerce.payments")


@reactions.on(OrderCancelled)
async def give_up_open_payment(work: Work, event: OrderCancelled) -> None:
    """Nobody shall pay for an order that will not come."""
    payment = await pending_payment_of(work.db, event.order_id)
    if payment is not None:
        work.later(give_up_payment, GiveUpPayment(payment_id=payment["id"]), once=f"give_up:{payment['id']}")

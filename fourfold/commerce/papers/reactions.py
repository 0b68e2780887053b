"""What papers do when others tell."""

from fourfold.commerce.papers.issue import issue_credit_note, issue_invoice
from fourfold.contracts.commerce import OrderPaid, RefundCompleted
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work

reactions = Reactions("commerce.papers")


@reactions.on(OrderPaid)
async def invoice_paid_order(work: Work, event: OrderPaid) -> None:
    """A paid order gets its invoice."""
    await issue_invoice(work, event.order_id)


@reactions.on(RefundCompleted)
async def credit_refund(work: Work, event: RefundCompleted) -> None:
    """A refund of an invoiced order gets its credit note."""
    await issue_credit_note(work, event.order_id, event.refund_id)

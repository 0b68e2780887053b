"""Durable work of refunds: the gateway is asked to pay back until it has answered."""

from uuid import UUID

from pydantic import BaseModel

from fourfold.commerce.refunds.complete import pay_back
from fourfold.ground.durable import job
from fourfold.ground.work import Desk


class CompleteRefund(BaseModel):
    """Which refund to pay back."""

    refund_id: UUID


@job("commerce.refunds.complete_refund", steps=True, attempts=20)
async def complete_refund(desk: Desk, ask: CompleteRefund) -> None:
    """Pays a refund back and tells of it; run again after a crash, it goes on where it was."""
    await pay_back(desk, ask.refund_id)

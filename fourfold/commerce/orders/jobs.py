"""Durable work of orders: those that are not paid in time give their stock back."""

from pydantic import BaseModel

from fourfold.commerce.orders import queries
from fourfold.commerce.orders.cancel import cancel_order
from fourfold.commerce.orders.move import IllegalMove
from fourfold.commerce.orders.rules import Status
from fourfold.ground.durable import job
from fourfold.ground.work import Desk

NOT_PAID = "not paid in time"
WAITING: tuple[Status, ...] = ("pending",)


class ExpireOrders(BaseModel):
    """Nothing is asked: the clock and the orders tell."""


@job("commerce.orders.expire_unpaid", steps=True)
async def expire_unpaid_orders(desk: Desk, _ask: ExpireOrders) -> None:
    """Cancels pending orders whose time is over, unless a payment is under way; each in its own transaction."""
    async with desk.view() as view:
        overdue = await queries.orders_overdue(view.db, view.now)
    for order_id in overdue:
        async with desk.work() as work:
            try:
                await cancel_order(work, order_id, NOT_PAID, only_from=WAITING)
            except IllegalMove:  # it was paid or cancelled in the meantime
                continue

"""Cancelling an order: its stock and coupons are free again, and what was paid goes back."""

from collections.abc import Collection
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.commerce.orders import queries, tables
from fourfold.commerce.orders.move import Move, mover_of, must_move, write_moves
from fourfold.commerce.orders.queries import NoSuchOrder
from fourfold.commerce.orders.rules import ORDER_MOVES, PART_MOVES, Status
from fourfold.commerce.payments.queries import is_payer
from fourfold.commerce.pricing.consume import return_coupons
from fourfold.commerce.refunds.start import refund_order_in_full
from fourfold.commerce.stock.reserve import release_stock
from fourfold.contracts.commerce import OrderCancelled
from fourfold.ground.work import Work

CANCELLABLE: Collection[Status] = ("pending", "processing")


class CancelOrder(BaseModel):
    """Why an order is to be cancelled."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    reason: Annotated[str, Field(max_length=500, examples=["ordered by mistake"])] = ""


async def cancel_order(
    work: Work,
    order_id: UUID,
    reason: str,
    *,
    token: str | None = None,
    only_from: Collection[Status] = CANCELLABLE,
) -> None:
    """Cancels an order of which nothing has been sent, for its buyer, an administrator or the system.

    A guest is the buyer who shows the secret (`token`) of one of the order's payments. Raises `NoSuchOrder` for an
    order that is not the caller's, and `IllegalMove` when it is too late or its status is not among `only_from`.
    """
    mover = mover_of(work.who)
    order = await queries.order_locked(work.db, order_id)
    if mover == "buyer" and not is_payer(
        work.who, order["account_id"], await queries.secrets_of(work.db, order_id), token
    ):
        raise NoSuchOrder
    allowed = ORDER_MOVES if order["status"] in only_from else {}
    must_move(allowed, order["status"], "cancelled", mover)
    for part in await queries.parts_locked(work.db, order_id):
        must_move(PART_MOVES, part["status"], "cancelled", mover)
    await withdraw_order(work, order_id, order["status"], reason)
    if order["payment_status"] in {"paid", "partially_refunded"}:
        await refund_order_in_full(work, order_id, reason or "the order was cancelled")


async def withdraw_order(work: Work, order_id: UUID, was: Status, reason: str) -> None:
    """Cancels an order whose locks the caller holds, without a refund: frees coupons and stock, and tells others."""
    await tables.cancel_order(work.db, order_id, work.now, reason)
    await write_moves(work, [Move(order_id, was, "cancelled", reason)])
    await return_coupons(work, order_id)
    await release_stock(work, order_id)
    work.emit(OrderCancelled(order_id=order_id, reason=reason))

"""A refund is paid back by the gateway, and the order learns of it."""

from uuid import UUID

import asyncpg

from fourfold.commerce.orders.advance import count_refunded_pieces, order_is_refunded
from fourfold.commerce.payments.open import keep_after_all
from fourfold.commerce.payments.provider import Gateway, GatewayRefused, RefundAsked
from fourfold.commerce.refunds import queries, tables
from fourfold.commerce.stock.reserve import release_stock
from fourfold.commerce.stock.ship import return_stock
from fourfold.contracts.commerce import RefundCompleted
from fourfold.ground.money import Money
from fourfold.ground.work import Desk, Work


async def pay_back(desk: Desk, refund_id: UUID) -> None:
    """Asks the gateway with no transaction open, then writes what it said; done twice, it pays once."""
    async with desk.view() as view:
        refund = await queries.refund_with_id(view.db, refund_id)
    if refund is None or refund["status"] != "pending":
        return
    amount = Money(refund["amount"], refund["currency"])
    asked = RefundAsked(desk.who.tenant_id, refund_id, refund["payment_id"], amount)
    try:
        await desk.ask(Gateway).refund(asked)
    except GatewayRefused as refused:
        async with desk.work() as work:
            await fail_refund(work, refund_id, refused.code)
        return
    async with desk.work() as work:
        await complete_refund(work, refund_id)


async def complete_refund(work: Work, refund_id: UUID) -> bool:
    """Notes that the money has gone back; False when that is known already."""
    refund = await queries.refund_with_id(work.db, refund_id)
    if refund is None:
        return False
    order = await queries.locked_order(work.db, refund["order_id"])
    if order is None or not await tables.finish_refund(work.db, refund_id, "completed", None, work.now):
        return False
    payment = await queries.payment_locked(work.db, refund["payment_id"])
    # A payment that had failed never paid the order, so its way back says nothing about the order.
    if payment is not None and payment["status"] == "completed":
        amount = Money(refund["amount"], refund["currency"])
        note = f"Refunded {amount}: {refund['reason']}"
        await order_is_refunded(
            work, order["id"], amount, was=order["payment_status"], actor=refund["actor"], note=note
        )
        await _move_stock(work, refund_id, refund)
    work.emit(
        RefundCompleted(order_id=order["id"], refund_id=refund_id, amount=refund["amount"], currency=refund["currency"])
    )
    return True


async def _move_stock(work: Work, refund_id: UUID, refund: asyncpg.Record) -> None:
    """Pieces that came back are put on the shelf when that was asked; those that were never sent stay there."""
    sold = {row["id"]: row for row in await queries.sold_lines(work.db, refund["order_id"])}
    lines = sorted(refund["lines"], key=lambda each: str(each["variant_id"]))
    for each in lines:
        line = sold[UUID(each["line_id"])]
        if line["status"] == "processing" and line["refunded_quantity"] == line["quantity"]:
            await release_stock(work, refund["order_id"], [line["variant_id"]])
        elif line["status"] in {"shipped", "delivered"} and refund["restock"]:
            await return_stock(work, line["variant_id"], each["quantity"], refund_id)


async def fail_refund(work: Work, refund_id: UUID, failure_code: str) -> None:
    """Notes that the gateway will not pay back: the amount and the pieces can be refunded again."""
    refund = await queries.refund_with_id(work.db, refund_id)
    if refund is None or await queries.locked_order(work.db, refund["order_id"]) is None:
        return
    if not await tables.finish_refund(work.db, refund_id, "failed", failure_code, work.now):
        return
    await keep_after_all(work, refund["payment_id"], Money(refund["amount"], refund["currency"]))
    await count_refunded_pieces(work, [(UUID(each["line_id"]), -each["quantity"]) for each in refund["lines"]])

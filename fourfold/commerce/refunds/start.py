"""A refund is started: its amount is set aside at once, and the gateway pays it back in the background."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field, model_validator

from fourfold.commerce.orders.advance import count_refunded_pieces
from fourfold.commerce.orders.queries import NoSuchOrder
from fourfold.commerce.payments.open import set_aside_for_refund
from fourfold.commerce.refunds import queries, tables
from fourfold.commerce.refunds.jobs import CompleteRefund, complete_refund
from fourfold.commerce.refunds.rules import RefundedLine, SoldLine, parts_by_vendor, refund_of_pieces
from fourfold.commerce.refunds.shapes import RefundShape
from fourfold.ground.ids import new_id
from fourfold.ground.money import Money, MoneyShape
from fourfold.ground.refusals import Conflict, FieldError, Invalid, NotFound
from fourfold.ground.work import Work


class LineToRefund(BaseModel):
    """Pieces of one line of the order."""

    model_config = ConfigDict(extra="forbid")
    line_id: UUID
    quantity: int = Field(ge=1, le=9999, strict=True, examples=[1])


class StartRefund(BaseModel):
    """What is to go back: an amount, pieces of lines, or, with neither, all that is left."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    amount: MoneyShape | None = None
    lines: Annotated[list[LineToRefund], Field(min_length=1, max_length=500)] | None = None
    reason: str = Field(min_length=1, max_length=500, examples=["arrived broken"])
    restock: bool = Field(
        default=False, strict=True, description="Whether pieces that came back can be sold again; needs `lines`."
    )

    @model_validator(mode="after")
    def _one_way(self) -> "StartRefund":
        if self.amount is not None and self.lines is not None:
            raise ValueError("Give an amount or lines, not both.")
        if self.restock and self.lines is None:
            raise ValueError("Restocking needs the lines that came back.")
        if self.lines is not None and len({each.line_id for each in self.lines}) < len(self.lines):
            raise ValueError("Name each line once.")
        return self


class NotPaid(Conflict):
    """409: there is no money to give back."""

    code = "commerce.order_not_paid"
    title = "The order has not been paid"


class RefundTooLarge(Conflict):
    """409: more than what is left of the payment, or of a line."""

    code = "commerce.refund_too_large"
    title = "There is less left to refund"


async def start_refund(work: Work, order_id: UUID, ask: StartRefund) -> RefundShape:
    """Starts a refund by amount or by pieces; raises `NotPaid` and `RefundTooLarge`."""
    if await queries.locked_order(work.db, order_id) is None:
        raise NoSuchOrder
    payment = await queries.completed_payment(work.db, order_id)
    if payment is None:
        raise NotPaid
    left = Money(payment["amount"] - payment["refunded"], payment["currency"])
    lines = await _lines_asked(work, order_id, payment["currency"], ask.lines or [])
    if ask.lines is not None:
        amount = sum((each.amount for each in lines), Money.zero(left.currency))
    else:
        amount = ask.amount.money if ask.amount is not None else left
    _check(amount, left)
    return await _write(work, payment, amount, lines, reason=ask.reason, restock=ask.restock)


async def refund_order_in_full(work: Work, order_id: UUID, reason: str) -> None:
    """Starts to give back all that is left of an order's payment; does nothing when nothing is."""
    await queries.locked_order(work.db, order_id)
    payment = await queries.completed_payment(work.db, order_id)
    if payment is None or payment["amount"] == payment["refunded"]:
        return
    left = Money(payment["amount"] - payment["refunded"], payment["currency"])
    sold = [_sold(row, left.currency) for row in await queries.sold_lines(work.db, order_id)]
    lines = [refund_of_pieces(line, line.left) for line in sold if line.left]
    await _write(work, payment, left, lines, reason=reason, restock=False)


async def refund_stray_payment(work: Work, payment_id: UUID, reason: str) -> bool:
    """Starts to give back a payment that had been given up when its money came; False when that has been done.

    The order is not touched: this payment never paid it.
    """
    payment = await queries.payment_locked(work.db, payment_id)
    if payment is None or payment["amount"] == payment["refunded"]:
        return False
    amount = Money(payment["amount"] - payment["refunded"], payment["currency"])
    await _insert(work, payment, amount, [], [], reason=reason, restock=False)
    return True


def _check(amount: Money, left: Money) -> None:
    if amount.currency != left.currency:
        raise Invalid(errors=[FieldError("amount.currency", f"The order was paid in {left.currency}.")])
    if left.amount and amount.amount <= 0:
        raise Invalid(errors=[FieldError("amount", "A refund is more than nothing.")])
    if not left.amount or left < amount:
        raise RefundTooLarge(f"{left} can still be refunded.", more={"left": MoneyShape.of(left).model_dump()})


async def _lines_asked(work: Work, order_id: UUID, currency: str, asked: Sequence[LineToRefund]) -> list[RefundedLine]:
    if not asked:
        return []
    sold = {row["id"]: _sold(row, currency) for row in await queries.sold_lines(work.db, order_id)}
    lines = []
    for at, each in enumerate(asked):
        line = sold.get(each.line_id)
        if line is None:
            raise Invalid(errors=[FieldError(f"lines.{at}.line_id", "The order has no such line.")])
        if each.quantity > line.left:
            raise RefundTooLarge(f"{line.left} of the line can still be refunded.")
        lines.append(refund_of_pieces(line, each.quantity))
    return lines


def _sold(row: asyncpg.Record, currency: str) -> SoldLine:
    return SoldLine(
        row["id"], row["variant_id"], row["vendor_id"], row["quantity"], row["refunded_quantity"],
        Money(row["total"], currency),
    )  # fmt: skip


async def _write(
    work: Work, payment: asyncpg.Record, amount: Money, lines: Sequence[RefundedLine], *, reason: str, restock: bool
) -> RefundShape:
    """Writes the refund with who bears it, and counts the pieces."""
    vendors = await queries.left_by_vendor(work.db, payment["order_id"])
    left = {row["vendor_id"]: Money(row["amount"], amount.currency) for row in vendors}
    parts = [
        {"vendor_id": str(vendor), "amount": share.amount} for vendor, share in parts_by_vendor(amount, lines, left)
    ]
    kept = [
        {
            "line_id": str(each.line.line_id),
            "variant_id": str(each.line.variant_id),
            "quantity": each.quantity,
            "amount": each.amount.amount,
        }
        for each in lines
    ]
    await count_refunded_pieces(work, [(each.line.line_id, each.quantity) for each in lines])
    return await _insert(work, payment, amount, kept, parts, reason=reason, restock=restock)


async def _insert(
    work: Work, payment: asyncpg.Record, amount: Money, lines: list[dict[str, Any]], parts: list[dict[str, Any]],
    *, reason: str, restock: bool,
) -> RefundShape:  # fmt: skip
    if not await set_aside_for_refund(work, payment["id"], amount):
        raise RefundTooLarge
    refund_id = new_id()
    await tables.insert_refund(
        work.db, work.who.tenant_id, refund_id, payment["order_id"], payment["id"], amount, reason, lines, parts,
        restock, work.who.principal, work.now,
    )  # fmt: skip
    work.later(complete_refund, CompleteRefund(refund_id=refund_id), once=f"refund:{refund_id}")
    row = await queries.refund_with_id(work.db, refund_id)
    if row is None:
        raise NotFound
    return RefundShape.of(row)

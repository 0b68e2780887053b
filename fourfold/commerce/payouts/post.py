"""Entries are posted to the ledger, once for each cause: a payment, a delivery, a refund."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

import asyncpg

from fourfold.commerce.payouts import queries, tables
from fourfold.commerce.payouts.rules import (
    Entry,
    VendorBack,
    VendorSale,
    earning_entries,
    refund_entries,
    sale_entries,
)
from fourfold.ground.money import Money
from fourfold.ground.work import Work

Cause = Literal["payment", "earning", "refund"]


class Unbalanced(RuntimeError):
    """The entries of a cause do not add up to nothing."""


async def post_sale(work: Work, order_id: UUID) -> str | None:
    """Posts what a paid order brought, and gives its currency; None for an order that was never paid."""
    order = await queries.sale_of_order(work.db, order_id)
    if order is None:
        return None
    currency: str = order["currency"]
    if not await queries.is_posted(work.db, "payment", order["payment_id"]):
        entries = sale_entries(Money(order["total"], currency), await _sales(work, order_id, currency))
        await _post(work, "payment", order["payment_id"], order_id, entries)
    return currency


async def post_earning(work: Work, order_id: UUID, fulfilment_id: UUID, vendor_id: UUID) -> None:
    """Posts that a vendor has earned what is payable to it for a parcel that has arrived."""
    currency = await post_sale(work, order_id)
    if currency is None or await queries.is_posted(work.db, "earning", fulfilment_id):
        return
    rows = await queries.order_entries(work.db, order_id)
    payable = _sum(rows, vendor_id, {"vendor_payable"}, {"payment", "refund"})
    await _post(work, "earning", fulfilment_id, order_id, earning_entries(vendor_id, Money(payable, currency)))


async def post_refund(work: Work, order_id: UUID, refund_id: UUID) -> None:
    """Posts who bears a refund; one of a payment that never paid the order is nobody's."""
    currency = await post_sale(work, order_id)
    refund = await queries.refund_parts(work.db, refund_id)
    if currency is None or refund is None or await queries.is_posted(work.db, "refund", refund_id):
        return
    rows = await queries.order_entries(work.db, order_id)
    sales = {sale.vendor_id: sale for sale in await _sales(work, order_id, currency)}
    backs = []
    for part in refund["parts"]:
        vendor_id = UUID(part["vendor_id"])
        fee_back = _sum(rows, vendor_id, {"platform_fee"}, {"refund"})
        share_back = _sum(rows, vendor_id, {"vendor_payable", "vendor_earned"}, {"refund"})
        has_earned = any(row["cause"] == "earning" and row["vendor_id"] == vendor_id for row in rows)
        back = VendorBack(
            sales[vendor_id], Money(part["amount"], currency), Money(fee_back + share_back, currency),
            Money(fee_back, currency), has_earned,
        )  # fmt: skip
        backs.append(back)
    await _post(work, "refund", refund_id, order_id, refund_entries(backs))


async def _sales(work: Work, order_id: UUID, currency: str) -> list[VendorSale]:
    rows = await queries.vendor_sales(work.db, order_id)
    return [
        VendorSale(row["vendor_id"], Money(row["total"], currency), Money(row["commission"], currency)) for row in rows
    ]


async def _post(work: Work, cause: Cause, cause_id: UUID, order_id: UUID, entries: list[Entry]) -> None:
    kept = [entry for entry in entries if entry.amount]
    if sum(entry.amount.amount for entry in kept):
        raise Unbalanced(f"The entries of {cause} {cause_id} do not add up to nothing.")
    if kept:
        await tables.insert_entries(work.db, work.who.tenant_id, cause, cause_id, order_id, kept, work.now)


def _sum(rows: Iterable[asyncpg.Record], vendor_id: UUID, accounts: set[str], causes: set[str]) -> int:
    return sum(
        row["amount"]
        for row in rows
        if row["vendor_id"] == vendor_id and row["account"] in accounts and row["cause"] in causes
    )

"""Whose money it is: the entries of a sale, of an earning and of a refund, each adding up to nothing.

Amounts are signed: what came in is positive in `buyer_clearing`, and what is owed stands negative in `platform_fee`,
`vendor_payable` (sold, not delivered) and `vendor_earned` (delivered).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from fourfold.ground.money import Money

Account = Literal["buyer_clearing", "platform_fee", "vendor_payable", "vendor_earned", "paid_out"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger; `vendor_id` of None is the platform's own side."""

    account: Account
    vendor_id: UUID | None
    amount: Money


@dataclass(frozen=True, slots=True)
class VendorSale:
    """What a vendor sold in an order, and the commission frozen with it."""

    vendor_id: UUID
    total: Money
    commission: Money


@dataclass(frozen=True, slots=True)
class VendorBack:
    """What a refund takes of a vendor's sale, after what earlier refunds took of it and of its commission."""

    sale: VendorSale
    amount: Money
    back_before: Money
    fee_back_before: Money
    has_earned: bool


def sale_entries(total: Money, sales: Sequence[VendorSale]) -> list[Entry]:
    """What a buyer paid belongs to the platform by its commissions, and to the vendors."""
    entries = [Entry("buyer_clearing", None, total)]
    for sale in sales:
        entries.append(Entry("platform_fee", sale.vendor_id, -sale.commission))
        entries.append(Entry("vendor_payable", sale.vendor_id, sale.commission - sale.total))
    return entries


def earning_entries(vendor_id: UUID, payable: Money) -> list[Entry]:
    """What is payable to a vendor (a negative amount) becomes earned."""
    return [Entry("vendor_payable", vendor_id, -payable), Entry("vendor_earned", vendor_id, payable)]


def refund_entries(parts: Sequence[VendorBack]) -> list[Entry]:
    """What goes back is taken from vendors and commissions in the proportion of the sale.

    The commission given back is rounded over all refunds of the sale together: when all has gone back, all of the
    commission has.
    """
    entries = []
    for part in parts:
        sale = part.sale
        back = part.back_before + part.amount
        fee_back = sale.commission.portion(back.amount, sale.total.amount) if sale.total else sale.commission
        fee = fee_back - part.fee_back_before
        entries.append(Entry("platform_fee", sale.vendor_id, fee))
        account: Account = "vendor_earned" if part.has_earned else "vendor_payable"
        entries.append(Entry(account, sale.vendor_id, part.amount - fee))
    if parts:
        total = sum((part.amount for part in parts), Money.zero(parts[0].amount.currency))
        entries.append(Entry("buyer_clearing", None, -total))
    return entries

"""What stands on an invoice, a receipt, a packing slip or a credit note, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fourfold.ground.money import Money

PaperKind = Literal["invoice", "receipt", "packing_slip", "credit_note"]
Language = Literal["en", "de", "fr"]


@dataclass(frozen=True, slots=True)
class Seller:
    """Who issues the paper; the logo is an image file of any common kind, and one that cannot be read is left out."""

    name: str
    address: Sequence[str]
    tax_id: str | None = None
    logo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who the paper is made out to."""

    name: str
    address: Sequence[str]


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One article; `options` is the text of the variant ("blue, XL"), the tax rate is in basis points."""

    title: str
    sku: str
    options: str
    quantity: int
    unit_price: Money
    discount: Money
    tax_rate: int
    total: Money


@dataclass(frozen=True, slots=True)
class PaperTax:
    """What the paper holds at one tax rate (basis points)."""

    tax_rate: int
    net: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class PaperTotals:
    """The sums as the order has them, and the taxes by rate; nothing is calculated again on paper."""

    items: Money
    discount: Money
    shipping: Money
    tax: Money
    total: Money
    prices_include_tax: bool
    taxes: Sequence[PaperTax] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper ready to be drawn; `corrects` is the number of the invoice that a credit note is about."""

    kind: PaperKind
    number: str
    issued_at: datetime
    seller: Seller
    buyer: Buyer
    order_number: str
    lines: Sequence[PaperLine]
    totals: PaperTotals
    currency: str
    notes: str = ""
    vendor_name: str | None = None
    corrects: str | None = None
    language: Language = "en"

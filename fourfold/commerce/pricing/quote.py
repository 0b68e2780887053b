"""The values that pricing takes (basket, coupons, taxes, delivery) and the quote with its reasons that it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from fourfold.ground.money import BASIS_POINTS, Money

CouponKind = Literal["buy_x_get_y", "percent", "amount", "free_shipping"]
CouponProblemCode = Literal["unknown", "expired", "not_yet", "minimum_not_reached", "nothing_eligible", "used_up"]


@dataclass(frozen=True, slots=True)
class BasketLine:
    """So many pieces of one variant; whether the unit price contains tax is said by `TaxRules`."""

    line_id: UUID
    variant_id: UUID
    vendor_id: UUID
    category_ids: frozenset[UUID]
    unit_price: Money
    quantity: int
    tax_class: str = "standard"

    def __post_init__(self) -> None:
        if self.quantity < 1 or self.unit_price.amount < 0:
            raise ValueError("A basket line has at least one piece and no price below zero.")


@dataclass(frozen=True, slots=True)
class Coupon:
    """A discount under a code, from `starts_at` until just before `ends_at`.

    `basis_points` belongs to percent, `amount` to amount, `buy` and `free` to buy-X-get-Y. `minimum` is compared with
    the undiscounted price of the eligible lines; `category_ids` of None makes every line eligible, an empty set none.
    `used_up` says that its uses have all been had.
    """

    code: str
    kind: CouponKind
    basis_points: int = 0
    amount: Money | None = None
    buy: int = 1
    free: int = 1
    minimum: Money | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    category_ids: frozenset[UUID] | None = None
    used_up: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.basis_points <= BASIS_POINTS or self.buy < 1 or self.free < 1:
            raise ValueError("A coupon takes 0 to 100 percent, and one piece or more for one piece or more.")
        if (self.kind == "amount") != (self.amount is not None) or (self.amount and self.amount.amount < 0):
            raise ValueError("A coupon of the kind amount, and only that, has an amount, which is not below zero.")


@dataclass(frozen=True, slots=True)
class Basket:
    """What is to be priced: the lines, the codes that the buyer gave, and the coupons found for them."""

    currency: str
    lines: Sequence[BasketLine]
    codes: Sequence[str] = ()
    coupons: Sequence[Coupon] = ()


@dataclass(frozen=True, slots=True)
class TaxRules:
    """Basis points by tax class at the destination (a class without a rate is untaxed), and how prices are meant."""

    rates: Mapping[str, int]
    prices_include_tax: bool

    def __post_init__(self) -> None:
        if any(rate < 0 for rate in self.rates.values()):
            raise ValueError("A tax rate is not below zero.")


@dataclass(frozen=True, slots=True)
class ShippingMethod:
    """A way to send: to these countries (None: everywhere), up to a weight, free from a value of goods on."""

    id: UUID
    name: str
    price: Money
    countries: frozenset[str] | None = None
    free_from: Money | None = None
    max_weight_grams: int | None = None
    tax_class: str = "standard"

    def __post_init__(self) -> None:
        if self.price.amount < 0 or (self.free_from and self.free_from.currency != self.price.currency):
            raise ValueError("A shipping method has one currency and no price below zero.")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where the basket goes and what may carry it; `chosen` of None takes the cheapest method that fits."""

    country: str
    weight_grams: int
    methods: Sequence[ShippingMethod]
    chosen: UUID | None = None


@dataclass(frozen=True, slots=True)
class CouponProblem:
    """Why a code that the buyer gave does nothing."""

    coupon: str
    code: CouponProblemCode
    text: str


@dataclass(frozen=True, slots=True)
class AppliedCoupon:
    """What a coupon took off: goods, or for free shipping the carriage that it waived."""

    code: str
    kind: CouponKind
    amount: Money


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of the calculation in words; `line_id` of None speaks of the whole basket."""

    about: Literal["price", "discount", "tax", "shipping"]
    text: str
    amount: Money
    line_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A priced line: net + tax = total, and gross - discount is total when prices include tax and net otherwise."""

    line_id: UUID
    variant_id: UUID
    vendor_id: UUID
    quantity: int
    unit_price: Money
    gross: Money
    discount: Money
    net: Money
    tax: Money
    total: Money
    tax_rate: int


@dataclass(frozen=True, slots=True)
class QuoteShipping:
    """The carriage: `price` before and `amount` after it became free, both meant as prices are; net + tax = total."""

    method_id: UUID
    name: str
    price: Money
    amount: Money
    net: Money
    tax: Money
    total: Money
    tax_rate: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums, where total = items - discount + shipping, + tax when prices exclude tax."""

    items: Money
    discount: Money
    tax: Money
    shipping: Money
    total: Money


@dataclass(frozen=True, slots=True)
class Quote:
    """A priced basket; `shipping` is None while there is nothing to send, no address, or no method that fits."""

    currency: str
    prices_include_tax: bool
    lines: tuple[QuoteLine, ...]
    shipping: QuoteShipping | None
    totals: Totals
    applied: tuple[AppliedCoupon, ...]
    problems: tuple[CouponProblem, ...]
    explanation: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class VendorShare:
    """One vendor's part of an order; the parts of all vendors sum to the order in every field."""

    vendor_id: UUID
    items: Money
    discount: Money
    tax: Money
    shipping: Money
    total: Money


@dataclass(frozen=True, slots=True)
class TaxPart:
    """What an order holds at one tax rate, goods and carriage together, as an invoice lists it."""

    tax_rate: int
    net: Money
    tax: Money


def percent_text(basis_points: int) -> str:
    """The words for a rate: "19 %", "5.5 %"."""
    return f"{basis_points / 100:g} %"

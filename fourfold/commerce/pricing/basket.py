"""A cart's price: everything that it depends on is read in one statement, and the rules do the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from fourfold.commerce.catalog.queries import SellableVariant
from fourfold.commerce.pricing.quote import Basket, BasketLine, Coupon, Delivery, Quote, ShippingMethod, TaxRules
from fourfold.commerce.pricing.rules import price_basket
from fourfold.ground.money import Money

LineProblem = Literal["not_sold", "other_currency", "out_of_stock"]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a basket goes; `method` of None takes the cheapest that serves the place."""

    country: str | None = None
    region: str = ""
    method: UUID | None = None


@dataclass(frozen=True, slots=True)
class CartLine:
    """A line as the cart keeps it; `seen_price` is the unit price, in minor units, that the buyer was shown."""

    id: UUID
    variant_id: UUID
    quantity: int
    seen_price: int


@dataclass(frozen=True, slots=True)
class PricedCart:
    """A cart's lines with the variants as they are now; lines that cannot be bought are not in the quote."""

    lines: tuple[CartLine, ...]
    variants: Mapping[UUID, SellableVariant]
    problems: Mapping[UUID, LineProblem]
    quote: Quote


def quote_cart(factors: asyncpg.Record, chosen: UUID | None, *, at: datetime) -> PricedCart:
    """What a cart costs at that moment, from its `price_factors`; `chosen` of None takes the cheapest way to send.

    Without a country the shop's own one is taken, and without that what holds everywhere: so the total of an order
    differs from it only when the address brings other taxes or another carriage.
    """
    currency: str = factors["currency"]
    lines = tuple(CartLine(UUID(row[0]), UUID(row[1]), row[2], row[3]) for row in factors["lines"] or ())
    variants = {variant.variant_id: variant for variant in map(_variant, factors["variants"] or ())}
    problems = {line.id: problem for line in lines if (problem := _problem_of(line, variants, currency))}
    priced = [line for line in lines if problems.get(line.id) in {None, "out_of_stock"}]
    weight = sum(variants[line.variant_id].weight_grams * line.quantity for line in priced)
    basket = Basket(
        currency,
        [_basket_line(line, variants[line.variant_id]) for line in priced],
        factors["codes"],
        [coupon_of(row) for row in factors["coupons"] or ()],
    )
    methods = [_method(row, currency) for row in factors["methods"] or ()]
    delivery = Delivery(factors["country"], weight, methods, chosen)
    taxes = TaxRules(factors["rates"] or {}, factors["prices_include_tax"])
    return PricedCart(lines, variants, problems, price_basket(basket, taxes, delivery, at=at))


def quote_nothing(currency: str, *, at: datetime) -> PricedCart:
    """What an empty cart costs."""
    return PricedCart(
        (), {}, {}, price_basket(Basket(currency, []), TaxRules({}, prices_include_tax=True), None, at=at)
    )


def coupon_of(row: Mapping[str, Any]) -> Coupon:
    """The coupon of a row, whose times may be ISO 8601 text and whose ids may be text."""
    currency, categories = row["currency"], row["category_ids"]
    return Coupon(
        code=row["code"],
        kind=row["kind"],
        basis_points=row["basis_points"],
        amount=Money(row["amount"], currency) if row["kind"] == "amount" else None,
        buy=row["buy"],
        free=row["free"],
        minimum=Money(row["minimum"], currency) if row["minimum"] is not None else None,
        starts_at=_time(row["starts_at"]),
        ends_at=_time(row["ends_at"]),
        category_ids=frozenset(UUID(str(each)) for each in categories) if categories is not None else None,
        used_up=row["usage_limit"] is not None and row["used"] >= row["usage_limit"],
    )


def _variant(document: dict[str, Any]) -> SellableVariant:
    for name in ("variant_id", "product_id", "vendor_id"):
        document[name] = UUID(document[name])
    document["category_ids"] = [UUID(each) for each in document["category_ids"]]
    return SellableVariant(**document)


def _time(value: datetime | str | None) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _problem_of(line: CartLine, variants: Mapping[UUID, SellableVariant], currency: str) -> LineProblem | None:
    variant = variants.get(line.variant_id)
    if variant is None or not variant.sellable:
        return "not_sold"
    if variant.currency != currency:
        return "other_currency"
    return "out_of_stock" if variant.available < line.quantity else None


def _basket_line(line: CartLine, variant: SellableVariant) -> BasketLine:
    return BasketLine(
        line_id=line.id,
        variant_id=line.variant_id,
        vendor_id=variant.vendor_id,
        category_ids=frozenset(variant.category_ids),
        unit_price=Money(variant.price, variant.currency),
        quantity=line.quantity,
        tax_class=variant.tax_class,
    )


def _method(row: Sequence[Any], currency: str) -> ShippingMethod:
    method_id, name, price, countries, free_from, heaviest, tax_class = row
    return ShippingMethod(
        UUID(method_id),
        name,
        Money(price, currency),
        frozenset(countries) if countries is not None else None,
        Money(free_from, currency) if free_from is not None else None,
        heaviest,
        tax_class,
    )

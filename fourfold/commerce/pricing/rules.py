"""The price of a basket, its carriage, and each vendor's share of it: values in, values out.

A line is rounded once, half a minor unit away from zero, when its tax is taken; whatever belongs to the whole order is
spread by largest remainder. So every sum here is a sum of rounded parts, and holds to the minor unit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from fourfold.commerce.pricing.coupons import Discounts, discounts_of
from fourfold.commerce.pricing.quote import (
    AppliedCoupon,
    Basket,
    BasketLine,
    Delivery,
    Quote,
    QuoteLine,
    QuoteShipping,
    Reason,
    ShippingMethod,
    TaxPart,
    TaxRules,
    Totals,
    VendorShare,
    percent_text,
)
from fourfold.ground.money import BASIS_POINTS, Money


def price_basket(basket: Basket, taxes: TaxRules, delivery: Delivery | None, *, at: datetime) -> Quote:
    """The quote at that moment: discounts, then carriage (free or not by the discounted goods), then taxes.

    Coupons that do not apply are `problems` of the quote. Raises `MixedCurrencies` when a line is not in the basket's
    currency.
    """
    discounts = discounts_of(basket, at)
    pairs = zip(basket.lines, discounts.by_line, strict=True)
    lines = tuple(_priced_line(line, discount, taxes) for line, discount in pairs)
    items = _sum_of((line.gross for line in lines), basket.currency)
    discount = _sum_of((line.discount for line in lines), basket.currency)
    method = _method_for(delivery, items - discount) if delivery and lines else None
    shipping = _priced_shipping(method, items - discount, discounts, taxes) if method else None
    return Quote(
        currency=basket.currency,
        prices_include_tax=taxes.prices_include_tax,
        lines=lines,
        shipping=shipping,
        totals=_totals(items, discount, lines, shipping, taxes),
        applied=tuple(_with_waived_carriage(discounts.applied, shipping, discounts.free_shipping)),
        problems=tuple(discounts.problems),
        explanation=tuple(_explanation(basket, lines, shipping, discounts, taxes, delivery)),
    )


def cheapest_shipping(
    methods: Sequence[ShippingMethod], destination_country: str, items_total: Money, weight: int
) -> ShippingMethod | None:
    """The method that carries so many grams there for least, after `free_from`; equal prices go by name and id."""
    fitting = [method for method in methods if _carries(method, destination_country, items_total.currency, weight)]
    return min(
        fitting, key=lambda method: (carriage_of(method, items_total).amount, method.name, method.id), default=None
    )


def carriage_of(method: ShippingMethod, items_total: Money) -> Money:
    """The price of a method for goods of that discounted value."""
    if method.free_from is not None and items_total >= method.free_from:
        return Money.zero(method.price.currency)
    return method.price


def split_by_vendor(quote: Quote) -> list[VendorShare]:
    """Each vendor's share in the order of the lines; carriage and its tax go by the undiscounted value of goods."""
    zero = Money.zero(quote.currency)
    by_vendor: dict[UUID, list[QuoteLine]] = {}
    for line in quote.lines:
        by_vendor.setdefault(line.vendor_id, []).append(line)
    items = [_sum_of((line.gross for line in lines), quote.currency) for lines in by_vendor.values()]
    weights = [worth.amount for worth in items]
    carriage = quote.shipping.amount.spread(weights) if quote.shipping else [zero] * len(weights)
    carriage_tax = quote.shipping.tax.spread(weights) if quote.shipping else [zero] * len(weights)
    shares = []
    for number, (vendor_id, lines) in enumerate(by_vendor.items()):
        discount = _sum_of((line.discount for line in lines), quote.currency)
        tax = _sum_of((line.tax for line in lines), quote.currency) + carriage_tax[number]
        added = zero if quote.prices_include_tax else tax
        total = items[number] - discount + carriage[number] + added
        shares.append(VendorShare(vendor_id, items[number], discount, tax, carriage[number], total))
    return shares


def commission_of(vendor_share: VendorShare, basis_points: int) -> Money:
    """The platform's part: a rate on the discounted goods as they were priced, never on carriage."""
    return (vendor_share.items - vendor_share.discount).share_of(basis_points)


def taxes_by_rate(quote: Quote) -> list[TaxPart]:
    """What an invoice must list: net and tax for each rate, highest rate first."""
    parts: dict[int, TaxPart] = {}
    taxed_parts: list[QuoteLine | QuoteShipping] = [*quote.lines, *([quote.shipping] if quote.shipping else [])]
    for taxed in taxed_parts:
        nothing = TaxPart(taxed.tax_rate, Money.zero(quote.currency), Money.zero(quote.currency))
        part = parts.get(taxed.tax_rate, nothing)
        parts[taxed.tax_rate] = replace(part, net=part.net + taxed.net, tax=part.tax + taxed.tax)
    return sorted(parts.values(), key=lambda part: -part.tax_rate)


def _priced_line(line: BasketLine, discount: Money, taxes: TaxRules) -> QuoteLine:
    gross = line.unit_price.times(line.quantity)
    rate = taxes.rates.get(line.tax_class, 0)
    net, tax = _net_and_tax(gross - discount, rate, included=taxes.prices_include_tax)
    return QuoteLine(
        line_id=line.line_id,
        variant_id=line.variant_id,
        vendor_id=line.vendor_id,
        quantity=line.quantity,
        unit_price=line.unit_price,
        gross=gross,
        discount=discount,
        net=net,
        tax=tax,
        total=net + tax,
        tax_rate=rate,
    )


def _net_and_tax(price: Money, rate: int, *, included: bool) -> tuple[Money, Money]:
    if included:
        tax = price.portion(rate, BASIS_POINTS + rate)
        return price - tax, tax
    return price, price.share_of(rate)


def _carries(method: ShippingMethod, country: str, currency: str, weight: int) -> bool:
    return (
        method.price.currency == currency
        and (method.countries is None or country in method.countries)
        and (method.max_weight_grams is None or weight <= method.max_weight_grams)
    )


def _method_for(delivery: Delivery, goods: Money) -> ShippingMethod | None:
    methods = [method for method in delivery.methods if delivery.chosen in {None, method.id}]
    return cheapest_shipping(methods, delivery.country, goods, delivery.weight_grams)


def _priced_shipping(method: ShippingMethod, goods: Money, discounts: Discounts, taxes: TaxRules) -> QuoteShipping:
    price = carriage_of(method, goods)
    amount = Money.zero(price.currency) if discounts.free_shipping else price
    rate = taxes.rates.get(method.tax_class, 0)
    net, tax = _net_and_tax(amount, rate, included=taxes.prices_include_tax)
    return QuoteShipping(method.id, method.name, price, amount, net, tax, net + tax, rate)


def _totals(
    items: Money, discount: Money, lines: Sequence[QuoteLine], shipping: QuoteShipping | None, taxes: TaxRules
) -> Totals:
    tax = _sum_of((line.tax for line in lines), items.currency)
    carriage = Money.zero(items.currency)
    if shipping:
        tax, carriage = tax + shipping.tax, shipping.amount
    before_tax = items - discount + carriage
    return Totals(items, discount, tax, carriage, before_tax if taxes.prices_include_tax else before_tax + tax)


def _with_waived_carriage(
    applied: Iterable[AppliedCoupon], shipping: QuoteShipping | None, free_shipping: str | None
) -> Iterable[AppliedCoupon]:
    for coupon in applied:
        waived = shipping.price - shipping.amount if shipping and coupon.code == free_shipping else coupon.amount
        yield replace(coupon, amount=waived)


def _explanation(
    basket: Basket,
    lines: Sequence[QuoteLine],
    shipping: QuoteShipping | None,
    discounts: Discounts,
    taxes: TaxRules,
    delivery: Delivery | None,
) -> Iterable[Reason]:
    how = "contained in the price" if taxes.prices_include_tax else "added to the price"
    for asked, line in zip(basket.lines, lines, strict=True):
        yield Reason("price", f"{line.quantity} x {line.unit_price}", line.gross, line.line_id)
        yield from (reason for reason in discounts.reasons if reason.line_id == line.line_id)
        words = f"Tax class {asked.tax_class}: {percent_text(line.tax_rate)} {how}"
        yield Reason("tax", words, line.tax, line.line_id)
    if shipping:
        yield Reason("shipping", _words_for(shipping, discounts.free_shipping), shipping.amount)
        yield Reason("tax", f"Shipping: {percent_text(shipping.tax_rate)} {how}", shipping.tax)
    elif delivery and lines:
        words = f"No shipping method carries {delivery.weight_grams} g to {delivery.country}"
        yield Reason("shipping", words, Money.zero(basket.currency))


def _words_for(shipping: QuoteShipping, free_shipping: str | None) -> str:
    if free_shipping:
        return f"{shipping.name}: free with coupon {free_shipping}"
    return shipping.name if shipping.amount else f"{shipping.name}: free"


def _sum_of(amounts: Iterable[Money], currency: str) -> Money:
    return sum(amounts, Money.zero(currency))

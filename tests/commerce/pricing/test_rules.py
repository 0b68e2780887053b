"""Pricing: the identities that hold for every basket, in currencies of no, two and three decimals."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from fourfold.commerce.pricing.quote import (
    Basket,
    BasketLine,
    Coupon,
    CouponKind,
    Delivery,
    Quote,
    ShippingMethod,
    TaxRules,
)
from fourfold.commerce.pricing.rules import commission_of, price_basket, split_by_vendor, taxes_by_rate
from fourfold.ground.money import Money

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA, BERT, CLEO = UUID(int=0xA), UUID(int=0xB), UUID(int=0xC)
BOOKS, SHOES = UUID(int=0xB00C), UUID(int=0x5ECE)
KINDS: list[CouponKind] = ["buy_x_get_y", "percent", "amount", "free_shipping"]
CATEGORIES = st.frozensets(st.sampled_from([BOOKS, SHOES]))
TAXES = st.builds(
    TaxRules,
    st.fixed_dictionaries({"standard": st.integers(0, 3000), "reduced": st.integers(0, 1000)}),
    st.booleans(),
)


@st.composite
def coupons_in(draw: st.DrawFn, currency: str, code: str) -> Coupon:
    kind = draw(st.sampled_from(KINDS))
    return Coupon(
        code,
        kind,
        basis_points=draw(st.one_of(st.just(10_000), st.integers(0, 10_000))),
        amount=Money(draw(st.integers(0, 500_000)), currency) if kind == "amount" else None,
        buy=draw(st.integers(1, 4)),
        free=draw(st.integers(1, 3)),
        category_ids=draw(st.none() | CATEGORIES),
    )


@st.composite
def priced(draw: st.DrawFn) -> tuple[Basket, Quote]:
    currency = draw(st.sampled_from(["JPY", "EUR", "KWD"]))
    lines = [
        BasketLine(
            UUID(int=number),
            UUID(int=number),
            draw(st.sampled_from([ANNA, BERT, CLEO])),
            draw(CATEGORIES),
            Money(draw(st.integers(0, 3) | st.integers(0, 1_000_000)), currency),
            draw(st.integers(1, 50)),
            draw(st.sampled_from(["standard", "reduced", "unrated"])),
        )
        for number in range(draw(st.integers(0, 8)))
    ]
    coupons = [draw(coupons_in(currency, f"C{number}")) for number in range(draw(st.integers(0, 4)))]
    price = Money(draw(st.integers(0, 5000)), currency)
    method = ShippingMethod(UUID(int=1), "Parcel", price, tax_class=draw(st.sampled_from(["standard", "reduced"])))
    basket = Basket(currency, lines, [coupon.code for coupon in coupons], coupons)
    delivery = draw(st.sampled_from([None, Delivery("DE", 500, [method])]))
    return basket, price_basket(basket, draw(TAXES), delivery, at=NOW)


@given(priced())
def test_the_total_is_the_sum_of_its_parts(pair: tuple[Basket, Quote]) -> None:
    """C-21: total = items - discount + shipping + (tax when it comes on top), to the minor unit."""
    _, quote = pair
    totals = quote.totals
    on_top = 0 if quote.prices_include_tax else totals.tax.amount
    goods = totals.items.amount - totals.discount.amount
    assert totals.total.amount == goods + totals.shipping.amount + on_top
    carriage = quote.shipping.total.amount if quote.shipping else 0
    assert totals.total.amount == sum(one.total.amount for one in quote.lines) + carriage
    by_rate = taxes_by_rate(quote)
    assert sum(part.tax.amount for part in by_rate) == totals.tax.amount
    assert sum(part.net.amount + part.tax.amount for part in by_rate) == totals.total.amount


@given(priced())
def test_every_line_holds(pair: tuple[Basket, Quote]) -> None:
    """C-21: no discount above its line, and the tax is the exact one to half a minor unit."""
    _, quote = pair
    for one in quote.lines:
        assert 0 <= one.discount.amount <= one.gross.amount == one.unit_price.amount * one.quantity
        assert one.net + one.tax == one.total
        paid = one.gross.amount - one.discount.amount
        assert paid == (one.total if quote.prices_include_tax else one.net).amount
        over = 10_000 + one.tax_rate if quote.prices_include_tax else 10_000
        assert abs(2 * (one.tax.amount * over - paid * one.tax_rate)) <= over


@given(priced())
def test_discounts_are_those_of_the_coupons(pair: tuple[Basket, Quote]) -> None:
    """C-21: what the coupons say they took is what the lines and the carriage lost, and each code is accounted for."""
    basket, quote = pair
    goods = sum(one.amount.amount for one in quote.applied if one.kind != "free_shipping")
    carriage = sum(one.amount.amount for one in quote.applied if one.kind == "free_shipping")
    assert goods == quote.totals.discount.amount
    assert carriage == (quote.shipping.price.amount - quote.shipping.amount.amount if quote.shipping else 0)
    told = sum(reason.amount.amount for reason in quote.explanation if reason.about == "discount")
    assert told == goods
    assert {one.code for one in quote.applied} | {one.coupon for one in quote.problems} == set(basket.codes)


@given(priced())
def test_the_order_of_codes_does_not_matter(pair: tuple[Basket, Quote]) -> None:
    """C-21: the same coupons give the same discounts, however they were entered."""
    basket, quote = pair
    turned = replace(basket, codes=basket.codes[::-1], coupons=basket.coupons[::-1])
    again = price_basket(turned, TaxRules({}, prices_include_tax=True), None, at=NOW)
    assert [one.discount for one in again.lines] == [one.discount for one in quote.lines]


@given(priced())
def test_vendors_shares_sum_to_the_order(pair: tuple[Basket, Quote]) -> None:
    """C-21: in every field, and each share obeys the identity of the order."""
    _, quote = pair
    shares = split_by_vendor(quote)
    for field in ("items", "discount", "tax", "shipping", "total"):
        assert sum(getattr(share, field).amount for share in shares) == getattr(quote.totals, field).amount
    for share in shares:
        on_top = Money.zero(quote.currency) if quote.prices_include_tax else share.tax
        assert share.total == share.items - share.discount + share.shipping + on_top
        assert Money.zero(quote.currency) <= commission_of(share, 1500) <= share.items - share.discount

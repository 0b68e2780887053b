"""Pricing: examples computed by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from fourfold.commerce.pricing.quote import (
    Basket,
    BasketLine,
    Coupon,
    Delivery,
    Quote,
    ShippingMethod,
    TaxPart,
    TaxRules,
)
from fourfold.commerce.pricing.rules import (
    cheapest_shipping,
    commission_of,
    price_basket,
    split_by_vendor,
    taxes_by_rate,
)
from fourfold.ground.money import MixedCurrencies, Money

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
A_DAY = timedelta(days=1)
ANNA, BERT = UUID(int=0xA), UUID(int=0xB)
BOOKS, SHOES = UUID(int=0xB00C), UUID(int=0x5ECE)
GERMANY = TaxRules({"standard": 1900, "reduced": 700}, prices_include_tax=True)
TEXAS = TaxRules({"standard": 825, "reduced": 0}, prices_include_tax=False)


def euro(cents: int) -> Money:
    return Money(cents, "EUR")


def line(
    number: int,
    price: Money,
    quantity: int = 1,
    *,
    vendor: UUID = ANNA,
    categories: frozenset[UUID] = frozenset({BOOKS}),
    tax_class: str = "standard",
) -> BasketLine:
    return BasketLine(UUID(int=number), UUID(int=1000 + number), vendor, categories, price, quantity, tax_class)


def parcel(price: int, *, name: str = "Parcel", number: int = 1, **more: Any) -> ShippingMethod:
    return replace(ShippingMethod(UUID(int=number), name, euro(price)), **more)


def to_germany(*methods: ShippingMethod, weight: int = 500, chosen: UUID | None = None) -> Delivery:
    return Delivery("DE", weight, methods, chosen)


def quote_of(
    *lines: BasketLine, taxes: TaxRules = GERMANY, delivery: Delivery | None = None, coupons: tuple[Coupon, ...] = ()
) -> Quote:
    basket = Basket("EUR", lines, [coupon.code for coupon in coupons], coupons)
    return price_basket(basket, taxes, delivery, at=NOW)


def in_cents(quote: Quote) -> tuple[int, int, int, int, int]:
    totals = quote.totals
    return (
        totals.items.amount,
        totals.discount.amount,
        totals.tax.amount,
        totals.shipping.amount,
        totals.total.amount,
    )


def test_prices_with_tax_inside() -> None:
    """C-21: 3 x 19.99 contain 59.97 * 19/119 = 9.575 of tax, a parcel of 4.90 contains 0.782."""
    quote = quote_of(line(1, euro(1999), 3), delivery=to_germany(parcel(490)))
    assert in_cents(quote) == (5997, 0, 958 + 78, 490, 6487)
    assert (quote.lines[0].net, quote.lines[0].tax, quote.lines[0].total) == (euro(5039), euro(958), euro(5997))
    assert quote.shipping is not None
    assert (quote.shipping.net, quote.shipping.tax) == (euro(412), euro(78))


def test_prices_with_tax_on_top() -> None:
    """C-21: 8.25 % of 59.97 is 4.948, of 4.90 it is 0.404; both come on top."""
    quote = quote_of(line(1, euro(1999), 3), taxes=TEXAS, delivery=to_germany(parcel(490)))
    assert in_cents(quote) == (5997, 0, 495 + 40, 490, 5997 + 490 + 535)
    assert quote.lines[0].total == euro(5997 + 495)


def test_tax_is_rounded_once_per_line() -> None:
    """C-21: 10 % of 3 x 0.15 is 0.045 and becomes 0.05; three rounded pieces would be 0.06."""
    quote = quote_of(line(1, euro(15), 3), taxes=TaxRules({"standard": 1000}, prices_include_tax=False))
    assert quote.totals.tax == euro(5)


@pytest.mark.parametrize(("currency", "tax"), [("JPY", 160), ("EUR", 160), ("KWD", 160)])
def test_each_currency_counts_in_its_own_minor_unit(currency: str, tax: int) -> None:
    """C-21: 1000 yen, 10.00 euro and 1.000 dinar contain the same number of minor units."""
    basket = Basket(currency, [line(1, Money(1000, currency))])
    assert price_basket(basket, GERMANY, None, at=NOW).totals.tax == Money(tax, currency)


def test_taxes_are_listed_by_rate() -> None:
    """C-21: goods at two rates and the carriage appear under their rates, highest first."""
    book = line(2, euro(1070), tax_class="reduced")
    quote = quote_of(line(1, euro(1190)), book, delivery=to_germany(parcel(595)))
    assert taxes_by_rate(quote) == [
        TaxPart(1900, euro(1000 + 500), euro(190 + 95)),
        TaxPart(700, euro(1000), euro(70)),
    ]


def test_a_tax_class_without_a_rate_is_untaxed_and_says_so() -> None:
    """C-21: a missing rate matches nothing and shows in the explanation."""
    quote = quote_of(line(1, euro(1000), tax_class="wine"))
    assert quote.totals.tax == euro(0)
    assert "Tax class wine: 0 % contained in the price" in [reason.text for reason in quote.explanation]


def test_percent_comes_before_amount() -> None:
    """C-21: 10 % of 100 leaves 90, then 5.00 leaves 85, however the codes were given."""
    ten = Coupon("TEN", "percent", basis_points=1000)
    five = Coupon("FIVE", "amount", amount=euro(500))
    for coupons in ((ten, five), (five, ten)):
        quote = quote_of(line(1, euro(10_000)), coupons=coupons)
        assert quote.totals.discount == euro(1500)
        assert [(one.code, one.amount.amount) for one in quote.applied] == [("TEN", 1000), ("FIVE", 500)]


def test_an_amount_is_spread_to_the_penny() -> None:
    """C-21: 10.00 over three equal lines is 3.34 + 3.33 + 3.33."""
    coupons = (Coupon("X", "amount", amount=euro(1000)),)
    quote = quote_of(*(line(number, euro(2000)) for number in range(3)), coupons=coupons)
    assert [one.discount.amount for one in quote.lines] == [334, 333, 333]


def test_a_discount_never_exceeds_what_it_applies_to() -> None:
    """C-21: 50.00 off the shoes takes the 20.00 that they cost, and leaves the book alone."""
    coupons = (Coupon("SHOES", "amount", amount=euro(5000), category_ids=frozenset({SHOES})),)
    quote = quote_of(line(1, euro(3000)), line(2, euro(2000), categories=frozenset({SHOES})), coupons=coupons)
    assert [one.discount.amount for one in quote.lines] == [0, 2000]
    assert quote.applied[0].amount == euro(2000)


def test_the_cheapest_pieces_are_free() -> None:
    """C-21: three for two over five pieces makes one free, the cheapest."""
    coupons = (Coupon("3FOR2", "buy_x_get_y", buy=2, free=1),)
    quote = quote_of(line(1, euro(1000), 3), line(2, euro(400), 2), coupons=coupons)
    assert [one.discount.amount for one in quote.lines] == [0, 400]
    six = quote_of(line(1, euro(1000), 5), line(2, euro(400)), coupons=coupons)
    assert [one.discount.amount for one in six.lines] == [1000, 400]


def test_free_shipping_waives_the_carriage_and_its_tax() -> None:
    """C-21: the coupon tells what it saved, and no tax is taken on what is not charged."""
    coupons = (Coupon("SHIP", "free_shipping"),)
    quote = quote_of(line(1, euro(1190)), delivery=to_germany(parcel(490)), coupons=coupons)
    assert in_cents(quote) == (1190, 0, 190, 0, 1190)
    assert quote.applied[0].amount == euro(490)
    assert "Parcel: free with coupon SHIP" in [reason.text for reason in quote.explanation]
    assert quote_of(line(1, euro(1190)), coupons=coupons).applied[0].amount == euro(0)


def test_everything_off() -> None:
    """C-21: at 100 % off nothing is due and nothing is taxed."""
    coupons = (Coupon("ALL", "percent", basis_points=10_000), Coupon("MORE", "amount", amount=euro(100)))
    quote = quote_of(line(1, euro(999)), line(2, euro(1)), coupons=coupons)
    assert in_cents(quote) == (1000, 1000, 0, 0, 0)


@pytest.mark.parametrize(
    ("coupon", "code"),
    [
        (Coupon("C", "percent", 1000, starts_at=NOW + A_DAY), "not_yet"),
        (Coupon("C", "percent", 1000, ends_at=NOW), "expired"),
        (Coupon("C", "percent", 1000, minimum=euro(1001)), "minimum_not_reached"),
        (Coupon("C", "percent", 1000, category_ids=frozenset({SHOES})), "nothing_eligible"),
        (Coupon("C", "percent", 1000, category_ids=frozenset()), "nothing_eligible"),
        (Coupon("C", "amount", amount=Money(100, "JPY")), "nothing_eligible"),
    ],
)
def test_why_a_coupon_does_not_apply(coupon: Coupon, code: str) -> None:
    """C-21: a coupon that does not hold is a value with its reason and changes no price."""
    quote = quote_of(line(1, euro(1000)), coupons=(coupon,))
    assert [(problem.coupon, problem.code) for problem in quote.problems] == [("C", code)]
    assert not quote.applied
    assert quote.totals.total == euro(1000)


def test_a_coupon_holds_at_its_bounds() -> None:
    """C-21: from the very start, with exactly the minimum of what it is for."""
    coupon = Coupon("C", "percent", 1000, minimum=euro(1000), starts_at=NOW, ends_at=NOW + A_DAY)
    assert quote_of(line(1, euro(1000)), coupons=(coupon,)).totals.discount == euro(100)


def test_codes_are_compared_without_case_and_count_once() -> None:
    """C-21: the same code given twice applies once; a code that nobody issued is unknown."""
    basket = Basket("EUR", [line(1, euro(1000))], [" summer", "SUMMER", "winter "], [Coupon("Summer", "percent", 1000)])
    quote = price_basket(basket, GERMANY, None, at=NOW)
    assert quote.totals.discount == euro(100)
    assert [(problem.coupon, problem.code) for problem in quote.problems] == [("winter", "unknown")]


def test_the_cheapest_method_that_fits_is_taken() -> None:
    """C-21: by country and weight, and by the price after `free_from`."""
    letter = parcel(200, name="Letter", number=2, max_weight_grams=100)
    swiss = parcel(100, name="Swiss", number=3, countries=frozenset({"CH"}))
    van = parcel(900, name="Van", number=4, free_from=euro(5000), countries=frozenset({"DE"}))
    yen = ShippingMethod(UUID(int=5), "Ship", Money(1, "JPY"))
    methods = [parcel(490), letter, swiss, van, yen]
    for country, worth, weight, name in [
        ("DE", 1000, 100, "Letter"),
        ("DE", 1000, 101, "Parcel"),
        ("DE", 5000, 100, "Van"),
        ("CH", 5000, 100, "Swiss"),
    ]:
        found = cheapest_shipping(methods, country, euro(worth), weight)
        assert found is not None
        assert found.name == name
    assert cheapest_shipping([letter], "DE", euro(1), 101) is None


def test_free_from_counts_what_is_paid_for_goods() -> None:
    """C-21: a discount can lose free shipping again."""
    delivery = to_germany(parcel(490, free_from=euro(5000)))
    assert quote_of(line(1, euro(5000)), delivery=delivery).totals.shipping == euro(0)
    coupons = (Coupon("C", "amount", amount=euro(1)),)
    assert quote_of(line(1, euro(5000)), delivery=delivery, coupons=coupons).totals.shipping == euro(490)


def test_the_chosen_method_is_kept_or_none() -> None:
    """C-21: a choice is not replaced by a cheaper method, and one that does not fit leaves no carriage."""
    express = parcel(1200, name="Express", number=9, max_weight_grams=1000)
    delivery = to_germany(parcel(490), express, chosen=express.id)
    assert quote_of(line(1, euro(100)), delivery=delivery).totals.shipping == euro(1200)
    heavy = quote_of(line(1, euro(100)), delivery=replace(delivery, weight_grams=2000))
    assert heavy.shipping is None
    assert heavy.explanation[-1].text == "No shipping method carries 2000 g to DE"


def test_an_empty_basket_costs_nothing() -> None:
    """C-21: no lines, no carriage, no shares."""
    quote = quote_of(delivery=to_germany(parcel(490)))
    assert in_cents(quote) == (0, 0, 0, 0, 0)
    assert quote.shipping is None
    assert split_by_vendor(quote) == []


def test_every_step_is_explained() -> None:
    """C-21: price, discount and tax of each line, then the carriage, with their amounts."""
    coupons = (Coupon("TEN", "percent", basis_points=1000),)
    quote = quote_of(line(1, euro(500), 2), delivery=to_germany(parcel(490)), coupons=coupons)
    assert [(reason.about, reason.text, reason.amount.amount) for reason in quote.explanation] == [
        ("price", "2 x 5.00 EUR", 1000),
        ("discount", "Coupon TEN: 10 %", 100),
        ("tax", "Tax class standard: 19 % contained in the price", 144),
        ("shipping", "Parcel", 490),
        ("tax", "Shipping: 19 % contained in the price", 78),
    ]


def test_vendors_share_the_carriage_by_their_goods() -> None:
    """C-21: 4.91 over goods of 20.00 and 10.00 is 3.27 + 1.64, and its tax of 0.78 is 0.52 + 0.26."""
    quote = quote_of(line(1, euro(2000)), line(2, euro(1000), vendor=BERT), delivery=to_germany(parcel(491)))
    anna, bert = split_by_vendor(quote)
    assert (anna.vendor_id, anna.shipping, anna.tax, anna.total) == (ANNA, euro(327), euro(319 + 52), euro(2327))
    assert (bert.vendor_id, bert.shipping, bert.tax, bert.total) == (BERT, euro(164), euro(160 + 26), euro(1164))


def test_commission_is_taken_on_discounted_goods() -> None:
    """C-21: 12.5 % of 90.00; the carriage is the vendor's."""
    coupons = (Coupon("TEN", "percent", basis_points=1000),)
    quote = quote_of(line(1, euro(10_000)), delivery=to_germany(parcel(490)), coupons=coupons)
    assert commission_of(split_by_vendor(quote)[0], 1250) == euro(1125)


def test_a_basket_has_one_currency() -> None:
    """C-21: a line in yen cannot be priced in euro."""
    with pytest.raises(MixedCurrencies):
        quote_of(line(1, Money(100, "JPY")))


def test_nonsense_is_refused_where_it_is_made() -> None:
    """C-21: no negative prices, empty lines, discounts over 100 %, or coupons of an amount without one."""
    with pytest.raises(ValueError, match="at least one piece"):
        line(1, euro(1), 0)
    with pytest.raises(ValueError, match="no price below zero"):
        line(1, euro(-1))
    with pytest.raises(ValueError, match="0 to 100 percent"):
        Coupon("C", "percent", basis_points=10_001)
    for amount in (None, euro(-1)):
        with pytest.raises(ValueError, match="has an amount"):
            Coupon("C", "amount", amount=amount)
    with pytest.raises(ValueError, match="one currency"):
        parcel(1, free_from=Money(1, "JPY"))
    with pytest.raises(ValueError, match="tax rate"):
        TaxRules({"standard": -1}, prices_include_tax=True)

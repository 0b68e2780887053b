"""Money: exact arithmetic, reading and writing, and the table of currencies against CLDR."""

import math
import subprocess
import sys

import pytest
from babel.core import get_global
from babel.numbers import get_currency_precision, list_currencies
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fourfold.ground.money import (
    CURRENCIES,
    MOST_MINOR_UNITS,
    MixedCurrencies,
    Money,
    MoneyShape,
    NotMoney,
    exponent_of,
)

CURRENCY = st.sampled_from(["JPY", "EUR", "KWD", "CLF"])
AMOUNT = st.integers(-MOST_MINOR_UNITS, MOST_MINOR_UNITS)
MONEY = st.builds(Money, AMOUNT, CURRENCY)

# CLDR counts the decimals that people write in everyday life, ISO 4217 those that accounts and payments are kept in.
WRITTEN_WITHOUT_DECIMALS = {"AFN", "ALL", "IQD", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER"}


def tender_of_today() -> set[str]:
    """The currencies that CLDR holds for legal tender somewhere now."""
    uses = [use for uses in get_global("territory_currencies").values() for use in uses]
    return {code for code, _, until, tender in uses if until is None and tender}


def test_every_currency_of_today_is_known() -> None:
    """C-21: no country's legal tender is missing, and no code is invented."""
    assert tender_of_today() <= CURRENCIES <= list_currencies() | {"VED"}


@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_exponents_agree_with_cldr(currency: str) -> None:
    """C-21: decimals are those of CLDR, apart from small coins that are no longer written."""
    if currency in WRITTEN_WITHOUT_DECIMALS:
        assert exponent_of(currency) > get_currency_precision(currency) == 0
    else:
        assert exponent_of(currency) == get_currency_precision(currency)


@pytest.mark.parametrize("code", ["", "eur", "EURO", "XAU", "XXX", "ZZZ", "€"])
def test_unknown_currencies_are_refused(code: str) -> None:
    """C-21: a code outside ISO 4217 makes no money."""
    with pytest.raises(NotMoney, match="ISO 4217"):
        exponent_of(code)
    with pytest.raises(NotMoney):
        Money(1, code)


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("19.99", "EUR", 1999),
        ("19.9", "EUR", 1990),
        ("19", "EUR", 1900),
        ("-0.05", "EUR", -5),
        ("007.50", "EUR", 750),
        ("1999", "JPY", 1999),
        ("1.234", "KWD", 1234),
        ("90071992547409.91", "EUR", MOST_MINOR_UNITS),
    ],
)
def test_parse(text: str, currency: str, amount: int) -> None:
    """C-21: decimal text becomes minor units of the currency's own size."""
    assert Money.parse(text, currency) == Money(amount, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("19.999", "EUR"),
        ("19.990", "EUR"),
        ("19.0", "JPY"),
        ("1,999.95", "EUR"),
        ("19,99", "EUR"),
        ("1 999", "EUR"),
        ("1_999", "EUR"),
        ("1'999", "CHF"),
        ("", "EUR"),
        ("-", "EUR"),
        (".5", "EUR"),
        ("5.", "EUR"),
        ("+5", "EUR"),
        ("1e3", "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        (" 5", "EUR"),
        ("5\n", "EUR"),
        ("٣", "EUR"),
        ("90071992547409.92", "EUR"),
        ("-90071992547409.92", "EUR"),
        ("9" * 5000, "EUR"),
    ],
)
def test_parse_refuses(text: str, currency: str) -> None:
    """C-21: what is not plainly an amount is refused with a sentence."""
    with pytest.raises(NotMoney, match=r"\.$"):
        Money.parse(text, currency)


@given(MONEY)
def test_text_is_read_back(money: Money) -> None:
    """C-21: writing and reading lose nothing in any currency."""
    assert Money.parse(money.decimal_text(), money.currency) == money


def test_text() -> None:
    """C-21: text by hand, for each number of decimals."""
    assert Money(-5, "EUR").decimal_text() == "-0.05"
    assert Money(1999, "JPY").decimal_text() == "1999"
    assert Money(5, "KWD").decimal_text() == "0.005"
    assert str(Money(1999, "EUR")) == "19.99 EUR"


def test_arithmetic_and_order() -> None:
    """C-21: plain sums, counts and comparisons."""
    two, three = Money(200, "EUR"), Money(300, "EUR")
    assert two + three == Money(500, "EUR")
    assert two - three == -Money(100, "EUR") == Money(-100, "EUR")
    assert three.times(4) == Money(1200, "EUR")
    assert two < three
    assert two <= Money(200, "EUR")
    assert three > two
    assert three >= Money(300, "EUR")
    assert sum([two, three], Money.zero("EUR")) == Money(500, "EUR")
    assert not Money.zero("EUR")


def test_mixed_currencies_are_refused() -> None:
    """C-21: euro and yen are neither added nor compared, only unequal."""
    euro, yen = Money(1, "EUR"), Money(1, "JPY")
    for mixed in (euro.__add__, euro.__sub__, euro.__lt__, euro.__le__, euro.__gt__, euro.__ge__):
        with pytest.raises(MixedCurrencies, match="EUR and JPY"):
            mixed(yen)
    assert euro != yen


@pytest.mark.parametrize("amount", [MOST_MINOR_UNITS + 1, -MOST_MINOR_UNITS - 1, 1.0, True])
def test_amounts_are_whole_and_bounded(amount: int) -> None:
    """C-21: an amount that JSON readers could not keep exactly does not exist."""
    with pytest.raises(NotMoney):
        Money(amount, "EUR")


def test_shares_round_half_away_from_zero() -> None:
    """C-21: 19 % of 0.50 is 0.095 and becomes 0.10, and its refund minus 0.10."""
    assert Money(50, "EUR").share_of(1900) == Money(10, "EUR")
    assert Money(-50, "EUR").share_of(1900) == Money(-10, "EUR")
    assert Money(49, "EUR").share_of(1000) == Money(5, "EUR")
    assert Money(44, "EUR").share_of(1000) == Money(4, "EUR")
    with pytest.raises(ValueError, match="denominator"):
        Money(1, "EUR").portion(1, 0)


@given(st.integers(-(10**12), 10**12), st.integers(0, 20_000))
def test_a_share_is_never_half_a_unit_off(amount: int, basis_points: int) -> None:
    """C-21: a share differs from the exact value by at most half a unit."""
    share = Money(amount, "EUR").share_of(basis_points)
    assert abs(share.amount * 10_000 - amount * basis_points) <= 5_000


def test_spread_by_hand() -> None:
    """C-21: the penny goes to the largest remainder, then to the earlier part."""
    assert [part.amount for part in Money(100, "EUR").spread([1, 1, 1])] == [34, 33, 33]
    assert [part.amount for part in Money(-100, "EUR").spread([1, 1, 1])] == [-34, -33, -33]
    assert [part.amount for part in Money(10, "EUR").spread([5, 0, 10])] == [3, 0, 7]
    assert [part.amount for part in Money(5, "EUR").spread([0, 0])] == [3, 2]
    assert Money.zero("EUR").spread([]) == []
    for weights in ([], [1, -1]):
        with pytest.raises(ValueError, match="weight"):
            Money(1, "EUR").spread(weights)


@given(MONEY, st.lists(st.integers(0, 10**15), min_size=1, max_size=30))
def test_spread_sums_exactly(money: Money, weights: list[int]) -> None:
    """C-21: parts sum to the whole, each within one unit of its exact share, and zero weights get nothing."""
    parts = money.spread(weights)
    total = sum(weights)
    assert sum(part.amount for part in parts) == money.amount
    if total:
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part.amount * total - money.amount * weight) < total
            assert weight or not part
    else:
        assert math.ceil(abs(money.amount) / len(weights)) == max(abs(part.amount) for part in parts)


@given(MONEY)
def test_shape_travels_both_ways(money: Money) -> None:
    """C-21: the JSON shape and the value are the same fact."""
    text = MoneyShape.of(money).model_dump_json()
    assert MoneyShape.model_validate_json(text).money == money


@pytest.mark.parametrize(
    "body",
    [
        '{"amount": 19.99, "currency": "EUR"}',
        '{"amount": "1999", "currency": "EUR"}',
        '{"amount": true, "currency": "EUR"}',
        '{"amount": 1.0, "currency": "EUR"}',
        '{"amount": 9007199254740992, "currency": "EUR"}',
        '{"amount": -9007199254740992, "currency": "EUR"}',
        '{"amount": 1, "currency": "XXX"}',
        '{"amount": 1, "currency": "eur"}',
        '{"amount": 1}',
        '{"amount": 1, "currency": "EUR", "tax": 1}',
    ],
)
def test_shape_refuses(body: str) -> None:
    """C-21: a body with anything but whole minor units in a known currency is malformed."""
    with pytest.raises(ValidationError):
        MoneyShape.model_validate_json(body)


def test_babel_is_not_imported() -> None:
    """C-21: knowing the currencies costs no locale data at start."""
    seen = "import sys, fourfold.ground.money; print('babel' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"

"""Amounts and times as their readers write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from fourfold.ground.languages import moment_text, money_text, written
from fourfold.ground.money import Money

NOON = datetime(2026, 11, 23, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        (0, "EUR", "en", "0.00 EUR"),
        (123_456_789, "EUR", "en", "1,234,567.89 EUR"),
        (-5, "EUR", "en", "-0.05 EUR"),
        (-123_456, "EUR", "en", "-1,234.56 EUR"),
        (1500, "JPY", "en", "1,500 JPY"),
        (1500, "KWD", "en", "1.500 KWD"),
        (123_450, "EUR", "de", "1.234,50 EUR"),
        (123_450, "EUR", "fr", "1\u202f234,50 EUR"),
        (123_450, "EUR", "xx", "1,234.50 EUR"),
    ],
)
def test_money_for_people(amount: int, currency: str, language: str, text: str) -> None:
    """C-36: amounts are written with their decimals and thousands, as the language does."""
    assert money_text(Money(amount, currency), language) == text


@pytest.mark.parametrize(
    ("language", "zone", "text"),
    [
        ("en", "UTC", "November 23, 2026, 12:05 PM UTC"),
        ("de", "Europe/Berlin", "23. November 2026, 13:05 CET"),
        ("fr", "Europe/Paris", "23 novembre 2026, 13:05 CET"),
    ],
)
def test_times_for_people(language: str, zone: str, text: str) -> None:
    """P-29: times are in words, and in the zone where they are read."""
    assert moment_text(NOON, language, ZoneInfo(zone)) == text


def test_figures_within_a_text() -> None:
    """P-29: what fills a text is written all the way down, and words stay as they are."""
    data = {
        "sums": {"total": Money(100, "EUR")},
        "lines": [{"text": "a", "total": Money(5, "EUR")}],
        "at": NOON,
        "n": 1,
    }
    assert written(data, "de") == {
        "sums": {"total": "1,00 EUR"},
        "lines": [{"text": "a", "total": "0,05 EUR"}],
        "at": "23. November 2026, 12:05 UTC",
        "n": 1,
    }

"""How amounts and times are written in the language of whoever reads them."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from fourfold.ground.money import Money, exponent_of


def locale_of(tag: str) -> Locale:
    """The locale of a tag such as `de` or `pt-BR`; English for one that is not known."""
    try:
        return Locale.parse(tag.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def figure_text(money: Money, language: str) -> str:
    """An amount without its currency: "1,234.50", in German "1.234,50"."""
    exponent = exponent_of(money.currency)
    pattern = "#,##0." + "0" * exponent if exponent else "#,##0"
    return format_decimal(Decimal(money.decimal_text()), format=pattern, locale=locale_of(language))


def money_text(money: Money, language: str) -> str:
    """An amount: "1,234.50 EUR", "1,235 JPY"; in German "1.234,50 EUR"."""
    return f"{figure_text(money, language)} {money.currency}"


def moment_text(moment: datetime, language: str, zone: tzinfo = UTC) -> str:
    """A time to the minute, where the reader is: "November 23, 2026, 12:05 PM UTC", "23. November 2026, 13:05 CET"."""
    there, locale = moment.astimezone(zone), locale_of(language)
    # Narrow spaces, which some scripts' times have, are not in every font.
    time = format_time(there, "short", tzinfo=zone, locale=locale).replace("\u202f", " ")
    return f"{format_date(there, 'long', locale=locale)}, {time} {there.tzname()}"


def written(data: Any, language: str, zone: tzinfo = UTC) -> Any:
    """The data of a text with its amounts and times as the reader writes them, also those within lists and mappings."""
    if isinstance(data, Money):
        return money_text(data, language)
    if isinstance(data, datetime):
        return moment_text(data, language, zone)
    if isinstance(data, Mapping):
        return {name: written(value, language, zone) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [written(value, language, zone) for value in data]
    return data

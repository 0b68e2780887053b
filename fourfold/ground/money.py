"""Money: whole minor units in one ISO 4217 currency, and the arithmetic that never loses one of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

# JSON readers keep whole numbers exactly up to here (RFC 8259, section 6); no amount passes it in either direction.
MOST_MINOR_UNITS = 2**53 - 1

BASIS_POINTS = 10_000

# ISO 4217 with the funds codes and without what has no minor unit (metals, XDR, XTS). BGN left the list with 2026 and
# stays here for the papers that were written before. Kept as a table because importing Babel costs 30 ms.
_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD
HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL
MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON
RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CODES.split())

_USUAL_EXPONENT = 2
_OTHER_EXPONENTS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"), 0),
    **dict.fromkeys(("UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}

_DECIMAL_TEXT = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,24})(?:\.(?P<part>[0-9]{1,24}))?")


class NotMoney(ValueError):
    """The text or number is no amount in that currency; the message is a sentence that a person may read."""


class MixedCurrencies(ValueError):
    """Two amounts in different currencies were added or compared."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"Amounts in {one} and {other} cannot be added or compared.")


def exponent_of(currency: str) -> int:
    """The number of decimals of a currency (JPY 0, EUR 2, KWD 3); `NotMoney` for a code that is not ISO 4217."""
    if currency not in CURRENCIES:
        raise NotMoney(f"{currency!r} is not an active ISO 4217 currency code.")
    return _OTHER_EXPONENTS.get(currency, _USUAL_EXPONENT)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (1999 EUR is 19.99 euro), within 2**53 - 1 on both sides of zero."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in CURRENCIES:
            exponent_of(self.currency)
        if type(self.amount) is not int:
            raise NotMoney("An amount is a whole number of minor units.")
        if not -MOST_MINOR_UNITS <= self.amount <= MOST_MINOR_UNITS:
            raise NotMoney(f"The amount is beyond {MOST_MINOR_UNITS} minor units.")

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in that currency."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Read "19.99": a point, ASCII digits, no thousands separators, at most the currency's decimals."""
        exponent = exponent_of(currency)
        found = _DECIMAL_TEXT.fullmatch(text)
        if found is None:
            raise NotMoney(
                f"{text[:40]!r} is not an amount: write digits with a point, like 1999.95, and no separators."
            )
        part = found["part"] or ""
        if len(part) > exponent:
            raise NotMoney(f"{text!r} has {len(part)} decimals, and {currency} has {exponent}.")
        amount = int(found["whole"] + part.ljust(exponent, "0"))
        return cls(-amount if found["sign"] else amount, currency)

    def decimal_text(self) -> str:
        """The text that `parse` reads back: "19.99", "-0.05", "1999" for yen."""
        exponent = exponent_of(self.currency)
        digits = str(abs(self.amount)).rjust(exponent + 1, "0")
        sign = "-" if self.amount < 0 else ""
        return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else sign + digits

    def times(self, count: int) -> Self:
        """The amount of `count` such pieces."""
        return type(self)(self.amount * count, self.currency)

    def portion(self, numerator: int, denominator: int) -> Self:
        """`amount * numerator / denominator`, half a unit rounded away from zero: a refund mirrors its charge."""
        if denominator <= 0:
            raise ValueError("A portion needs a denominator above zero.")
        product = self.amount * numerator
        rounded = (2 * abs(product) + denominator) // (2 * denominator)
        return type(self)(-rounded if product < 0 else rounded, self.currency)

    def share_of(self, basis_points: int) -> Self:
        """So many hundredths of a percent of this amount (1900 is 19 %), half a unit rounded away from zero."""
        return self.portion(basis_points, BASIS_POINTS)

    def spread(self, weights: Sequence[int]) -> list[Self]:
        """Parts in proportion to the weights that sum exactly to the whole, by largest remainder.

        Equal remainders go to the earlier part. A weight of zero gets nothing, unless all are zero: then the parts
        are even. Raises `ValueError` for a negative weight, and when there is an amount but nobody to take it.
        """
        if any(weight < 0 for weight in weights) or (not weights and self.amount):
            raise ValueError("An amount is spread over at least one weight, and no weight is below zero.")
        if not any(weights):
            weights = [1] * len(weights)
        whole, total = abs(self.amount), sum(weights)
        parts = [whole * weight // total for weight in weights]
        remainders = [whole * weight % total for weight in weights]
        neediest = sorted(range(len(weights)), key=lambda at: (-remainders[at], at))
        for at in neediest[: whole - sum(parts)]:
            parts[at] += 1
        sign = -1 if self.amount < 0 else 1
        return [type(self)(sign * part, self.currency) for part in parts]

    def __add__(self, other: Self) -> Self:
        return type(self)(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Self:
        return type(self)(-self.amount, self.currency)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __lt__(self, other: Self) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Self) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Self) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Self) -> bool:
        return self.amount >= self._same(other)

    def __str__(self) -> str:
        return f"{self.decimal_text()} {self.currency}"

    def _same(self, other: Self) -> int:
        if self.currency != other.currency:
            raise MixedCurrencies(self.currency, other.currency)
        return other.amount


def _known_currency(code: str) -> str:
    exponent_of(code)
    return code


CurrencyCode = Annotated[
    str,
    Field(
        description="ISO 4217 code",
        pattern=r"^[A-Z]{3}$",
        examples=["EUR"],
        json_schema_extra={"format": "iso-4217"},
    ),
    AfterValidator(_known_currency),
]


class MoneyShape(BaseModel):
    """How money travels: `{"amount": 1999, "currency": "EUR"}`, the amount a whole number of minor units."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: Annotated[int, Field(strict=True, ge=-MOST_MINOR_UNITS, le=MOST_MINOR_UNITS, examples=[1999])]
    currency: CurrencyCode

    @classmethod
    def of(cls, money: Money) -> Self:
        """The shape of a value."""
        return cls(amount=money.amount, currency=money.currency)

    @property
    def money(self) -> Money:
        """The value of a shape."""
        return Money(self.amount, self.currency)

"""Administrators keep what prices are made of: coupons, tax rates, shipping methods."""

from collections.abc import Callable
from typing import Annotated, Any, Protocol
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from fourfold.commerce.categories.queries import refuse_unknown_categories
from fourfold.commerce.pricing import queries, tables
from fourfold.commerce.pricing.countries import CountryCode, CountryOrAny
from fourfold.commerce.pricing.quote import CouponKind
from fourfold.commerce.vendors.shop import ensure_shop
from fourfold.ground.db import Connection
from fourfold.ground.ids import new_id
from fourfold.ground.moments import Moment
from fourfold.ground.money import BASIS_POINTS, MoneyShape
from fourfold.ground.refusals import Conflict, FieldError, Invalid, NotFound
from fourfold.ground.work import Work

MOST = 2**31 - 1
BasisPoints = Annotated[int, Field(ge=0, le=BASIS_POINTS, strict=True, description="1900 is 19 %.", examples=[1900])]
Count = Annotated[int, Field(ge=1, le=MOST, strict=True)]
TaxClass = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$", examples=["standard"])]
Code = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z0-9_-]{2,40}$"),
    Field(examples=["WELCOME10"]),
]
Name = Annotated[str, Field(min_length=1, max_length=100, examples=["Standard"])]
Countries = Annotated[list[CountryCode], Field(min_length=1, max_length=300)]
CategoryIds = Annotated[list[UUID], Field(max_length=100)]
MatchesTag = Callable[[asyncpg.Record], None]
"""Raises when the caller knows another version of the row."""


class Reader(Protocol):
    """A query for one row."""

    async def __call__(self, db: Connection, row_id: UUID, /, *, locked: bool = False) -> asyncpg.Record | None:
        """The row, locked if so asked; None when there is none."""


class KeepCoupon(BaseModel):
    """A coupon: percent needs `basis_points`, amount an `amount`; buy-X-get-Y gives `free` of every `buy` + `free`."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    code: Code
    kind: CouponKind
    basis_points: BasisPoints = 0
    amount: MoneyShape | None = None
    buy: Annotated[int, Field(ge=1, le=1000, strict=True)] = 1
    free: Annotated[int, Field(ge=1, le=1000, strict=True)] = 1
    minimum: MoneyShape | None = Field(None, description="What the goods that it is for must be worth.")
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    category_ids: CategoryIds | None = Field(
        None, description="Only for goods in these, with all below; null: for all."
    )
    usage_limit: Count | None = None
    customer_limit: Count | None = Field(None, description="Uses for each e-mail address.")
    active: bool = Field(default=True, strict=True)

    @model_validator(mode="after")
    def _makes_sense(self) -> "KeepCoupon":
        if (self.kind == "percent") != (self.basis_points > 0):
            raise ValueError("basis_points: a coupon of the kind percent, and only that, has some.")
        if (self.kind == "amount") != (self.amount is not None and self.amount.amount > 0):
            raise ValueError("amount: a coupon of the kind amount, and only that, has an amount above zero.")
        if self.minimum and self.minimum.amount < 0:
            raise ValueError("minimum: not below zero.")
        if self.minimum and self.amount and self.minimum.currency != self.amount.currency:
            raise ValueError("minimum: in the currency of the amount.")
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("ends_at: after starts_at.")
        return self


class ChangeCoupon(BaseModel):
    """What may be changed of a coupon; its discount may not, since buyers have been told of it."""

    model_config = ConfigDict(extra="forbid")
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    usage_limit: Count | None = None
    customer_limit: Count | None = None
    active: bool = Field(default=True, strict=True)


class KeepTaxRate(BaseModel):
    """The rate of a tax class at a place: `*` stands for all countries, an empty region for all of a country."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    tax_class: TaxClass = "standard"
    country: CountryOrAny
    region: Annotated[str, StringConstraints(to_upper=True), Field(max_length=100)] = ""
    basis_points: BasisPoints


class ChangeTaxRate(BaseModel):
    """A new rate; orders that have been placed keep theirs."""

    model_config = ConfigDict(extra="forbid")
    basis_points: BasisPoints


class KeepShippingMethod(BaseModel):
    """A way to send: everywhere or to some countries, up to a weight, and free from a value of discounted goods on."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: Name
    price: MoneyShape
    countries: Countries | None = None
    free_from: MoneyShape | None = None
    max_weight_grams: Count | None = None
    tax_class: TaxClass = "standard"
    active: bool = Field(default=True, strict=True)

    @model_validator(mode="after")
    def _makes_sense(self) -> "KeepShippingMethod":
        _check_prices(self.price, self.free_from)
        return self


NEVER_NULL = ("name", "price", "tax_class", "active")


def _tell_never_null(schema: dict[str, Any]) -> None:
    for name in NEVER_NULL:
        told = schema["properties"][name]
        del told["default"]
        told.update(next(each for each in told.pop("anyOf") if each != {"type": "null"}))


class ChangeShippingMethod(BaseModel):
    """What is to be different; what is not named stays."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, json_schema_extra=_tell_never_null)
    name: Name | None = None
    price: MoneyShape | None = None
    countries: Countries | None = None
    free_from: MoneyShape | None = None
    max_weight_grams: Count | None = None
    tax_class: TaxClass | None = None
    active: bool | None = Field(None, strict=True)

    @model_validator(mode="after")
    def _makes_sense(self) -> "ChangeShippingMethod":
        for name in NEVER_NULL:
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name}: not null; leave it out to keep it.")
        return self


class NoSuchCoupon(NotFound):
    """404: there is no such coupon."""

    code = "commerce.no_such_coupon"


class NoSuchTaxRate(NotFound):
    """404: there is no such tax rate."""

    code = "commerce.no_such_tax_rate"


class NoSuchShippingMethod(NotFound):
    """404: there is no such shipping method."""

    code = "commerce.no_such_shipping_method"


class CodeTaken(Conflict):
    """409: another coupon has this code."""

    code = "commerce.code_taken"
    title = "Another coupon has this code"


class TaxRateTaken(Conflict):
    """409: this tax class has a rate at this place."""

    code = "commerce.tax_rate_taken"
    title = "There is a rate for this class at this place"


class LimitBelowUse(Conflict):
    """409: a coupon has been used more often than the new limit says."""

    code = "commerce.limit_below_use"
    title = "It has been used more often"


async def _shops_currency(work: Work, **prices: MoneyShape | None) -> str:
    """What the shop sells in; raises `Invalid` for prices that no cart of it could ever use."""
    currency = (await ensure_shop(work)).currency
    foreign = [
        FieldError(name, f"This shop sells in {currency}.", "wrong_currency")
        for name, price in prices.items()
        if price is not None and price.currency != currency
    ]
    if foreign:
        raise Invalid(errors=foreign)
    return currency


async def add_coupon(work: Work, ask: KeepCoupon) -> asyncpg.Record:
    """Adds a coupon; raises `CodeTaken` and `UnknownCategory`."""
    await refuse_unknown_categories(work.db, ask.category_ids or [])
    values = ask.model_dump(exclude={"amount", "minimum"})
    values["currency"] = await _shops_currency(work, amount=ask.amount, minimum=ask.minimum)
    values["amount"] = ask.amount.amount if ask.amount else 0
    values["minimum"] = ask.minimum.amount if ask.minimum else None
    return await _add(work, "coupon", values, queries.coupon_with_id, CodeTaken)


async def change_coupon(work: Work, coupon_id: UUID, ask: ChangeCoupon, matches: MatchesTag) -> asyncpg.Record:
    """Changes when and how often a coupon holds; raises `NoSuchCoupon` and `LimitBelowUse`."""
    row = await _locked(work, coupon_id, queries.coupon_with_id, NoSuchCoupon, matches)
    values = ask.model_dump(exclude_unset=True)
    limit = values.get("usage_limit")
    if limit is not None and limit < row["used"]:
        raise LimitBelowUse(f"It has been used {row['used']} times.")
    starts, ends = values.get("starts_at", row["starts_at"]), values.get("ends_at", row["ends_at"])
    if starts and ends and ends <= starts:
        raise Invalid(errors=[FieldError("ends_at", "Choose a time after its start.")])
    return await _change(work, "coupon", row, values, queries.coupon_with_id)


async def remove_coupon(work: Work, coupon_id: UUID, matches: MatchesTag) -> None:
    """Removes a coupon; one that orders have used is only ended, for they name it."""
    await _locked(work, coupon_id, queries.coupon_with_id, NoSuchCoupon, matches)
    if await queries.coupon_was_used(work.db, coupon_id):
        await tables.update_kept(work.db, "coupon", coupon_id, {"active": False})
    else:
        await tables.delete_kept(work.db, "coupon", coupon_id)


async def add_tax_rate(work: Work, ask: KeepTaxRate) -> asyncpg.Record:
    """Adds a tax rate; raises `TaxRateTaken`."""
    return await _add(work, "tax_rate", ask.model_dump(), queries.tax_rate_with_id, TaxRateTaken)


async def change_tax_rate(work: Work, rate_id: UUID, ask: ChangeTaxRate, matches: MatchesTag) -> asyncpg.Record:
    """Changes a rate; raises `NoSuchTaxRate`."""
    row = await _locked(work, rate_id, queries.tax_rate_with_id, NoSuchTaxRate, matches)
    return await _change(work, "tax_rate", row, ask.model_dump(), queries.tax_rate_with_id)


async def remove_tax_rate(work: Work, rate_id: UUID, matches: MatchesTag) -> None:
    """Removes a tax rate; raises `NoSuchTaxRate`."""
    await _locked(work, rate_id, queries.tax_rate_with_id, NoSuchTaxRate, matches)
    await tables.delete_kept(work.db, "tax_rate", rate_id)


async def add_shipping_method(work: Work, ask: KeepShippingMethod) -> asyncpg.Record:
    """Adds a way to send."""
    values = ask.model_dump(exclude={"price", "free_from"})
    values["currency"] = await _shops_currency(work, price=ask.price, free_from=ask.free_from)
    values["price"] = ask.price.amount
    values["free_from"] = ask.free_from.amount if ask.free_from else None
    return await _add(work, "shipping_method", values, queries.shipping_method_with_id, Conflict)


async def change_shipping_method(
    work: Work, method_id: UUID, ask: ChangeShippingMethod, matches: MatchesTag
) -> asyncpg.Record:
    """Changes a way to send; raises `NoSuchShippingMethod`."""
    row = await _locked(work, method_id, queries.shipping_method_with_id, NoSuchShippingMethod, matches)
    await _shops_currency(work, price=ask.price, free_from=ask.free_from)
    values = ask.model_dump(exclude_unset=True, exclude={"price", "free_from"})
    price = ask.price or MoneyShape(amount=row["price"], currency=row["currency"])
    kept = row["free_from"] if "free_from" not in ask.model_fields_set else None
    free_from = ask.free_from or (MoneyShape(amount=kept, currency=row["currency"]) if kept is not None else None)
    try:
        _check_prices(price, free_from)
    except ValueError as problem:
        raise Invalid(errors=[FieldError("free_from", str(problem))]) from problem
    values["price"], values["currency"] = price.amount, price.currency
    values["free_from"] = free_from.amount if free_from else None
    return await _change(work, "shipping_method", row, values, queries.shipping_method_with_id)


async def remove_shipping_method(work: Work, method_id: UUID, matches: MatchesTag) -> None:
    """Removes a way to send; raises `NoSuchShippingMethod`. When it was the last, the first sale makes a new one."""
    await _locked(work, method_id, queries.shipping_method_with_id, NoSuchShippingMethod, matches)
    await tables.delete_kept(work.db, "shipping_method", method_id)


def _check_prices(price: MoneyShape, free_from: MoneyShape | None) -> None:
    if price.amount < 0 or (free_from and free_from.amount < 0):
        raise ValueError("price: not below zero.")
    if free_from and free_from.currency != price.currency:
        raise ValueError("free_from: in the currency of the price.")


async def _add(
    work: Work, table: tables.Kept, values: dict[str, Any], read: Reader, taken: type[Conflict]
) -> asyncpg.Record:
    row_id = new_id()
    values = {"id": row_id, **values, "created_at": work.now}
    if not await tables.insert_kept(work.db, table, work.who.tenant_id, values):
        raise taken
    return await _there(work, row_id, read)


async def _locked(
    work: Work, row_id: UUID, read: Reader, missing: type[NotFound], matches: MatchesTag
) -> asyncpg.Record:
    """The row, locked, after `matches` has looked whether it is the version that the caller knows."""
    row = await read(work.db, row_id, locked=True)
    if row is None:
        raise missing
    matches(row)
    return row


async def _change(
    work: Work, table: tables.Kept, row: asyncpg.Record, values: dict[str, Any], read: Reader
) -> asyncpg.Record:
    if values:
        work.changed(dict(row), values)
        await tables.update_kept(work.db, table, row["id"], values)
    return await _there(work, row["id"], read)


async def _there(work: Work, row_id: UUID, read: Reader) -> asyncpg.Record:
    row = await read(work.db, row_id)
    if row is None:
        raise NotFound
    return row

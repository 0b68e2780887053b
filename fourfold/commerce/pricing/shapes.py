"""Coupons, tax rates and shipping methods as they leave."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from fourfold.commerce.pricing.quote import CouponKind
from fourfold.ground.money import MoneyShape


def _money(row: asyncpg.Record, column: str) -> MoneyShape | None:
    amount = row[column]
    return None if amount is None else MoneyShape(amount=amount, currency=row["currency"])


class CouponShape(BaseModel):
    """A coupon, and how often it has been used by orders that were not cancelled."""

    id: UUID
    code: str = Field(examples=["WELCOME10"])
    kind: CouponKind
    basis_points: int
    amount: MoneyShape | None
    buy: int
    free: int
    minimum: MoneyShape | None
    starts_at: datetime | None
    ends_at: datetime | None
    category_ids: list[UUID] | None
    usage_limit: int | None
    customer_limit: int | None
    used: int
    active: bool
    version: int
    created_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """From a row."""
        values: dict[str, Any] = {**dict(row), "minimum": _money(row, "minimum")}
        values["amount"] = _money(row, "amount") if row["kind"] == "amount" else None
        del values["currency"]
        return cls(**values)


class TaxRateShape(BaseModel):
    """A tax rate; 1900 basis points are 19 %."""

    id: UUID
    tax_class: str
    country: str
    region: str
    basis_points: int
    version: int
    created_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """From a row."""
        return cls(**dict(row))


class ShippingMethodShape(BaseModel):
    """A way to send; without countries it goes everywhere."""

    id: UUID
    name: str
    price: MoneyShape
    countries: list[str] | None
    free_from: MoneyShape | None
    max_weight_grams: int | None
    tax_class: str
    active: bool
    version: int
    created_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> Self:
        """From a row."""
        values: dict[str, Any] = {**dict(row), "price": _money(row, "price"), "free_from": _money(row, "free_from")}
        del values["currency"]
        return cls(**values)

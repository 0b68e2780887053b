"""What leaves of vendors and of the shop."""

from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field


class PostalAddress(BaseModel):
    """Where a business sits; it stands on its papers."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: str = Field("", max_length=200)
    line1: str = Field("", max_length=200, examples=["Hafenstraße 1"])
    line2: str = Field("", max_length=200)
    city: str = Field("", max_length=100, examples=["Hamburg"])
    region: str = Field("", max_length=100)
    postal_code: str = Field("", max_length=20, examples=["20457"])
    country: str = Field("", max_length=2, pattern=r"^([A-Z]{2})?$", examples=["DE"])


class VendorShape(BaseModel):
    """A vendor, as administrators and the vendor itself see it; `commission_bp` in hundredths of a percent."""

    id: UUID
    account_id: UUID | None
    name: str = Field(examples=["North Star"])
    slug: str = Field(examples=["north-star"])
    email: str
    house: bool = Field(description="Whether it is the shop itself.")
    status: str = Field(description="applied, approved or suspended", examples=["approved"])
    commission_bp: int = Field(examples=[1000])
    address: PostalAddress
    tax_id: str
    version: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> "VendorShape":
        """From a row of `queries`."""
        return cls(**{name: row[name] for name in cls.model_fields})


class ShopShape(BaseModel):
    """The shop's own facts."""

    name: str = Field(examples=["Demo Shop"])
    currency: str = Field(examples=["EUR"])
    prices_include_tax: bool
    address: PostalAddress
    tax_id: str
    version: int

"""What leaves of stock."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field


class LevelShape(BaseModel):
    """The stock of a variant in one place. `available` may still be bought, pieces that are sold ahead included."""

    location: str = Field(examples=["main"])
    on_hand: int
    reserved: int = Field(description="Set aside for orders that wait to be paid.")
    allocated: int = Field(description="Promised to paid orders, and not sent yet.")
    backorder_limit: int
    low_at: int
    available: int
    updated_at: datetime


class StockShape(BaseModel):
    """The stock of a variant, in all places together and in each."""

    variant_id: UUID
    on_hand: int
    reserved: int
    allocated: int
    available: int
    low_at: int
    backorder_limit: int
    levels: list[LevelShape]

    @classmethod
    def of(cls, variant_id: UUID, rows: Sequence[asyncpg.Record]) -> "StockShape":
        """From rows of `queries`."""
        names = ("on_hand", "reserved", "allocated", "available", "low_at", "backorder_limit")
        sums = {name: sum(row[name] for row in rows) for name in names}
        return cls(variant_id=variant_id, levels=[LevelShape(**dict(row)) for row in rows], **sums)


class MovementShape(BaseModel):
    """An entry of the ledger; the entries of a place add up to what is on hand there."""

    id: UUID
    location: str
    delta: int
    reason: str = Field(examples=["received"])
    cause_id: UUID | None
    note: str
    actor: str
    at: datetime


class LowShape(BaseModel):
    """A variant of which few pieces are left; `left` is below zero when more is sold ahead than there is."""

    variant_id: UUID
    product_id: UUID
    title: str
    sku: str | None
    options: dict[str, str]
    location: str
    low_at: int
    left: int

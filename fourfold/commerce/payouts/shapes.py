"""What leaves of the ledger."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from fourfold.commerce.payouts.rules import Account
from fourfold.ground.money import Money, MoneyShape


class BalanceShape(BaseModel):
    """What a vendor has to expect."""

    vendor_id: UUID
    vendor_name: str
    pending: MoneyShape = Field(description="Sold and not delivered yet.")
    available: MoneyShape = Field(description="Earned and not paid out; below zero after refunds of what was paid out.")
    paid_out: MoneyShape
    commission: MoneyShape = Field(description="What the platform kept, refunds taken off.")

    @classmethod
    def of(cls, row: asyncpg.Record) -> "BalanceShape":
        """From a row of `queries`."""
        sums = {
            name: MoneyShape.of(Money(row[name], row["currency"]))
            for name in ("pending", "available", "paid_out", "commission")
        }
        return cls(vendor_id=row["vendor_id"], vendor_name=row["vendor_name"], **sums)


class LedgerEntryShape(BaseModel):
    """One line of the ledger: the entries of one cause add up to nothing."""

    id: UUID
    cause: Literal["payment", "refund", "earning", "payout"]
    cause_id: UUID
    account: Account
    vendor_id: UUID | None
    order_id: UUID | None
    amount: MoneyShape
    at: datetime

    @classmethod
    def of(cls, row: asyncpg.Record) -> "LedgerEntryShape":
        """From a row of `queries`."""
        return cls(
            id=row["id"],
            cause=row["cause"],
            cause_id=row["cause_id"],
            account=row["account"],
            vendor_id=row["vendor_id"],
            order_id=row["order_id"],
            amount=MoneyShape.of(Money(row["amount"], row["currency"])),
            at=row["at"],
        )

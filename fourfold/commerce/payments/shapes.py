"""What leaves of payments."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from fourfold.ground.money import Money, MoneyShape

PaymentStatus = Literal["pending", "completed", "failed"]


class PaymentShape(BaseModel):
    """A payment for whoever is to pay: the secret lets a guest see the order."""

    id: UUID
    order_id: UUID
    amount: MoneyShape
    status: PaymentStatus = Field(examples=["pending"])
    client_secret: str = Field(examples=["pay_8s2Vd0..."])


class PaymentOutcomeShape(BaseModel):
    """What has become of a try to pay."""

    id: UUID
    status: PaymentStatus = Field(examples=["completed"])
    failure_code: str | None = Field(None, description="Why it failed.", examples=["card_declined"])


class PaymentDetailsShape(BaseModel):
    """A payment, as the buyer and the shop see it."""

    id: UUID
    order_id: UUID
    amount: MoneyShape
    refunded: MoneyShape
    status: PaymentStatus = Field(examples=["completed"])
    failure_code: str | None = Field(None, examples=["card_declined"])
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> "PaymentDetailsShape":
        """From a row of `queries`."""
        return cls(
            id=row["id"],
            order_id=row["order_id"],
            amount=MoneyShape.of(Money(row["amount"], row["currency"])),
            refunded=MoneyShape.of(Money(row["refunded"], row["currency"])),
            status=row["status"],
            failure_code=row["failure_code"],
            created_at=row["created_at"],
            finished_at=row["finished_at"],
        )


class HeardShape(BaseModel):
    """How many of the gateway's events changed something, and how many were known, unknown or late."""

    applied: int
    ignored: int

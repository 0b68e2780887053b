"""What leaves of refunds."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from fourfold.ground.money import Money, MoneyShape


class RefundedLineShape(BaseModel):
    """Pieces of a line of the order, and what goes back for them."""

    line_id: UUID
    quantity: int
    amount: MoneyShape


class RefundShape(BaseModel):
    """A refund: pending until the gateway has paid it back."""

    id: UUID
    order_id: UUID
    payment_id: UUID
    amount: MoneyShape
    status: Literal["pending", "completed", "failed"] = Field(examples=["pending"])
    reason: str
    restock: bool
    lines: list[RefundedLineShape]
    failure_code: str | None
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> "RefundShape":
        """From a row of `queries`."""
        return cls(
            id=row["id"],
            order_id=row["order_id"],
            payment_id=row["payment_id"],
            amount=MoneyShape.of(Money(row["amount"], row["currency"])),
            status=row["status"],
            reason=row["reason"],
            restock=row["restock"],
            lines=[
                RefundedLineShape(
                    line_id=each["line_id"],
                    quantity=each["quantity"],
                    amount=MoneyShape.of(Money(each["amount"], row["currency"])),
                )
                for each in row["lines"]
            ],
            failure_code=row["failure_code"],
            created_at=row["created_at"],
            finished_at=row["finished_at"],
        )

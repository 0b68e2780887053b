"""What leaves of fulfilments."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.commerce.orders.rules import Status
from fourfold.ground.money import MoneyShape


class FulfilmentLineShape(BaseModel):
    """What is in the parcel."""

    id: UUID
    variant_id: UUID
    title: str
    sku: str | None
    options: dict[str, str]
    quantity: int
    refunded_quantity: int
    total: MoneyShape


class FulfilmentShape(BaseModel):
    """A vendor's part of an order: what to send where, and how far it is."""

    id: UUID
    order_id: UUID
    order_number: str = Field(examples=["260814-7K3Q-X9MB"])
    vendor_id: UUID
    vendor_name: str
    status: Status = Field(examples=["processing"])
    total: MoneyShape
    commission: MoneyShape
    carrier: str | None
    tracking_number: str | None
    placed_at: datetime
    shipped_at: datetime | None
    delivered_at: datetime | None
    shipping_address: dict[str, str | None]
    lines: list[FulfilmentLineShape]

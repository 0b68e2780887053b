"""Orders as they leave, and the addresses that come in with them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fourfold.commerce.carts.shapes import CartShape, ReasonShape, TotalsShape
from fourfold.commerce.orders.rules import Status
from fourfold.commerce.pricing.countries import WITHOUT_POSTAL_CODES, CountryCode
from fourfold.commerce.pricing.quote import CouponKind
from fourfold.ground.money import MoneyShape

PaymentStatus = Literal["unpaid", "paid", "partially_refunded", "refunded"]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class AddressShape(BaseModel):
    """A postal address; the postal code may be empty in countries that have none."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={
            "examples": [
                {
                    "name": "Ada Byron",
                    "line1": "12 Park Lane",
                    "city": "Berlin",
                    "postal_code": "10115",
                    "country": "DE",
                }
            ]
        },
    )
    name: Text
    line1: Text
    line2: Annotated[str, Field(max_length=200)] | None = None
    city: Text
    region: Annotated[str, Field(max_length=100)] | None = None
    postal_code: Annotated[str, Field(max_length=20)]
    country: CountryCode

    @model_validator(mode="after")
    def _has_postal_code(self) -> "AddressShape":
        if not self.postal_code and self.country not in WITHOUT_POSTAL_CODES:
            raise ValueError("postal_code: addresses of this country have one.")
        return self


class OrderHeadShape(BaseModel):
    """What a new order is called."""

    id: UUID
    number: str = Field(examples=["260814-7K3Q-X9MB"])
    status: Status
    total: MoneyShape


class PaymentToMakeShape(BaseModel):
    """The payment that the order waits for; a guest sees the order with the secret, as `X-Order-Token`."""

    id: UUID
    client_secret: str
    status: Literal["pending", "completed", "failed"]


class PlacedShape(BaseModel):
    """A new order, and how to pay it."""

    order: OrderHeadShape
    payment: PaymentToMakeShape


class OrderLineShape(BaseModel):
    """What was bought, as it was then."""

    id: UUID
    fulfilment_id: UUID
    vendor_id: UUID
    product_id: UUID
    variant_id: UUID
    title: str
    sku: str | None
    options: dict[str, str]
    image_url: str | None
    quantity: int
    refunded_quantity: int
    unit_price: MoneyShape
    discount: MoneyShape
    tax: MoneyShape
    tax_basis_points: int
    total: MoneyShape


class VendorNameShape(BaseModel):
    """A vendor, by the name that it had when the order was placed."""

    id: UUID
    name: str


class PartShape(BaseModel):
    """One vendor's part of an order; its commission is for the vendor and administrators."""

    id: UUID
    status: Status
    vendor: VendorNameShape
    carrier: str | None
    tracking_number: str | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    totals: TotalsShape
    commission: MoneyShape | None
    line_ids: list[UUID]


class OrderPaymentShape(BaseModel):
    """A try to pay; the secret is shown to the buyer while it waits."""

    id: UUID
    status: Literal["pending", "completed", "failed"]
    amount: MoneyShape
    refunded: MoneyShape
    failure_code: str | None
    created_at: datetime
    finished_at: datetime | None
    client_secret: str | None


class OrderRefundShape(BaseModel):
    """Money that goes back."""

    id: UUID
    status: Literal["pending", "completed", "failed"]
    amount: MoneyShape
    reason: str
    created_at: datetime
    finished_at: datetime | None


class MoveShape(BaseModel):
    """One move of the order or of a part of it; a refund moves the order's payment status."""

    at: datetime
    was: Status | PaymentStatus | None
    became: Status | PaymentStatus
    note: str
    fulfilment_id: UUID | None
    actor: str = Field(description="Who moved it: in full for administrators, otherwise only what kind of caller.")


class ChosenMethodShape(BaseModel):
    """The way to send, as it was when the order was placed."""

    id: UUID
    name: str


class UsedCouponShape(BaseModel):
    """A coupon, and what it took off."""

    code: str
    kind: CouponKind
    amount: MoneyShape


class OrderShape(BaseModel):
    """An order. A vendor is given its own part: its lines, totals and moves, and the address to send to."""

    id: UUID
    number: str
    status: Status
    payment_status: PaymentStatus
    email: str | None
    currency: str
    prices_include_tax: bool
    totals: TotalsShape
    refunded: MoneyShape | None
    shipping_address: AddressShape
    billing_address: AddressShape | None
    shipping_method: ChosenMethodShape
    coupons: list[UsedCouponShape]
    explanation: list[ReasonShape]
    placed_at: datetime
    paid_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    hold_until: datetime | None
    lines: list[OrderLineShape]
    fulfilments: list[PartShape]
    payments: list[OrderPaymentShape]
    refunds: list[OrderRefundShape]
    history: list[MoveShape]
    invoice_url: str | None


class OrderItemShape(BaseModel):
    """An order in a list."""

    id: UUID
    number: str
    status: Status
    payment_status: PaymentStatus
    total: MoneyShape
    refunded: MoneyShape
    email: str
    placed_at: datetime
    pieces: int
    titles: list[str] = Field(description="Its first three lines.")


class NotSoldShape(BaseModel):
    """What was bought once and cannot be bought now."""

    variant_id: UUID
    title: str
    sku: str | None
    options: dict[str, str]
    quantity: int


class ReorderedShape(BaseModel):
    """The cart with what can still be bought, and what cannot."""

    cart: CartShape
    not_sold: list[NotSoldShape]

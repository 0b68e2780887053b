"""What others may know of commerce: its events."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from fourfold.contracts import figures
from fourfold.ground.metrics import Count
from fourfold.ground.outbox import Event


class _OfOrder(Event):
    order_id: UUID

    @property
    def subject_id(self) -> UUID:
        """The order."""
        return self.order_id


class OrderPlaced(_OfOrder):
    """A cart has become an order; its stock is held, and it waits to be paid."""

    type: ClassVar[str] = "commerce.order.placed"
    number: str
    email: str
    account_id: UUID | None
    total: int
    currency: str

    def counts(self) -> Sequence[Count]:
        """One order."""
        return [(figures.orders_placed_total, 1)]


class OrderPaid(_OfOrder):
    """An order has been paid in full."""

    type: ClassVar[str] = "commerce.order.paid"
    payment_id: UUID
    total: int
    currency: str

    def counts(self) -> Sequence[Count]:
        """One order, and its money."""
        return [(figures.orders_paid_total, 1), (figures.paid_minor_units_total.labels(self.currency), self.total)]


class OrderCancelled(_OfOrder):
    """An order will not be carried out; its stock is free again."""

    type: ClassVar[str] = "commerce.order.cancelled"
    reason: str

    def counts(self) -> Sequence[Count]:
        """One order."""
        return [(figures.orders_cancelled_total, 1)]


class FulfilmentShipped(_OfOrder):
    """A vendor has sent its part of an order."""

    type: ClassVar[str] = "commerce.fulfilment.shipped"
    fulfilment_id: UUID
    vendor_id: UUID


class FulfilmentDelivered(_OfOrder):
    """A vendor's part of an order has arrived."""

    type: ClassVar[str] = "commerce.fulfilment.delivered"
    fulfilment_id: UUID
    vendor_id: UUID


class PaymentFailed(_OfOrder):
    """A try to pay an order has failed."""

    type: ClassVar[str] = "commerce.payment.failed"
    payment_id: UUID
    failure_code: str


class RefundCompleted(_OfOrder):
    """Money has gone back to the buyer."""

    type: ClassVar[str] = "commerce.refund.completed"
    refund_id: UUID
    amount: int
    currency: str

    def counts(self) -> Sequence[Count]:
        """One refund, and its money."""
        return [(figures.refunds_total, 1), (figures.refunded_minor_units_total.labels(self.currency), self.amount)]


class StockChanged(Event):
    """Whether a product can be bought may have changed: it ran out, or came back."""

    type: ClassVar[str] = "commerce.stock.changed"
    product_id: UUID

    @property
    def subject_id(self) -> UUID:
        """The product."""
        return self.product_id


class StockRanLow(Event):
    """A variant has come down to the level at which somebody wants to know."""

    type: ClassVar[str] = "commerce.stock.ran_low"
    variant_id: UUID
    available: int

    @property
    def subject_id(self) -> UUID:
        """The variant."""
        return self.variant_id


class ProductPublished(Event):
    """A product can be found and bought from now on."""

    type: ClassVar[str] = "commerce.product.published"
    product_id: UUID
    vendor_id: UUID
    title: str

    @property
    def subject_id(self) -> UUID:
        """The product."""
        return self.product_id


class ImportFinished(Event):
    """A file of products has been imported."""

    type: ClassVar[str] = "commerce.import.finished"
    import_id: UUID
    created: int
    updated: int
    failed: int

    @property
    def subject_id(self) -> UUID:
        """The import."""
        return self.import_id

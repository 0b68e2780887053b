"""The port that a payment provider answers: what the shop asks of a gateway, and what it may answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import UUID

from fourfold.ground.money import Money
from fourfold.ground.refusals import Unauthenticated

PROVIDER = "simulated"

ChargeStatus = Literal["pending", "authorized", "succeeded", "failed", "voided"]


class GatewayUnreachable(Exception):
    """No answer came: whether the gateway did what it was asked must be found out later."""


class GatewayRefused(Exception):
    """The gateway will not do it, now or later; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BadSignature(Unauthenticated):
    """401: the message does not come from the gateway, or is too old."""

    code = "commerce.bad_signature"
    title = "This message does not bear the gateway's signature"


@dataclass(frozen=True, slots=True)
class ChargeAsked:
    """A charge: asking twice for the same id makes one. Without `capture` the money is only set aside."""

    tenant_id: UUID
    charge_id: UUID
    amount: Money
    card: str
    capture: bool = True


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge as the gateway's books have it; `failure_code` says why it failed."""

    id: UUID
    status: ChargeStatus
    failure_code: str | None = None


@dataclass(frozen=True, slots=True)
class RefundAsked:
    """Money to go back from a charge: asking twice for the same id pays once."""

    tenant_id: UUID
    refund_id: UUID
    charge_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """Something that the gateway tells: `kind` is charge.<status> or refund.succeeded; `data` is what it sent."""

    id: str
    kind: str
    charge: Charge
    refund_id: UUID | None
    data: Mapping[str, Any]


class Gateway(Protocol):
    """Takes and gives back money. Every call may raise `GatewayUnreachable`, after which it may be repeated."""

    async def charge(self, asked: ChargeAsked) -> Charge:
        """Charges a card, or answers with the charge that was made under this id before."""

    async def capture(self, tenant_id: UUID, charge_id: UUID) -> Charge:
        """Takes money that was set aside; raises `GatewayRefused` when there is none."""

    async def void(self, tenant_id: UUID, charge_id: UUID) -> Charge:
        """Gives up a charge that is not settled; answers with what it is now, which may be succeeded."""

    async def refund(self, asked: RefundAsked) -> None:
        """Pays back; raises `GatewayRefused`."""

    async def find(self, tenant_id: UUID, charge_id: UUID) -> Charge | None:
        """The charge made under this id, or None when the gateway knows of none."""

    def read_events(self, tenant_id: UUID, headers: Mapping[str, str], body: bytes) -> Sequence[GatewayEvent]:
        """The events in a message from the gateway; raises `BadSignature` unless it is fresh and signed."""

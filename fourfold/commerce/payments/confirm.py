"""A payment is confirmed with a card: claimed, charged with no transaction open, and settled."""

import secrets
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from fourfold.commerce.payments import queries, tables
from fourfold.commerce.payments.cards import CardNumber
from fourfold.commerce.payments.open import OrderNotPayable
from fourfold.commerce.payments.provider import Charge, ChargeAsked, ChargeStatus, Gateway, GatewayUnreachable
from fourfold.commerce.payments.queries import NoSuchPayment
from fourfold.commerce.payments.settle import ORDER_CANCELLED, PATIENCE, settle_payment
from fourfold.commerce.payments.shapes import PaymentOutcomeShape, PaymentStatus
from fourfold.ground.logs import log
from fourfold.ground.money import Money
from fourfold.ground.work import Desk

_log = log("fourfold.payments")

_OUTCOMES: dict[ChargeStatus, PaymentStatus] = {
    "pending": "pending",
    "authorized": "pending",
    "succeeded": "completed",
    "failed": "failed",
    "voided": "failed",
}


class ConfirmPayment(BaseModel):
    """The card to charge. It goes to the gateway and is not kept."""

    model_config = ConfigDict(extra="forbid")
    card: CardNumber
    client_secret: str | None = Field(None, max_length=100, description="The payment's secret, checked when given.")


async def confirm_payment(desk: Desk, payment_id: UUID, ask: ConfirmPayment) -> PaymentOutcomeShape:
    """Charges the card, once however often it is asked; pending when the gateway has not decided or not answered."""
    claimed = await _claim(desk, payment_id, ask)
    if claimed is None:
        found = await _as_it_stands(desk, payment_id, ask)
        if found is not None:
            return found
        # The right to charge was given back just now, and whoever asks again is there: no need to wait for the search.
        claimed = await _claim(desk, payment_id, ask)
    if claimed is None:
        return PaymentOutcomeShape(id=payment_id, status="pending", failure_code=None)
    amount = Money(claimed["amount"], claimed["currency"])
    try:
        charge = await desk.ask(Gateway).charge(ChargeAsked(desk.who.tenant_id, payment_id, amount, ask.card))
    except GatewayUnreachable:
        _log.warning("the gateway did not answer", payment=str(payment_id))
        return PaymentOutcomeShape(id=payment_id, status="pending", failure_code=None)
    return await _settled(desk, charge)


async def _claim(desk: Desk, payment_id: UUID, ask: ConfirmPayment) -> asyncpg.Record | None:
    async with desk.work() as work:
        claimed = await tables.claim_payment(work.db, payment_id, work.now)
        if claimed is not None:
            _must_know(ask, claimed["client_secret"])
        return claimed


async def _settled(desk: Desk, charge: Charge) -> PaymentOutcomeShape:
    outcome = _OUTCOMES[charge.status]
    if outcome != "pending":
        async with desk.work() as work:
            await settle_payment(work, charge.id, charge)
    return PaymentOutcomeShape(id=charge.id, status=outcome, failure_code=charge.failure_code)


async def _as_it_stands(desk: Desk, payment_id: UUID, ask: ConfirmPayment) -> PaymentOutcomeShape | None:
    """The state of a payment that is final or being charged by another request; None when that request came to nothing.

    It is never charged from here.
    """
    async with desk.view() as view:
        payment = await queries.payment_with_id(view.db, payment_id)
    if payment is None:
        raise NoSuchPayment
    _must_know(ask, payment["client_secret"])
    # Of a pending order it was freed at this very moment, by the search for lost charges: it may be confirmed again.
    if payment["status"] == "pending" and payment["confirming_at"] is None and payment["order_status"] != "pending":
        raise OrderNotPayable(f"The order is {payment['order_status']}.")
    if payment["failure_code"] == ORDER_CANCELLED:
        raise OrderNotPayable("The order is cancelled.")
    if payment["status"] == "pending":
        charge = await desk.ask(Gateway).find(desk.who.tenant_id, payment_id)
        if charge is not None:
            return await _settled(desk, charge)
        async with desk.work() as work:
            if await tables.unclaim_payment(work.db, payment_id, work.now - PATIENCE):
                return None
    return PaymentOutcomeShape(id=payment_id, status=payment["status"], failure_code=payment["failure_code"])


def _must_know(ask: ConfirmPayment, secret: str) -> None:
    if ask.client_secret is not None and not secrets.compare_digest(ask.client_secret.encode(), secret.encode()):
        raise NoSuchPayment

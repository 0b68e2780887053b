"""Durable work of payments: finding out what became of charges without an answer, and giving up those not wanted."""

from uuid import UUID

import asyncpg
from pydantic import BaseModel

from fourfold.commerce.payments import queries, tables
from fourfold.commerce.payments.provider import Gateway, GatewayRefused
from fourfold.commerce.payments.settle import ORDER_CANCELLED, PATIENCE, fail_payment, settle_payment
from fourfold.ground.durable import job
from fourfold.ground.logs import log
from fourfold.ground.work import Desk

BATCH = 200

_log = log("fourfold.payments")


class ReconcilePayments(BaseModel):
    """All payments of the tenant that wait for an answer."""


class GiveUpPayment(BaseModel):
    """A payment of an order that is cancelled."""

    payment_id: UUID


@job("commerce.payments.reconcile_payments", steps=True)
async def reconcile_payments(desk: Desk, _ask: ReconcilePayments) -> None:
    """Asks the gateway about every charge that has been without an answer for twenty seconds."""
    async with desk.view() as view:
        waiting = await queries.payments_without_answer(view.db, view.now - PATIENCE, BATCH)
    for payment in waiting:
        await _reconcile(desk, payment)


async def _reconcile(desk: Desk, payment: asyncpg.Record) -> None:
    charge = await desk.ask(Gateway).find(desk.who.tenant_id, payment["id"])
    async with desk.work() as work:
        if charge is not None:
            if await settle_payment(work, payment["id"], charge):
                _log.info("reconciled", payment=str(payment["id"]), charge=charge.status)
        elif payment["order_status"] == "cancelled":
            await fail_payment(work, payment["id"], ORDER_CANCELLED)
        else:
            # The gateway has never heard of it: the buyer may try again, and a late request still makes one charge.
            await tables.unclaim_payment(work.db, payment["id"], work.now - PATIENCE)


@job("commerce.payments.give_up_payment", steps=True)
async def give_up_payment(desk: Desk, ask: GiveUpPayment) -> None:
    """Ends the open payment of a cancelled order; money that has come in spite of it goes back."""
    async with desk.view() as view:
        payment = await queries.payment_with_id(view.db, ask.payment_id)
    if payment is None or payment["status"] != "pending":
        return
    if payment["confirming_at"] is None:
        async with desk.work() as work:
            await fail_payment(work, ask.payment_id, ORDER_CANCELLED)
        return
    try:
        charge = await desk.ask(Gateway).void(desk.who.tenant_id, ask.payment_id)
    except GatewayRefused:
        # The charge is on its way, if there is one: reconciling finds it.
        return
    async with desk.work() as work:
        await settle_payment(work, ask.payment_id, charge)

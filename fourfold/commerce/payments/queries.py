"""Reads of payments, and who may see them."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from fourfold.commerce.payments.shapes import PaymentDetailsShape
from fourfold.ground.db import Connection
from fourfold.ground.refusals import NotFound
from fourfold.ground.who import Who
from fourfold.ground.work import View


class NoSuchPayment(NotFound):
    """404: there is no such payment, or it is not the caller's to see."""

    code = "commerce.no_such_payment"


_PAYMENT = """
SELECT p.id, p.order_id, p.amount, p.currency, p.refunded, p.status, p.failure_code, p.client_secret, p.confirming_at,
  p.created_at, p.finished_at, o.status AS order_status, o.account_id
FROM commerce.payment p JOIN commerce.customer_order o ON o.tenant_id = p.tenant_id AND o.id = p.order_id
"""


async def payment_with_id(db: Connection, payment_id: UUID) -> asyncpg.Record | None:
    """A payment with the status and the account of its order."""
    return await db.fetchrow(f"{_PAYMENT} WHERE p.id = $1", payment_id)


async def payments_of_order(db: Connection, order_id: UUID) -> list[asyncpg.Record]:
    """The tries to pay an order, oldest first."""
    return await db.fetch(f"{_PAYMENT} WHERE p.order_id = $1 ORDER BY p.id", order_id)


async def pending_payment_of(db: Connection, order_id: UUID) -> asyncpg.Record | None:
    """The payment of an order that has not ended."""
    return await db.fetchrow(f"{_PAYMENT} WHERE p.order_id = $1 AND p.status = 'pending'", order_id)


async def payments_without_answer(db: Connection, claimed_before: datetime, limit: int) -> list[asyncpg.Record]:
    """Pending payments that somebody began to charge before that time."""
    return await db.fetch(
        f"{_PAYMENT} WHERE p.status = 'pending' AND p.confirming_at < $1 ORDER BY p.confirming_at LIMIT $2",
        claimed_before, limit,
    )  # fmt: skip


async def states_of(db: Connection, payment_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The status of each of these payments that exist."""
    rows = await db.fetch("SELECT id, status FROM commerce.payment WHERE id = ANY($1::uuid[])", payment_ids)
    return {row["id"]: row["status"] for row in rows}


async def order_to_pay(db: Connection, order_id: UUID) -> asyncpg.Record | None:
    """What a new try to pay needs of the order, locked, with the secrets of the earlier tries."""
    return await db.fetchrow(
        "SELECT o.id, o.account_id, o.status, o.total, o.currency, ARRAY(SELECT p.client_secret"
        " FROM commerce.payment p WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id) AS secrets"
        " FROM commerce.customer_order o WHERE o.id = $1 FOR UPDATE OF o",
        order_id,
    )


async def payment_seen(view: View, payment_id: UUID, token: str | None) -> PaymentDetailsShape:
    """A payment for its buyer, for administrators, and for a guest who knows its secret; else `NoSuchPayment`."""
    payment = await payment_with_id(view.db, payment_id)
    if payment is None or not is_payer(view.who, payment["account_id"], [payment["client_secret"]], token):
        raise NoSuchPayment
    return PaymentDetailsShape.of(payment)


def is_payer(who: Who, account_id: UUID | None, known: Sequence[str], token: str | None) -> bool:
    """Whether the caller is the buyer, an administrator, or a guest who shows one of the order's secrets."""
    if who.may("commerce:orders:read_all") or (account_id is not None and account_id == who.account_id):
        return True
    shown = (token or "").encode()
    return any(secrets.compare_digest(shown, each.encode()) for each in known)

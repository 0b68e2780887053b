"""Everything at once: payments by every card, cancelling, shipping and refunds side by side, and the books add up."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx

from fourfold.commerce.gateway.cards import CARDS
from fourfold.ground.clock import ShiftedClock
from tests.builders.commerce import a_variant, an_order, made
from tests.commerce.payments.test_cards import Eventually, Sql
from tests.commerce.refunds.test_refunds import refund
from tests.conftest import Tenant, wait

ROUNDS = 3


def test_the_books_add_up(tenant: Tenant, eventually: Eventually, clock: ShiftedClock, admin_sql: Sql) -> None:
    """C-30, C-31, C-33, C-34, C-35: whatever happens side by side, no money, stock or number is lost or doubled."""
    chance = random.Random(7)
    vendors = [tenant.sign_up("vendor"), tenant.sign_up("vendor")]
    variants = [a_variant(vendor, price=price, stock=99) for vendor in vendors for price in (1999, 333)]
    orders = [
        (an_order(tenant.visitor, *((each, 2) for each in chance.sample(variants, 2))), card)
        for card in [*CARDS] * ROUNDS
    ]

    def pay_or_spoil(at: int) -> None:
        placed, card = orders[at]
        order_id, payment_id = placed["order"]["id"], placed["payment"]["id"]
        acts: list[Callable[[], httpx.Response | None]] = [
            lambda: tenant.visitor.post(f"/v1/commerce/payments/{payment_id}/confirm", json={"card": card}),
            lambda: tenant.visitor.post(f"/v1/commerce/payments/{payment_id}/confirm", json={"card": card}),
            lambda: tenant.owner.post(f"/v1/commerce/orders/{order_id}/cancel", json={}),
            lambda: refund(tenant.owner, {"id": order_id}, amount={"amount": 77, "currency": "EUR"}),
            lambda: refund(tenant.owner, {"id": order_id}),
            lambda: _ship_all(tenant, order_id),
        ]
        if at % 3:
            acts.pop(2)
        for act in chance.sample(acts, len(acts)):
            answer = act()
            assert answer is None or answer.status_code < 500, answer.text

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(pay_or_spoil, range(len(orders))))
    wait(clock, admin_sql, timedelta(minutes=2))

    def broken() -> list[dict[str, Any]]:
        books = made(tenant.owner.get("/v1/commerce/books", params={"grace_seconds": 0}), 200)
        return [each for each in books["checks"] if not each["ok"]]

    # Once: what the clock brings about a moment later is under way again.
    eventually(lambda: not broken())


def _ship_all(tenant: Tenant, order_id: str) -> None:
    parcels = made(tenant.owner.get("/v1/commerce/fulfilments", params={"order_id": order_id}), 200)["items"]
    for parcel in parcels:
        for move in ("ship", "deliver"):
            answer = tenant.owner.post(
                f"/v1/commerce/fulfilments/{parcel['id']}/{move}", json={} if move == "ship" else None
            )
            assert answer.status_code in {200, 409}, answer.text

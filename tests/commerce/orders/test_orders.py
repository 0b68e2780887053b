"""Placed orders: seen by those they concern, cancelled in time, expired, ordered again."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from fourfold.commerce.orders.rules import ORDER_MOVES, STATUSES, status_from_parts
from fourfold.commerce.orders.shapes import OrderItemShape, OrderShape
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.pages import Page
from tests.builders.commerce import (
    a_paid_order,
    a_product,
    a_variant,
    an_order,
    made,
    order_of,
    pay,
)
from tests.conftest import Caller, Tenant, wait

ORDERS = "/v1/commerce/orders"
Sql = Callable[..., list[dict[str, Any]]]
LEVEL = "SELECT on_hand, reserved, allocated FROM commerce.stock_level WHERE variant_id = $1"


def test_an_order_is_for_those_it_concerns(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-30: its buyer, administrators and whoever has the payment's secret see an order; all others are told 404."""
    buyer, stranger, vendor = tenant.sign_up(), tenant.sign_up(), tenant.sign_up("vendor")
    placed = an_order(buyer, (a_variant(tenant.owner), 1))
    path, token = f"{ORDERS}/{placed['order']['id']}", placed["payment"]["client_secret"]
    for caller in (buyer, tenant.owner, tenant.sign_up("admin")):
        OrderShape.model_validate(made(caller.get(path), 200))
    made(tenant.visitor.get(path, headers={"X-Order-Token": token}), 200)
    made(tenant.visitor.get(path, params={"token": token}), 200)
    nowhere = stranger.get(f"{ORDERS}/{uuid4()}").json()
    for caller in (stranger, vendor, tenant.visitor, other_tenant.owner, other_tenant.visitor):
        answer = caller.get(path, headers={"X-Order-Token": "pay_guess"})
        assert answer.status_code == 404
        assert {**answer.json(), "request_id": ""} == {**nowhere, "request_id": ""}
    assert other_tenant.visitor.get(path, headers={"X-Order-Token": token}).status_code == 404
    assert tenant.visitor.get(f"{ORDERS}/not-an-id").status_code == 422


def test_the_secret_is_the_buyers(tenant: Tenant) -> None:
    """C-34: an open payment's secret is shown to the buyer, and to no administrator."""
    buyer = tenant.sign_up()
    placed = an_order(buyer, (a_variant(tenant.owner), 1))
    path = f"{ORDERS}/{placed['order']['id']}"
    assert buyer.get(path).json()["payments"][0]["client_secret"] == placed["payment"]["client_secret"]
    assert tenant.owner.get(path).json()["payments"][0]["client_secret"] is None
    pay(buyer, placed)
    assert buyer.get(path).json()["payments"][0]["client_secret"] is None


def test_orders_are_listed(tenant: Tenant) -> None:
    """C-32: buyers list their own, administrators all; filters hold, and pages join without a gap."""
    variant = a_variant(tenant.owner, stock=50)
    one, two = tenant.sign_up(), tenant.sign_up()
    mine = [an_order(one, (variant, 1))["order"]["id"] for _ in range(5)]
    other = a_paid_order(two, (variant, 1))["id"]

    def listed(caller: Caller, **params: Any) -> list[str]:
        page = made(caller.get(ORDERS, params=params), 200)
        Page[OrderItemShape].model_validate(page)
        return [item["id"] for item in page["items"]]

    assert listed(one) == mine[::-1]
    assert listed(two) == [other]
    assert listed(tenant.owner) == [other, *mine[::-1]]
    assert listed(tenant.owner, mine=True) == []
    assert listed(tenant.owner, status="processing") == [other]
    hour = timedelta(hours=1)
    now = datetime.now(UTC)
    assert listed(one, **{"from": (now - hour).isoformat(), "to": (now + hour).isoformat()}) == mine[::-1]
    assert listed(one, **{"from": (now + hour).isoformat()}) == []
    first = made(one.get(ORDERS, params={"limit": 2}), 200)
    second = made(one.get(ORDERS, params={"limit": 3, "cursor": first["next"]}), 200)
    assert [item["id"] for item in first["items"] + second["items"]] == mine[::-1]
    assert second["next"] is None
    assert one.get(ORDERS, params={"cursor": first["next"], "status": "pending"}).status_code == 400
    assert two.get(ORDERS, params={"limit": 0}).status_code == 422
    assert tenant.visitor.get(ORDERS).status_code == 401


def test_a_buyer_cancels(tenant: Tenant, admin_sql: Sql) -> None:
    """C-30: cancelling frees the stock, closes the parts, keeps the reason; a second time is refused."""
    variant = a_variant(tenant.owner, stock=5)
    buyer = tenant.sign_up()
    placed = an_order(buyer, (variant, 2))
    path = f"{ORDERS}/{placed['order']['id']}/cancel"
    order = made(buyer.post(path, json={"reason": "changed my mind"}), 200)
    assert (order["status"], order["cancel_reason"]) == ("cancelled", "changed my mind")
    assert [part["status"] for part in order["fulfilments"]] == ["cancelled"]
    assert order["history"][-1]["note"] == "changed my mind"
    assert admin_sql(LEVEL, variant) == [{"on_hand": 5, "reserved": 0, "allocated": 0}]
    again = buyer.post(path)
    assert (again.status_code, again.json()["code"]) == (409, "commerce.illegal_move")
    confirmed = buyer.post(
        f"/v1/commerce/payments/{placed['payment']['id']}/confirm", json={"card": "4242424242424242"}
    )
    assert confirmed.status_code == 409


def test_cancelling_is_for_buyer_and_administrators(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-30: others find no order; a reason that is too long or of the wrong type is refused."""
    buyer, stranger = tenant.sign_up(), tenant.sign_up()
    placed = an_order(buyer, (a_variant(tenant.owner), 1))
    path = f"{ORDERS}/{placed['order']['id']}/cancel"
    for caller in (stranger, tenant.sign_up("vendor"), other_tenant.owner):
        assert caller.post(path).json()["code"] == "commerce.no_such_order"
    assert tenant.visitor.post(path).status_code == 401
    for reason in ("x" * 501, 5, None):
        assert buyer.post(path, json={"reason": reason}).status_code == 422
    assert made(tenant.owner.post(path), 200)["status"] == "cancelled"


def test_a_guest_cancels(tenant: Tenant, other_tenant: Tenant, admin_sql: Sql, eventually: Callable[..., Any]) -> None:
    """C-30: who shows the secret of the order's payment is its buyer, by header or query; who does not, finds none."""
    variant = a_variant(tenant.owner, stock=5)
    placed = [an_order(tenant.visitor, (variant, 1)) for _ in range(2)]
    secrets = [each["payment"]["client_secret"] for each in placed]
    paths = [f"{ORDERS}/{each['order']['id']}/cancel" for each in placed]
    for caller, wrong in ((tenant.visitor, secrets[1]), (tenant.visitor, "x"), (other_tenant.visitor, secrets[0])):
        refused = caller.post(paths[0], headers={"X-Order-Token": wrong})
        assert (refused.status_code, refused.json()["code"]) == (404, "commerce.no_such_order")
    assert tenant.visitor.post(paths[0], params={"token": "x" * 201}).status_code == 422
    assert tenant.visitor.post(paths[0]).status_code == 401
    order = made(tenant.visitor.post(paths[0], headers={"X-Order-Token": secrets[0]}, json={"reason": "too late"}), 200)
    assert (order["status"], order["cancel_reason"], order["history"][-1]["actor"]) == (
        "cancelled", "too late", "anonymous",
    )  # fmt: skip
    again = tenant.visitor.post(paths[0], headers={"X-Order-Token": secrets[0]})
    assert (again.status_code, again.json()["code"]) == (409, "commerce.illegal_move")
    pay(tenant.visitor, placed[1])
    made(tenant.visitor.post(paths[1], params={"token": secrets[1]}), 200)
    assert eventually(lambda: order_of(tenant.visitor, placed[1])["payment_status"] == "refunded")
    assert admin_sql(LEVEL, variant) == [{"on_hand": 5, "reserved": 0, "allocated": 0}]


def test_cancelling_at_once_happens_once(tenant: Tenant, admin_sql: Sql) -> None:
    """C-30: ten cancellations at once give one, and the stock comes back once."""
    variant = a_variant(tenant.owner, stock=5)
    buyer = tenant.sign_up()
    path = f"{ORDERS}/{an_order(buyer, (variant, 2))['order']['id']}/cancel"
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: buyer.post(path), range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    assert admin_sql(LEVEL, variant) == [{"on_hand": 5, "reserved": 0, "allocated": 0}]


def test_a_paid_order_is_refunded_when_cancelled(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """C-30: what was paid goes back in full."""
    buyer = tenant.sign_up()
    order = a_paid_order(buyer, (a_variant(tenant.owner), 1))
    path = f"{ORDERS}/{order['id']}"
    made(buyer.post(f"{path}/cancel"), 200)
    assert eventually(lambda: buyer.get(path).json()["payment_status"] == "refunded")
    seen = buyer.get(path).json()
    OrderShape.model_validate(seen)
    assert seen["refunded"] == order["totals"]["total"]


def test_what_was_sent_is_not_cancelled(tenant: Tenant) -> None:
    """C-30: once a part has left, the order cannot be cancelled; it is shipped and delivered when all parts are."""
    one, two, buyer = tenant.sign_up("vendor"), tenant.sign_up("vendor"), tenant.sign_up()
    order = a_paid_order(buyer, (a_variant(one), 1), (a_variant(two), 1))
    path = f"{ORDERS}/{order['id']}"
    vendors = dict(zip((part["id"] for part in order["fulfilments"]), (one, two), strict=True))
    statuses = []
    for move in ("ship", "deliver"):
        for part, vendor in vendors.items():
            made(vendor.post(f"/v1/commerce/fulfilments/{part}/{move}", json={}), 200)
            refused = buyer.post(f"{path}/cancel")
            assert (refused.status_code, refused.json()["code"]) == (409, "commerce.illegal_move")
            statuses.append(buyer.get(path).json()["status"])
    assert statuses == ["processing", "shipped", "shipped", "delivered"]


@pytest.mark.parametrize("seed", range(4))
def test_random_moves_at_once_stay_legal(tenant: Tenant, admin_sql: Sql, seed: int) -> None:
    """C-30: under random parallel moves only allowed ones happen, and the order is what its parts make it."""
    one, two, buyer = tenant.sign_up("vendor"), tenant.sign_up("vendor"), tenant.sign_up()
    placed = an_order(buyer, (a_variant(one), 1), (a_variant(two), 1))
    order = order_of(buyer, placed)
    chance = random.Random(seed)
    confirm = (buyer, f"/v1/commerce/payments/{placed['payment']['id']}/confirm", {"card": "4242424242424242"})
    moves: list[tuple[Caller, str, dict[str, Any]]] = [confirm, (buyer, f"{ORDERS}/{order['id']}/cancel", {})]
    for part in order["fulfilments"]:
        moves += [(tenant.owner, f"/v1/commerce/fulfilments/{part['id']}/{move}", {}) for move in ("ship", "deliver")]
    plan = [confirm, *(chance.choice(moves) for _ in range(25))]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda move: move[0].post(move[1], json=move[2]), plan))
    assert {answer.status_code for answer in answers} <= {200, 409}
    order = order_of(buyer, placed)
    moves_of_order = [each for each in order["history"] if each["fulfilment_id"] is None and each["became"] in STATUSES]
    history = [(each["was"], each["became"]) for each in moves_of_order]
    assert [move for move in history[1:] if move not in ORDER_MOVES] == []
    assert [became for _, became in history[:-1]] == [was for was, _ in history[1:]]
    parts = [part["status"] for part in order["fulfilments"]]
    assert order["status"] == history[-1][1] == status_from_parts(parts)
    states = admin_sql("SELECT DISTINCT state FROM commerce.stock_reservation WHERE order_id = $1", order["id"])
    expected = {"pending": {"held"}, "cancelled": {"released"}, "shipped": {"shipped"}, "delivered": {"shipped"}}
    assert {row["state"] for row in states} <= expected.get(order["status"], {"allocated", "shipped"})


def test_unpaid_orders_expire(
    tenant: Tenant, clock: ShiftedClock, eventually: Callable[..., Any], admin_sql: Sql
) -> None:
    """C-23: an order that nobody pays gives its stock back when its time is over; a paid one stays."""
    variant = a_variant(tenant.owner, stock=5)
    buyer = tenant.sign_up()
    late, paid = an_order(buyer, (variant, 1)), a_paid_order(buyer, (variant, 2))
    wait(clock, admin_sql, timedelta(minutes=45))
    path = f"{ORDERS}/{late['order']['id']}"
    secret = {"X-Order-Token": late["payment"]["client_secret"]}
    eventually(lambda: tenant.visitor.get(path, headers=secret).json()["status"] == "cancelled")
    assert admin_sql(LEVEL, variant) == [{"on_hand": 5, "reserved": 0, "allocated": 2}]
    reason = "SELECT cancel_reason FROM commerce.customer_order WHERE id = $1"
    assert admin_sql(reason, late["order"]["id"]) == [{"cancel_reason": "not paid in time"}]
    assert admin_sql("SELECT status FROM commerce.customer_order WHERE id = $1", paid["id"]) == [
        {"status": "processing"}
    ]


def test_ordering_again(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-32: what is still sold goes into the buyer's cart; what is not is named."""
    kept, gone = a_variant(tenant.owner, stock=50), a_product(tenant.owner, stock=50)
    buyer = tenant.sign_up()
    order = a_paid_order(buyer, (kept, 2), (gone["variants"][0]["id"], 1))
    made(tenant.owner.patch(f"/v1/commerce/products/{gone['id']}", json={"status": "archived"}), 200)
    path = f"{ORDERS}/{order['id']}/reorder"
    again = made(buyer.post(path))
    assert [(line["variant_id"], line["quantity"]) for line in again["cart"]["lines"]] == [(kept, 2)]
    assert [(each["title"], each["quantity"]) for each in again["not_sold"]] == [(gone["title"], 1)]
    assert again["cart"]["id"] == made(buyer.post("/v1/commerce/carts"), 200)["id"]
    for caller in (tenant.sign_up(), tenant.owner, other_tenant.owner):
        assert caller.post(path).json()["code"] == "commerce.no_such_order"
    assert tenant.visitor.post(path).status_code == 401

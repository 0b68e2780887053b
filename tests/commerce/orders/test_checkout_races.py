"""Checkouts that meet other requests: nothing is sold twice, ordered unseen, or waited for in a circle."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.builders.commerce import a_cart_with, a_paid_order, a_variant, an_order, check_out, euros, made, order_of
from tests.conftest import Tenant

Sql = Callable[..., list[dict[str, Any]]]
LEVEL = "SELECT on_hand, reserved, allocated FROM commerce.stock_level WHERE variant_id = $1"


def test_opposite_lines_do_not_lock_each_other(tenant: Tenant, admin_sql: Sql) -> None:
    """C-23: carts with the same things in opposite order are checked out at once, and exactly what there is is sold."""
    one, two = a_variant(tenant.owner, stock=20), a_variant(tenant.owner, stock=20)
    wants = [(one, 1), (two, 1)]
    carts = [a_cart_with(tenant.visitor, *(wants if number % 2 else wants[::-1])) for number in range(30)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda cart: check_out(tenant.visitor, cart), carts))
    assert sorted(answer.status_code for answer in answers) == [201] * 20 + [409] * 10
    for variant in (one, two):
        assert admin_sql(LEVEL, variant) == [{"on_hand": 20, "reserved": 20, "allocated": 0}]


def test_nothing_is_ordered_unseen(tenant: Tenant) -> None:
    """C-23: lines added while the cart is checked out are in the order at a price that was told, or not at all."""
    first, second = a_variant(tenant.owner, price=1000, stock=50), a_variant(tenant.owner, price=700, stock=50)
    for _ in range(8):
        cart = a_cart_with(tenant.visitor, (first, 1))
        path, body = f"/v1/commerce/carts/{cart['id']}/lines", {"variant_id": second, "quantity": 1}

        def add(path: str = path, body: dict[str, Any] = body) -> httpx.Response:
            return tenant.visitor.post(path, json=body)

        with ThreadPoolExecutor(2) as pool:
            adding, placing = pool.submit(add), pool.submit(check_out, tenant.visitor, cart)
        added, placed = adding.result(), placing.result()
        if placed.status_code == 201:
            order = order_of(tenant.visitor, placed.json())
            assert [line["variant_id"] for line in order["lines"]] == [first]
            assert (added.status_code, added.json()["code"]) == (409, "commerce.cart_closed")
        else:
            assert placed.json()["code"] in {"commerce.price_changed", "commerce.cart_changed"}
            assert added.status_code == 201


def test_a_failed_checkout_leaves_nothing(tenant: Tenant, admin_sql: Sql) -> None:
    """C-23: when the stock runs out at the last step, coupons, order, payment and event are as if nobody had asked."""
    plenty, scarce = a_variant(tenant.owner, stock=9), a_variant(tenant.owner, stock=1)
    coupon = made(tenant.owner.post("/v1/commerce/coupons", json={"code": "SHIP", "kind": "free_shipping"}))
    carts = [a_cart_with(tenant.visitor, (plenty, 1), (scarce, 1)) for _ in range(6)]
    for cart in carts:
        made(tenant.visitor.post(f"/v1/commerce/carts/{cart['id']}/coupons", json={"code": "SHIP"}), 200)
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda cart: check_out(tenant.visitor, cart, expected_total=cart["totals"]["items"]), carts)
        )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert made(tenant.owner.get(f"/v1/commerce/coupons/{coupon['id']}"), 200)["used"] == 1
    for table in ("customer_order", "payment", "coupon_use"):
        counted = admin_sql(f"SELECT count(*) AS n FROM commerce.{table} WHERE tenant_id = $1", tenant.id)
        assert counted == [{"n": 1}], table
    events = "SELECT count(*) AS n FROM ground.event WHERE tenant_id = $1 AND type = 'commerce.order.placed'"
    assert admin_sql(events, tenant.id) == [{"n": 1}]
    assert admin_sql(LEVEL, plenty) == [{"on_hand": 9, "reserved": 1, "allocated": 0}]


def test_a_free_order_goes_its_way(tenant: Tenant) -> None:
    """C-21: with everything taken off, an order costs nothing, is confirmed like any other, and can be cancelled."""
    for body in ({"code": "ALL", "kind": "percent", "basis_points": 10_000}, {"code": "SHIP", "kind": "free_shipping"}):
        made(tenant.owner.post("/v1/commerce/coupons", json=body))
    buyer = tenant.sign_up()
    cart = a_cart_with(buyer, (a_variant(tenant.owner), 1))
    for code in ("all", "ship"):
        cart = made(buyer.post(f"/v1/commerce/carts/{cart['id']}/coupons", json={"code": code}), 200)
    assert cart["totals"]["total"] == euros(0)
    order = a_paid_order(buyer, expected_total=euros(0))
    assert (order["status"], order["payment_status"], order["totals"]["total"]) == ("processing", "paid", euros(0))
    assert made(buyer.post(f"/v1/commerce/orders/{order['id']}/cancel"), 200)["status"] == "cancelled"


def test_paying_and_cancelling_at_once(tenant: Tenant, eventually: Callable[..., Any], admin_sql: Sql) -> None:
    """C-30: whoever is first, the money and the stock end where the order says."""
    variant = a_variant(tenant.owner, stock=50)
    buyer = tenant.sign_up()
    for _ in range(6):
        placed = an_order(buyer, (variant, 1))
        confirm = f"/v1/commerce/payments/{placed['payment']['id']}/confirm"
        cancel = f"/v1/commerce/orders/{placed['order']['id']}/cancel"
        with ThreadPoolExecutor(2) as pool:
            paying = pool.submit(buyer.post, confirm, json={"card": "4242424242424242"})
            cancelling = pool.submit(buyer.post, cancel)
        assert {paying.result().status_code, cancelling.result().status_code} <= {200, 409}

        def settled(placed: dict[str, Any] = placed) -> bool:
            order = order_of(buyer, placed)
            assert order["status"] == "cancelled"
            paid = [payment for payment in order["payments"] if payment["status"] == "completed"]
            return all(payment["refunded"] == payment["amount"] for payment in paid)

        assert cancelling.result().status_code == 200
        assert eventually(settled)
    assert admin_sql(LEVEL, variant) == [{"on_hand": 50, "reserved": 0, "allocated": 0}]

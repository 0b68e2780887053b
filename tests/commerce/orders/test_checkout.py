"""The checkout: an order with its payment, once for each cart, at the price that the buyer was told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from fourfold.commerce.orders.shapes import OrderShape
from tests.builders.commerce import (
    ADDRESS,
    a_cart_with,
    a_paid_order,
    a_variant,
    an_order,
    check_out,
    euros,
    made,
    order_of,
    pay,
)
from tests.conftest import Tenant

Sql = Callable[..., list[dict[str, Any]]]


def test_a_guest_buys(tenant: Tenant) -> None:
    """C-23: a visitor fills a cart, checks it out and pays; the order has a history and its declared shape."""
    variant = a_variant(tenant.owner, price=1999, stock=5)
    cart = a_cart_with(tenant.visitor, (variant, 2))
    assert cart["totals"]["items"] == euros(3998)
    assert cart["totals"]["total"] == euros(3998 + cart["totals"]["shipping"]["amount"])
    placed = made(check_out(tenant.visitor, cart))
    assert placed["order"]["status"] == "pending"
    assert placed["order"]["total"] == cart["totals"]["total"]
    assert placed["payment"]["status"] == "pending"
    assert pay(tenant.visitor, placed)["status"] == "completed"
    order = order_of(tenant.visitor, placed)
    OrderShape.model_validate(order)
    assert (order["status"], order["payment_status"]) == ("processing", "paid")
    assert order["totals"] == cart["totals"]
    assert [line["quantity"] for line in order["lines"]] == [2]
    assert [move["became"] for move in order["history"] if move["fulfilment_id"] is None] == ["pending", "processing"]
    assert [part["status"] for part in order["fulfilments"]] == ["processing"]
    assert order["email"] == "guest@buyer.test"


def test_the_order_holds_its_stock(tenant: Tenant, admin_sql: Sql) -> None:
    """C-23: stock is reserved by the checkout and allocated by the payment."""
    variant = a_variant(tenant.owner, stock=5)
    buyer = tenant.sign_up()
    placed = an_order(buyer, (variant, 2))
    level = "SELECT on_hand, reserved, allocated FROM commerce.stock_level WHERE variant_id = $1"
    assert admin_sql(level, variant) == [{"on_hand": 5, "reserved": 2, "allocated": 0}]
    pay(buyer, placed)
    assert admin_sql(level, variant) == [{"on_hand": 5, "reserved": 0, "allocated": 2}]


def test_a_key_is_needed(tenant: Tenant) -> None:
    """T53: a checkout without an Idempotency-Key is refused with 400."""
    cart = a_cart_with(tenant.visitor, (a_variant(tenant.owner), 1))
    body = {"email": "a@b.test", "shipping_address": ADDRESS, "expected_total": cart["totals"]["total"]}
    answer = tenant.visitor.post(f"/v1/commerce/carts/{cart['id']}/checkout", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


def test_one_key_makes_one_order(tenant: Tenant, admin_sql: Sql) -> None:
    """T53: the same key twenty times at once gives one order and the same answer; with another body it is refused."""
    buyer = tenant.sign_up()
    cart = a_cart_with(buyer, (a_variant(tenant.owner), 1))
    key = uuid4().hex
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: check_out(buyer, cart, key=key), range(20)))
    good = [answer for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert good
    assert len({answer.content for answer in good}) == 1
    orders = admin_sql("SELECT count(*) AS n FROM commerce.customer_order WHERE cart_id = $1", cart["id"])
    assert orders == [{"n": 1}]
    other = check_out(buyer, cart, key=key, billing_address={**ADDRESS, "name": "Another"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_one_order_for_each_cart(tenant: Tenant) -> None:
    """C-23: two checkouts of one cart with keys of their own make one order; the other is told which."""
    buyer = tenant.sign_up()
    cart = a_cart_with(buyer, (a_variant(tenant.owner), 1))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: check_out(buyer, cart), range(8)))
    won = [answer.json() for answer in answers if answer.status_code == 201]
    lost = [answer.json() for answer in answers if answer.status_code == 409]
    assert (len(won), len(lost)) == (1, 7)
    assert {each["code"] for each in lost} == {"commerce.cart_already_ordered"}
    assert {each["order"]["id"] for each in lost} == {won[0]["order"]["id"]}


def test_the_last_unit_is_sold_once(tenant: Tenant, admin_sql: Sql) -> None:
    """T62: fifty buyers check out the last unit at once; one wins, the others are told that it is gone."""
    variant = a_variant(tenant.owner, stock=1)
    carts = [a_cart_with(tenant.visitor, (variant, 1)) for _ in range(50)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda cart: check_out(tenant.visitor, cart), carts))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [201] + [409] * 49
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"commerce.out_of_stock"}
    level = "SELECT on_hand, reserved, allocated FROM commerce.stock_level WHERE variant_id = $1"
    assert admin_sql(level, variant) == [{"on_hand": 1, "reserved": 1, "allocated": 0}]
    held = admin_sql("SELECT count(*) AS n FROM commerce.stock_reservation WHERE variant_id = $1", variant)
    assert held == [{"n": 1}]


def test_a_changed_price_is_not_charged(tenant: Tenant) -> None:
    """C-23: when the price has changed, the checkout answers 409 with the new quote, which then goes through."""
    product_variant = a_variant(tenant.owner, price=1000)
    buyer = tenant.sign_up()
    cart = a_cart_with(buyer, (product_variant, 1))
    answer = check_out(buyer, cart, expected_total=euros(1))
    assert (answer.status_code, answer.json()["code"]) == (409, "commerce.price_changed")
    quote = answer.json()["quote"]
    assert quote["totals"] == cart["totals"]
    assert [line["unit_price"] for line in quote["lines"]] == [euros(1000)]
    made(check_out(buyer, cart, expected_total=quote["totals"]["total"]))


def test_an_empty_cart_is_not_ordered(tenant: Tenant) -> None:
    """C-23: nothing cannot be ordered."""
    cart = a_cart_with(tenant.visitor)
    answer = check_out(tenant.visitor, cart)
    assert (answer.status_code, answer.json()["code"]) == (409, "commerce.cart_empty")


def test_a_guest_gives_an_address(tenant: Tenant) -> None:
    """C-23: a guest without an e-mail address is refused with the field's name."""
    cart = a_cart_with(tenant.visitor, (a_variant(tenant.owner), 1))
    answer = check_out(tenant.visitor, cart, email=None)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "email"


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "XX"},
        {"country": "de"},
        {"country": None},
        {"city": ""},
        {"name": "x" * 201},
        {"line1": 5},
        {"postal_code": ""},
        {"planet": "Mars"},
    ],
)
def test_addresses_are_checked(tenant: Tenant, wrong: dict[str, Any]) -> None:
    """C-23: an address with a wrong, missing or too long field is refused."""
    cart = a_cart_with(tenant.visitor)
    answer = check_out(tenant.visitor, cart, shipping_address={**ADDRESS, **wrong})
    assert answer.status_code == 422, answer.text


def test_what_cannot_be_sent_is_not_ordered(tenant: Tenant) -> None:
    """C-21: when no shipping method serves the address, the checkout says so."""
    (method,) = made(tenant.owner.get("/v1/commerce/shipping-methods"), 200)["items"]
    made(tenant.owner.patch(f"/v1/commerce/shipping-methods/{method['id']}", json={"countries": ["FR"]}), 200)
    cart = a_cart_with(tenant.visitor, (a_variant(tenant.owner), 1))
    answer = check_out(tenant.visitor, cart)
    assert (answer.status_code, answer.json()["code"]) == (422, "commerce.no_shipping_method")
    cart = made(tenant.visitor.get(f"/v1/commerce/carts/{cart['id']}?country=FR"), 200)
    made(check_out(tenant.visitor, cart, shipping_address={**ADDRESS, "country": "FR"}))


def test_other_peoples_carts_are_not_checked_out(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-23: neither another buyer nor a visitor nor another tenant finds a buyer's cart."""
    buyer, stranger = tenant.sign_up(), tenant.sign_up()
    cart = a_cart_with(buyer, (a_variant(tenant.owner), 1))
    for caller in (stranger, tenant.visitor, other_tenant.owner, other_tenant.visitor):
        answer = check_out(caller, cart, email="guest@buyer.test")
        assert (answer.status_code, answer.json()["code"]) == (404, "commerce.no_such_cart")


def test_an_order_is_split_by_vendor(tenant: Tenant) -> None:
    """C-31: each vendor has its own part; the parts add up to the order, and each vendor sees only its own."""
    one, two = tenant.sign_up("vendor"), tenant.sign_up("vendor")
    buyer = tenant.sign_up()
    order = a_paid_order(buyer, (a_variant(one, price=1001), 1), (a_variant(two, price=2002), 3))
    assert len(order["fulfilments"]) == 2
    for name, whole in order["totals"].items():
        assert sum(part["totals"][name]["amount"] for part in order["fulfilments"]) == whole["amount"]
    seen = made(two.get(f"/v1/commerce/orders/{order['id']}"), 200)
    OrderShape.model_validate(seen)
    assert [line["quantity"] for line in seen["lines"]] == [3]
    assert len(seen["fulfilments"]) == 1
    assert seen["fulfilments"][0]["commission"] == euros(601)
    assert (seen["email"], seen["payments"], seen["billing_address"]) == (None, [], None)
    assert order["fulfilments"][0]["commission"] is None


def test_history_is_frozen(tenant: Tenant) -> None:
    """C-32: editing the product, its price and the taxes changes no placed order."""
    variant = a_variant(tenant.owner, price=1000)
    buyer = tenant.sign_up()
    order = a_paid_order(buyer, (variant, 1))
    product = made(tenant.owner.get(f"/v1/commerce/products/{order['lines'][0]['product_id']}"), 200)
    made(tenant.owner.patch(f"/v1/commerce/products/{product['id']}", json={"title": "Renamed"}), 200)
    made(tenant.owner.post("/v1/commerce/tax-rates", json={"country": "*", "basis_points": 1900}))
    again = made(buyer.get(f"/v1/commerce/orders/{order['id']}"), 200)
    assert (again["lines"], again["totals"]) == (order["lines"], order["totals"])


def test_taxes_of_the_address(tenant: Tenant) -> None:
    """C-21: the cart quotes for an address exactly what the checkout asks for."""
    for place in ({"country": "DE", "basis_points": 1900}, {"country": "*", "basis_points": 500}):
        made(tenant.owner.post("/v1/commerce/tax-rates", json=place))
    cart = a_cart_with(tenant.visitor, (a_variant(tenant.owner, price=11900), 1))
    path = f"/v1/commerce/carts/{cart['id']}"
    quoted = made(tenant.visitor.get(path, params={"country": "DE", "region": "BE"}), 200)
    total = quoted["totals"]["total"]["amount"]
    assert abs(quoted["totals"]["tax"]["amount"] - round(total * 19 / 119)) <= 1
    placed = made(check_out(tenant.visitor, quoted))
    assert order_of(tenant.visitor, placed)["totals"] == quoted["totals"]


def test_a_wrong_body_is_refused(tenant: Tenant) -> None:
    """C-23: wrong types, missing fields and numbers beyond all bounds are refused, never a crash."""
    cart = a_cart_with(tenant.visitor)

    def send(body: object) -> httpx.Response:
        headers = {"Idempotency-Key": uuid4().hex}
        return tenant.visitor.post(f"/v1/commerce/carts/{cart['id']}/checkout", json=body, headers=headers)

    bodies: list[object] = [
        {},
        [],
        None,
        {"shipping_address": ADDRESS},
        {"shipping_address": ADDRESS, "expected_total": 5},
    ]
    for body in bodies:
        assert send(body).status_code == 422
    huge = {"amount": 2**64, "currency": "EUR"}
    assert send({"shipping_address": ADDRESS, "expected_total": huge}).status_code == 422
    assert send({"shipping_address": ADDRESS, "expected_total": euros(1), "email": "nobody"}).status_code == 422

"""Carts: kept, repriced and explained, each for its own buyer only."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.builders.commerce import a_cart_with, a_product, a_variant, an_order, check_out, euros, made
from tests.conftest import Tenant

CARTS = "/v1/commerce/carts"
Sql = Callable[..., list[dict[str, Any]]]


def test_a_buyer_has_one_open_cart(tenant: Tenant) -> None:
    """C-20: opening again answers 200 with the same cart, also at once; a visitor gets a new one each time."""
    buyer = tenant.sign_up()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: buyer.post(CARTS), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    one, two = made(tenant.visitor.post(CARTS, json={})), made(tenant.visitor.post(CARTS, json={"currency": "USD"}))
    assert one["id"] != two["id"]
    assert (one["currency"], two["currency"]) == ("EUR", "USD")


def test_an_empty_cart_costs_nothing(tenant: Tenant) -> None:
    """C-20: a new cart has all its totals, and they are zero."""
    cart = made(tenant.visitor.post(CARTS))
    assert cart["totals"] == dict.fromkeys(("items", "discount", "tax", "shipping", "total"), euros(0))
    assert cart["lines"] == []


def test_lines_are_added_changed_and_removed(tenant: Tenant) -> None:
    """C-20: the same variant adds up in one line; each answer is the whole cart with its totals."""
    product = a_product(
        tenant.owner,
        variants=[{"sku": "S-1", "price": euros(1000), "stock": 9, "options": {"Size": "M"}}],
    )
    variant = product["variants"][0]["id"]
    cart = a_cart_with(tenant.visitor, (variant, 2), (variant, 1))
    (line,) = cart["lines"]
    assert (line["quantity"], line["unit_price"], line["total"]) == (3, euros(1000), euros(3000))
    assert (line["title"], line["sku"], line["options"], line["available"]) == (
        product["title"], "S-1", {"Size": "M"}, 9,
    )  # fmt: skip
    assert (line["product_id"], line["problem"]) == (product["id"], None)
    path = f"{CARTS}/{cart['id']}/lines/{line['id']}"
    cart = made(tenant.visitor.patch(path, json={"quantity": 5}), 200)
    assert cart["totals"]["items"] == euros(5000)
    cart = made(tenant.visitor.delete(path), 200)
    assert (cart["lines"], cart["totals"]["total"]) == ([], euros(0))
    assert tenant.visitor.delete(path).json()["code"] == "commerce.no_such_line"


def test_adding_at_once_loses_nothing(tenant: Tenant) -> None:
    """C-20: twenty requests that add one piece each give twenty pieces."""
    variant = a_variant(tenant.owner, stock=100)
    cart = made(tenant.visitor.post(CARTS))
    body = {"variant_id": variant, "quantity": 1}
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: tenant.visitor.post(f"{CARTS}/{cart['id']}/lines", json=body), range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert made(tenant.visitor.get(f"{CARTS}/{cart['id']}"), 200)["lines"][0]["quantity"] == 20


@pytest.mark.parametrize("quantity", [0, -1, 10_000, 2**63, "two", 1.5, None, True])
def test_quantities_are_checked(tenant: Tenant, quantity: object) -> None:
    """C-20: a quantity is a whole number from 1 to 9,999."""
    cart = made(tenant.visitor.post(CARTS))
    body = {"variant_id": str(uuid4()), "quantity": quantity}
    assert tenant.visitor.post(f"{CARTS}/{cart['id']}/lines", json=body).status_code == 422
    path = f"{CARTS}/{cart['id']}/lines/{uuid4()}"
    assert tenant.visitor.patch(path, json={"quantity": quantity}).status_code == 422


def test_only_what_is_sold_goes_in(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-20: drafts, unknown and foreign variants, and more than there is are refused."""
    draft = a_variant(tenant.owner, status="draft")
    scarce = a_variant(tenant.owner, stock=2)
    foreign = a_variant(other_tenant.owner)
    cart = made(tenant.visitor.post(CARTS))

    def refusal(variant: str, quantity: int = 1) -> tuple[int, str]:
        body = {"variant_id": variant, "quantity": quantity}
        answer = tenant.visitor.post(f"{CARTS}/{cart['id']}/lines", json=body)
        return answer.status_code, answer.json()["code"]

    assert refusal(draft) == (409, "commerce.not_for_sale")
    assert refusal(scarce, 3) == (409, "commerce.out_of_stock")
    assert refusal(foreign) == (404, "commerce.no_such_variant")
    assert refusal(str(uuid4())) == (404, "commerce.no_such_variant")
    assert made(tenant.visitor.get(f"{CARTS}/{cart['id']}"), 200)["lines"] == []


def test_a_cart_is_its_buyers_own(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-20: nobody else reads or changes a buyer's cart, and all are told the same as for one that never was."""
    buyer, stranger = tenant.sign_up(), tenant.sign_up()
    cart = a_cart_with(buyer, (a_variant(tenant.owner), 1))
    path, line = f"{CARTS}/{cart['id']}", cart["lines"][0]["id"]
    nowhere = stranger.get(f"{CARTS}/{uuid4()}").json()
    for caller in (stranger, tenant.owner, tenant.visitor, other_tenant.owner, other_tenant.visitor):
        for answer in (
            caller.get(path),
            caller.post(f"{path}/lines", json={"variant_id": cart["lines"][0]["variant_id"], "quantity": 1}),
            caller.patch(f"{path}/lines/{line}", json={"quantity": 2}),
            caller.delete(f"{path}/lines/{line}"),
            caller.post(f"{path}/coupons", json={"code": "NONE"}),
            caller.delete(f"{path}/coupons/NONE"),
        ):
            assert answer.status_code == 404
            assert {**answer.json(), "request_id": ""} == {**nowhere, "request_id": ""}
    assert made(buyer.get(path), 200)["lines"] == cart["lines"]


def test_a_visitors_cart_is_not_a_members(tenant: Tenant) -> None:
    """C-20: a visitor's cart is reached by visitors; who signs in takes it along instead."""
    buyer = tenant.sign_up()
    cart = a_cart_with(tenant.visitor, (a_variant(tenant.owner), 1))
    assert buyer.get(f"{CARTS}/{cart['id']}").status_code == 404


@pytest.mark.parametrize("way", ["body", "path"])
def test_carts_are_merged_on_sign_in(tenant: Tenant, way: str) -> None:
    """C-20: quantities of the two carts add up, once however often it is asked; the visitor's cart is closed."""
    both, only = a_variant(tenant.owner, stock=50), a_variant(tenant.owner, stock=50)
    buyer = tenant.sign_up()
    own = a_cart_with(buyer, (both, 2))
    left = a_cart_with(tenant.visitor, (both, 3), (only, 1))

    def merge() -> dict[str, object]:
        if way == "body":
            return made(buyer.post(CARTS, json={"merge": left["id"]}), 200)
        return made(buyer.post(f"{CARTS}/{left['id']}/merge"), 200)

    with ThreadPoolExecutor(4) as pool:
        merged = list(pool.map(lambda _: merge(), range(4)))
    assert {cart["id"] for cart in merged} == {own["id"]}
    cart = made(buyer.get(f"{CARTS}/{own['id']}"), 200)
    assert {line["variant_id"]: line["quantity"] for line in cart["lines"]} == {both: 5, only: 1}
    body = {"variant_id": only, "quantity": 1}
    refused = tenant.visitor.post(f"{CARTS}/{left['id']}/lines", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "commerce.cart_closed")


def test_a_cart_is_merged_by_members_only(tenant: Tenant) -> None:
    """C-20: a visitor cannot merge; a buyer cannot take another buyer's cart, nor one that was ordered."""
    buyer, stranger = tenant.sign_up(), tenant.sign_up()
    theirs = a_cart_with(stranger)
    visitors = a_cart_with(tenant.visitor, (a_variant(tenant.owner), 1))
    assert tenant.visitor.post(CARTS, json={"merge": visitors["id"]}).status_code == 401
    assert tenant.visitor.post(f"{CARTS}/{visitors['id']}/merge").status_code == 401
    assert buyer.post(CARTS, json={"merge": theirs["id"]}).status_code == 404
    made(check_out(tenant.visitor, visitors))
    answer = buyer.post(CARTS, json={"merge": visitors["id"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "commerce.cart_closed")


def test_a_cart_says_what_has_changed(tenant: Tenant) -> None:
    """C-20: a new price, too little stock and a product that is withdrawn are told at each read, until acted upon."""
    product = a_product(tenant.owner, price=1000, stock=10)
    variant = product["variants"][0]["id"]
    gone = a_product(tenant.owner, price=500)
    cart = a_cart_with(tenant.visitor, (variant, 4), (gone["variants"][0]["id"], 1))
    assert cart["changes"] == []
    path = f"/v1/commerce/products/{product['id']}"
    made(tenant.owner.patch(f"{path}/variants/{variant}", json={"price": euros(1200), "stock": 3}), 200)
    made(tenant.owner.patch(f"/v1/commerce/products/{gone['id']}", json={"status": "archived"}), 200)
    for _ in range(2):
        cart = made(tenant.visitor.get(f"{CARTS}/{cart['id']}"), 200)
        assert [each["kind"] for each in cart["changes"]] == ["price", "stock", "not_sold"]
    assert (cart["changes"][0]["was"], cart["changes"][0]["now"]) == (euros(1000), euros(1200))
    assert [line["problem"] for line in cart["lines"]] == ["out_of_stock", "not_sold"]
    assert cart["totals"]["items"] == euros(4800)
    refused = check_out(tenant.visitor, cart)
    assert (refused.status_code, refused.json()["code"]) == (409, "commerce.lines_not_for_sale")
    made(tenant.visitor.delete(f"{CARTS}/{cart['id']}/lines/{cart['lines'][1]['id']}"), 200)
    short = check_out(tenant.visitor, cart)
    assert (short.status_code, short.json()["code"]) == (409, "commerce.out_of_stock")
    assert short.json()["lines"] == [{"variant_id": variant, "wanted": 4, "available": 3}]
    line = f"{CARTS}/{cart['id']}/lines/{cart['lines'][0]['id']}"
    made(tenant.visitor.patch(line, json={"quantity": 3}), 200)
    assert made(tenant.visitor.get(f"{CARTS}/{cart['id']}"), 200)["changes"] == []


def test_an_ordered_cart_is_closed(tenant: Tenant) -> None:
    """C-23: after the checkout the cart cannot be changed, and the buyer's next cart is a new one."""
    buyer = tenant.sign_up()
    variant = a_variant(tenant.owner)
    cart = a_cart_with(buyer, (variant, 1))
    made(check_out(buyer, cart))
    body = {"variant_id": variant, "quantity": 1}
    refused = buyer.post(f"{CARTS}/{cart['id']}/lines", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "commerce.cart_closed")
    assert a_cart_with(buyer)["id"] != cart["id"]


def test_a_cart_has_one_currency(tenant: Tenant, admin_sql: Sql) -> None:
    """C-20: an empty cart takes the currency of the first thing; things in others are refused, or told of."""
    euro, dollar = a_variant(tenant.owner, price=700), a_product(tenant.owner)
    cart = made(tenant.visitor.post(CARTS, json={"currency": "USD"}))
    path = f"{CARTS}/{cart['id']}"
    cart = made(tenant.visitor.post(f"{path}/lines", json={"variant_id": euro, "quantity": 1}))
    assert (cart["currency"], cart["totals"]["items"]) == ("EUR", euros(700))
    body = {"variant_id": dollar["variants"][0]["id"], "quantity": 1}
    made(tenant.visitor.post(f"{path}/lines", json=body))
    admin_sql("UPDATE commerce.product SET currency = 'USD' WHERE id = $1", dollar["id"])
    refused = tenant.visitor.post(f"{path}/lines", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "commerce.not_for_sale")
    cart = made(tenant.visitor.get(path), 200)
    assert ([each["kind"] for each in cart["changes"]], cart["totals"]["items"]) == (["currency"], euros(700))


def test_a_cart_beyond_counting_is_refused(tenant: Tenant) -> None:
    """C-20: a price that passes what JSON readers count exactly is a refusal and no crash."""
    dear = a_variant(tenant.owner, price=10**12, stock=9999)
    cart = made(tenant.visitor.post(CARTS))
    refused = tenant.visitor.post(f"{CARTS}/{cart['id']}/lines", json={"variant_id": dear, "quantity": 9999})
    assert (refused.status_code, refused.json()["code"]) == (409, "commerce.cart_too_dear")


def test_a_cart_survives_sessions(tenant: Tenant) -> None:
    """C-20: a buyer finds the cart again after signing in anew; stock is not held by carts."""
    buyer = tenant.sign_up()
    variant = a_variant(tenant.owner, stock=1)
    cart = a_cart_with(buyer, (variant, 1))
    assert made(tenant.sign_in(buyer.email).post(CARTS), 200)["lines"] == cart["lines"]
    an_order(tenant.visitor, (variant, 1))
    assert made(buyer.get(f"{CARTS}/{cart['id']}"), 200)["lines"][0]["problem"] == "out_of_stock"

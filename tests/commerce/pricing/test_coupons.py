"""Coupons at the shop: kept by administrators, used exactly as often as they may be."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from fourfold.ground.clock import ShiftedClock
from tests.builders.commerce import a_cart_with, a_product, a_variant, check_out, euros, made
from tests.conftest import Tenant

COUPONS = "/v1/commerce/coupons"
Sql = Callable[..., list[dict[str, Any]]]


def a_coupon(tenant: Tenant, **values: Any) -> dict[str, Any]:
    body = {"code": f"C{uuid4().hex[:8]}", "kind": "percent", **values}
    if body["kind"] == "percent":
        body.setdefault("basis_points", 1000)
    return made(tenant.owner.post(COUPONS, json=body))


def with_code(tenant: Tenant, cart: dict[str, Any], code: str) -> dict[str, Any]:
    return made(tenant.visitor.post(f"/v1/commerce/carts/{cart['id']}/coupons", json={"code": code}), 200)


@pytest.mark.parametrize(
    ("values", "discount", "shipping"),
    [
        ({"kind": "percent", "basis_points": 1500}, 900, 490),
        ({"kind": "amount", "amount": euros(700)}, 700, 490),
        ({"kind": "amount", "amount": euros(99_999)}, 6000, 490),
        ({"kind": "buy_x_get_y", "buy": 2, "free": 1}, 2000, 490),
        ({"kind": "free_shipping"}, 0, 0),
    ],
)
def test_kinds_of_coupons(tenant: Tenant, values: dict[str, Any], discount: int, shipping: int) -> None:
    """C-21: each kind takes off what it says, and the order keeps what the cart has shown."""
    coupon = a_coupon(tenant, **values)
    cart = a_cart_with(tenant.visitor, (a_variant(tenant.owner, price=2000), 3))
    cart = with_code(tenant, cart, coupon["code"].lower())
    assert (cart["totals"]["discount"], cart["totals"]["shipping"]) == (euros(discount), euros(shipping))
    assert cart["totals"]["total"] == euros(6000 - discount + shipping)
    assert [(each["code"], each["problem"]) for each in cart["coupons"]] == [(coupon["code"], None)]
    placed = made(check_out(tenant.visitor, cart))
    assert placed["order"]["total"] == cart["totals"]["total"]
    assert made(tenant.owner.get(f"{COUPONS}/{coupon['id']}"), 200)["used"] == 1


def test_codes_that_do_nothing(tenant: Tenant, clock: ShiftedClock) -> None:
    """C-21: unknown, expired and switched-off codes are refused; one that needs a larger cart stays and says so."""
    cart = a_cart_with(tenant.visitor, (a_variant(tenant.owner, price=1000), 1))
    path = f"/v1/commerce/carts/{cart['id']}/coupons"
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    ending, starting = a_coupon(tenant, ends_at=soon), a_coupon(tenant, starts_at=soon)
    off, large = a_coupon(tenant, active=False), a_coupon(tenant, minimum=euros(1001))

    def problem(code: str) -> str:
        answer = tenant.visitor.post(path, json={"code": code})
        assert (answer.status_code, answer.json()["code"]) == (422, "commerce.coupon_not_valid")
        return str(answer.json()["problem"])

    assert (problem("NOTHING"), problem(off["code"]), problem(starting["code"])) == ("unknown", "unknown", "not_yet")
    cart = with_code(tenant, cart, ending["code"])
    cart = with_code(tenant, cart, large["code"])
    assert [each["problem"] for each in cart["coupons"]] == [None, "minimum_not_reached"]
    clock.advance(timedelta(hours=2))
    cart = made(tenant.visitor.get(f"/v1/commerce/carts/{cart['id']}"), 200)
    assert cart["totals"]["discount"] == euros(0)
    assert {each["problem"] for each in cart["coupons"]} == {"expired", "minimum_not_reached"}
    cart = made(tenant.visitor.delete(f"{path}/{ending['code']}"), 200)
    assert len(cart["coupons"]) == 1
    assert tenant.visitor.post(path, json={"code": "x" * 41}).status_code == 422
    assert tenant.visitor.post(path, json={}).status_code == 422


def test_coupons_of_categories(tenant: Tenant) -> None:
    """C-21: a coupon for a category takes off goods in it and below it, and nothing of others."""
    top = made(tenant.owner.post("/v1/commerce/categories", json={"name": "Top", "slug": "top"}))
    below = {"name": "Below", "slug": "below", "parent_id": top["id"]}
    child = made(tenant.owner.post("/v1/commerce/categories", json=below))
    inside = a_product(tenant.owner, price=1000, category_ids=[child["id"]])["variants"][0]["id"]
    coupon = a_coupon(tenant, basis_points=5000, category_ids=[top["id"]])
    cart = a_cart_with(tenant.visitor, (inside, 1), (a_variant(tenant.owner, price=3000), 1))
    assert with_code(tenant, cart, coupon["code"])["totals"]["discount"] == euros(500)


def test_a_limit_holds_under_load(tenant: Tenant, admin_sql: Sql) -> None:
    """C-21, T62: a hundred checkouts at once with a coupon for ten give ten orders; cancelling gives a use back."""
    variant = a_variant(tenant.owner, stock=500)
    coupon = a_coupon(tenant, usage_limit=10)
    carts = [with_code(tenant, a_cart_with(tenant.visitor, (variant, 1)), coupon["code"]) for _ in range(100)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda cart: check_out(tenant.visitor, cart), carts))
    placed = [answer.json() for answer in answers if answer.status_code == 201]
    refused = {(answer.status_code, answer.json()["code"]) for answer in answers if answer.status_code != 201}
    assert len(placed) == 10
    assert refused <= {(409, "commerce.coupon_used_up"), (409, "commerce.price_changed")}
    assert admin_sql("SELECT count(*) AS n FROM commerce.coupon_use WHERE coupon_id = $1", coupon["id"]) == [{"n": 10}]
    assert made(tenant.owner.get(f"{COUPONS}/{coupon['id']}"), 200)["used"] == 10
    held = "SELECT reserved FROM commerce.stock_level WHERE variant_id = $1"
    assert admin_sql(held, variant) == [{"reserved": 10}]
    cart = a_cart_with(tenant.visitor, (variant, 1))
    refusal = tenant.visitor.post(f"/v1/commerce/carts/{cart['id']}/coupons", json={"code": coupon["code"]})
    assert refusal.json()["problem"] == "used_up"
    made(tenant.owner.post(f"/v1/commerce/orders/{placed[0]['order']['id']}/cancel"), 200)
    made(check_out(tenant.visitor, with_code(tenant, cart, coupon["code"])))
    assert made(tenant.owner.get(f"{COUPONS}/{coupon['id']}"), 200)["used"] == 10


def test_a_limit_for_each_customer(tenant: Tenant) -> None:
    """C-21: one address uses a coupon so often, at once or in turn, whatever its case; another may still."""
    variant = a_variant(tenant.owner, stock=500)
    coupon = a_coupon(tenant, customer_limit=2)
    carts = [with_code(tenant, a_cart_with(tenant.visitor, (variant, 1)), coupon["code"]) for _ in range(9)]
    addresses = ["ada@buyer.test", "Ada@Buyer.test"] * 4
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda cart, email: check_out(tenant.visitor, cart, email=email), carts, addresses))
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 6
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"commerce.coupon_used_up"}
    first = next(answer.json() for answer in answers if answer.status_code == 201)
    made(tenant.owner.post(f"/v1/commerce/orders/{first['order']['id']}/cancel"), 200)
    lost = next(cart for cart, answer in zip(carts, answers, strict=False) if answer.status_code == 409)
    made(check_out(tenant.visitor, lost, email="ADA@buyer.test"))
    made(check_out(tenant.visitor, carts[8], email="bert@buyer.test"))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": "A", "kind": "percent", "basis_points": 1000},
        {"code": "x" * 41, "kind": "percent", "basis_points": 1000},
        {"code": "NO SPACE", "kind": "percent", "basis_points": 1000},
        {"code": "OK", "kind": "gift"},
        {"code": "OK", "kind": "percent"},
        {"code": "OK", "kind": "percent", "basis_points": 10_001},
        {"code": "OK", "kind": "percent", "basis_points": "ten"},
        {"code": "OK", "kind": "amount"},
        {"code": "OK", "kind": "amount", "amount": {"amount": -1, "currency": "EUR"}},
        {"code": "OK", "kind": "amount", "amount": {"amount": 2**63, "currency": "EUR"}},
        {"code": "OK", "kind": "amount", "amount": {"amount": 1, "currency": "ZZZ"}},
        {"code": "OK", "kind": "free_shipping", "usage_limit": 2**31},
        {"code": "OK", "kind": "free_shipping", "usage_limit": 0},
        {"code": "OK", "kind": "free_shipping", "starts_at": "2026-01-02T00:00Z", "ends_at": "2026-01-01T00:00Z"},
        {"code": "OK", "kind": "free_shipping", "surprise": 1},
    ],
)
def test_coupons_are_checked(tenant: Tenant, body: dict[str, Any]) -> None:
    """C-21: a coupon that makes no sense is refused with the fields' names."""
    answer = tenant.owner.post(COUPONS, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]


def test_coupons_are_kept(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-21: unique codes, changes by version, removal; only for administrators of the tenant."""
    coupon = a_coupon(tenant, code="spring-26", usage_limit=5)
    assert coupon["code"] == "SPRING-26"
    path = f"{COUPONS}/{coupon['id']}"
    taken = tenant.owner.post(COUPONS, json={"code": "Spring-26", "kind": "free_shipping"})
    assert (taken.status_code, taken.json()["code"]) == (409, "commerce.code_taken")
    a_coupon(other_tenant, code="SPRING-26")
    tag = tenant.owner.get(path).headers["etag"]
    changed = made(tenant.owner.patch(path, json={"usage_limit": None}, headers={"If-Match": tag}), 200)
    assert (changed["usage_limit"], changed["version"]) == (None, 2)
    assert tenant.owner.patch(path, json={"active": False}, headers={"If-Match": tag}).status_code == 412
    listed = made(tenant.owner.get(COUPONS), 200)
    assert [each["id"] for each in listed["items"]] == [coupon["id"]]
    for caller, status in ((tenant.visitor, 401), (tenant.sign_up(), 403), (tenant.sign_up("vendor"), 403)):
        assert caller.post(COUPONS, json={"code": "MINE", "kind": "free_shipping"}).status_code == status
        assert caller.get(path).status_code == status
        assert caller.patch(path, json={}).status_code == status
        assert caller.delete(path).status_code == status
    for answer in (
        other_tenant.owner.get(path),
        other_tenant.owner.patch(path, json={}),
        other_tenant.owner.delete(path),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "commerce.no_such_coupon")
    assert tenant.owner.delete(path).status_code == 204
    assert tenant.owner.get(path).status_code == 404


def test_a_used_coupon_stays_in_the_books(tenant: Tenant) -> None:
    """C-21: orders name the coupons that they used, so one that was used is ended; limits stay above its uses."""
    coupon = a_coupon(tenant, usage_limit=5)
    path = f"{COUPONS}/{coupon['id']}"
    variant = a_variant(tenant.owner)
    for _ in range(2):
        made(check_out(tenant.visitor, with_code(tenant, a_cart_with(tenant.visitor, (variant, 1)), coupon["code"])))
    low = tenant.owner.patch(path, json={"usage_limit": 1})
    assert (low.status_code, low.json()["code"]) == (409, "commerce.limit_below_use")
    assert tenant.owner.delete(path).status_code == 204
    assert made(tenant.owner.get(path), 200)["active"] is False

"""Answers that are kept under an Idempotency-Key are shown to whoever sent the request, and to nobody else."""

from uuid import uuid4

from tests.builders.commerce import a_cart_with, a_variant, an_order, check_out, made
from tests.conftest import Tenant

CARTS = "/v1/commerce/carts"


def test_visitors_do_not_get_each_others_carts(tenant: Tenant) -> None:
    """P-23: two visitors who happen to send the same key and body cannot be told apart: each gets a cart."""
    key = {"Idempotency-Key": "cart-1"}
    answers = [tenant.visitor.post(CARTS, headers=key) for _ in range(2)]
    assert len({made(answer)["id"] for answer in answers}) == 2
    assert all("idempotent-replayed" not in answer.headers for answer in answers)


def test_a_visitor_may_ask_again(tenant: Tenant) -> None:
    """P-23: whoever knows the cart gets the same answer under the same key; with another cart it is anew."""
    variant = a_variant(tenant.owner)
    carts = [a_cart_with(tenant.visitor, (variant, 1)) for _ in range(2)]
    first, again, other = (check_out(tenant.visitor, carts[at], key="pay-1") for at in (0, 0, 1))
    assert (first.content, again.headers["idempotent-replayed"]) == (again.content, "true")
    assert made(other)["order"]["id"] != made(first)["order"]["id"]


def test_a_secret_beside_the_path_counts(tenant: Tenant) -> None:
    """P-23: who knows an order's id but not its secret does not see what its buyer was answered."""
    placed = an_order(tenant.visitor, (a_variant(tenant.owner), 1))
    path, key = f"/v1/commerce/orders/{placed['order']['id']}/payments", {"Idempotency-Key": "again"}
    secret = {"X-Order-Token": placed["payment"]["client_secret"]}
    first, again = (tenant.visitor.post(path, headers={**key, **secret}) for _ in range(2))
    assert made(first) == made(again)
    assert again.headers["idempotent-replayed"] == "true"
    for headers in (key, {**key, "X-Order-Token": uuid4().hex}):
        stranger = tenant.visitor.post(path, headers=headers)
        assert (stranger.status_code, stranger.json()["code"]) == (404, "commerce.no_such_order")


def test_keys_of_those_who_have_signed_in(tenant: Tenant) -> None:
    """P-23, T53: one account's key is another operation for another account."""
    callers = [tenant.sign_up() for _ in range(2)]
    key = {"Idempotency-Key": "mine"}
    carts = [made(caller.post(CARTS, headers=key))["id"] for caller in callers]
    assert carts[0] != carts[1]
    again = callers[0].post(CARTS, headers=key)
    assert (made(again)["id"], again.headers["idempotent-replayed"]) == (carts[0], "true")


def test_keys_of_two_tenants(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-23, T53: a key that one tenant's buyer has used is another operation for another tenant's, body and all."""
    key, placed = uuid4().hex, []
    for each in (tenant, other_tenant):
        buyer = each.sign_up()
        answer = check_out(buyer, a_cart_with(buyer, (a_variant(each.owner), 1)), key=key)
        assert "idempotent-replayed" not in answer.headers
        placed.append(made(answer)["order"]["id"])
        again = buyer.post("/v1/commerce/carts", headers={"Idempotency-Key": key})
        assert (again.status_code, "idempotent-replayed" in again.headers) == (201, False)
    assert placed[0] != placed[1]

"""Things of a marketplace, made over the API: products, carts, orders."""

import itertools
from typing import Any
from uuid import uuid4

import httpx

from tests.conftest import Caller

CARD = "4242424242424242"
ADDRESS = {"name": "Ada Byron", "line1": "12 Park Lane", "city": "Berlin", "postal_code": "10115", "country": "DE"}
_numbers = itertools.count(1)


def euros(amount: int) -> dict[str, Any]:
    """So many cents."""
    return {"amount": amount, "currency": "EUR"}


def made(answer: httpx.Response, status: int = 201) -> dict[str, Any]:
    """The body of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def a_product(caller: Caller, *, price: int = 1999, stock: int | None = 10, **overrides: Any) -> dict[str, Any]:
    """A published product with one variant, and whatever else the overrides say."""
    number = next(_numbers)
    body = {
        "title": f"Thing {number}",
        "description": "<p>A thing.</p>",
        "category_ids": [],
        "specifications": {},
        "status": "published",
        "variants": [{"sku": f"THING-{number}-{uuid4().hex[:6]}", "price": euros(price), "stock": stock}],
        **overrides,
    }
    return made(caller.post("/v1/commerce/products", json=body))


def a_variant(caller: Caller, **overrides: Any) -> str:
    """The id of the only variant of a new product."""
    variant_id: str = a_product(caller, **overrides)["variants"][0]["id"]
    return variant_id


def a_cart_with(caller: Caller, *wants: tuple[str, int]) -> dict[str, Any]:
    """The caller's cart with so many pieces of these variants added."""
    answer = caller.post("/v1/commerce/carts")
    assert answer.status_code in {200, 201}, answer.text
    cart: dict[str, Any] = answer.json()
    for variant_id, quantity in wants:
        cart = made(
            caller.post(f"/v1/commerce/carts/{cart['id']}/lines", json={"variant_id": variant_id, "quantity": quantity})
        )
    return cart


def check_out(caller: Caller, cart: dict[str, Any], *, key: str | None = None, **overrides: Any) -> httpx.Response:
    """Sends the checkout of a cart at the price that it shows."""
    body: dict[str, Any] = {"shipping_address": ADDRESS, "expected_total": cart["totals"]["total"], **overrides}
    if not caller.email and "email" not in body:
        body["email"] = "guest@buyer.test"
    headers = {"Idempotency-Key": key or uuid4().hex}
    return caller.post(f"/v1/commerce/carts/{cart['id']}/checkout", json=body, headers=headers)


def an_order(caller: Caller, *wants: tuple[str, int], **overrides: Any) -> dict[str, Any]:
    """A placed order, as the checkout answers it."""
    return made(check_out(caller, a_cart_with(caller, *wants), **overrides))


def pay(caller: Caller, placed: dict[str, Any], card: str = CARD) -> dict[str, Any]:
    """Confirms the payment of a placed order."""
    return made(caller.post(f"/v1/commerce/payments/{placed['payment']['id']}/confirm", json={"card": card}), 200)


def a_paid_order(caller: Caller, *wants: tuple[str, int], **overrides: Any) -> dict[str, Any]:
    """A paid order, read again."""
    placed = an_order(caller, *wants, **overrides)
    assert pay(caller, placed)["status"] == "completed"
    return order_of(caller, placed)


def order_of(caller: Caller, placed: dict[str, Any]) -> dict[str, Any]:
    """The order that was placed, as it is now."""
    token = {"X-Order-Token": placed["payment"]["client_secret"]}
    return made(caller.get(f"/v1/commerce/orders/{placed['order']['id']}", headers=token), 200)

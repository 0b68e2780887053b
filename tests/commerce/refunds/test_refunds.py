"""Refunds: by amount, by pieces, in full; never above what was paid, and with all that follows from them."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from fourfold.ground.ids import new_id
from tests.builders.commerce import a_paid_order, a_variant, an_order, euros, made, order_of, pay
from tests.commerce.payments.test_cards import Eventually, Sql
from tests.conftest import Caller, Tenant


def refund(caller: Caller, order: dict[str, Any], key: str | None = None, **ask: Any) -> httpx.Response:
    body = {"reason": "arrived broken", **ask}
    headers = {"Idempotency-Key": key or uuid4().hex}
    return caller.post(f"/v1/commerce/orders/{order['id']}/refunds", json=body, headers=headers)


def ended(eventually: Eventually, caller: Caller, started: dict[str, Any]) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        found = made(caller.get(f"/v1/commerce/refunds/{started['id']}"), 200)
        return found if found["status"] != "pending" else None

    found: dict[str, Any] = eventually(look)
    return found


@pytest.fixture
def order(tenant: Tenant) -> dict[str, Any]:
    """A paid order of three things at 10.00 and one at 5.01, with carriage."""
    dear, cheap = a_variant(tenant.owner, price=1000, stock=9), a_variant(tenant.owner, price=501, stock=9)
    return a_paid_order(tenant.sign_up(), (dear, 3), (cheap, 1))


def read(tenant: Tenant, order: dict[str, Any]) -> dict[str, Any]:
    return made(tenant.owner.get(f"/v1/commerce/orders/{order['id']}"), 200)


def test_an_amount_goes_back(tenant: Tenant, order: dict[str, Any], eventually: Eventually, admin_sql: Sql) -> None:
    """C-35: part of the money goes back: at the gateway, on the payment, on the order and in its history."""
    started = made(refund(tenant.owner, order, amount=euros(700)))
    assert (started["status"], started["amount"], started["order_id"]) == ("pending", euros(700), order["id"])
    assert ended(eventually, tenant.owner, started)["status"] == "completed"
    after = read(tenant, order)
    assert (after["payment_status"], after["refunded"], after["status"]) == (
        "partially_refunded", euros(700), "processing",
    )  # fmt: skip
    payment_id = order["payments"][0]["id"]
    books = admin_sql("SELECT charge_id::text, amount FROM commerce.gateway_refund WHERE id = $1", started["id"])
    assert books == [{"charge_id": payment_id, "amount": 700}]
    assert any(each["became"] == "partially_refunded" for each in after["history"])
    listed = made(tenant.owner.get(f"/v1/commerce/orders/{order['id']}/refunds"), 200)["items"]
    assert [each["id"] for each in listed] == [started["id"]]


def test_all_that_is_left_goes_back(tenant: Tenant, order: dict[str, Any], eventually: Eventually) -> None:
    """C-35: with neither amount nor lines all that is left goes back, and then nothing more."""
    ended(eventually, tenant.owner, made(refund(tenant.owner, order, amount=euros(1))))
    rest = made(refund(tenant.owner, order))
    assert rest["amount"]["amount"] == order["totals"]["total"]["amount"] - 1
    ended(eventually, tenant.owner, rest)
    assert read(tenant, order)["payment_status"] == "refunded"
    answer = refund(tenant.owner, order)
    assert answer.status_code == 409


def test_pieces_go_back_one_by_one(tenant: Tenant, order: dict[str, Any], eventually: Eventually) -> None:
    """C-35: refunding pieces one by one comes to what was paid for them, told as money; more pieces are refused."""
    line = order["lines"][0]
    amounts = []
    for _ in range(3):
        started = made(refund(tenant.owner, order, lines=[{"line_id": line["id"], "quantity": 1}]))
        amounts.append(started["amount"]["amount"])
        assert [each["amount"] for each in started["lines"]] == [started["amount"]]
        ended(eventually, tenant.owner, started)
    assert sum(amounts) == line["total"]["amount"]
    answer = refund(tenant.owner, order, lines=[{"line_id": line["id"], "quantity": 1}])
    assert (answer.status_code, answer.json()["code"]) == (409, "commerce.refund_too_large")
    assert [each["refunded_quantity"] for each in read(tenant, order)["lines"]] == [3, 0]


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        ({"amount": euros(10_000_000)}, 409),
        ({"amount": euros(0)}, 422),
        ({"amount": euros(-5)}, 422),
        ({"amount": {"amount": 5, "currency": "USD"}}, 422),
        ({"amount": {"amount": 2**63, "currency": "EUR"}}, 422),
        ({"amount": euros(5), "lines": [{"line_id": str(new_id()), "quantity": 1}]}, 422),
        ({"lines": [{"line_id": str(new_id()), "quantity": 1}]}, 422),
        ({"lines": []}, 422),
        ({"lines": [{"line_id": "x", "quantity": 1}]}, 422),
        ({"restock": True}, 422),
        ({"reason": ""}, 422),
        ({"reason": "x" * 501}, 422),
        ({"colour": "red"}, 422),
    ],
)
def test_what_cannot_be_refunded(tenant: Tenant, order: dict[str, Any], ask: dict[str, Any], status: int) -> None:
    """C-35: more than was paid, nothing, another currency, unknown lines: refused with the reason."""
    assert refund(tenant.owner, order, **ask).status_code == status
    assert read(tenant, order)["payment_status"] == "paid"


def test_who_may_refund(tenant: Tenant, other_tenant: Tenant, order: dict[str, Any]) -> None:
    """C-35, P-03: administrators only, of this tenant only, with a key, and only what was paid."""
    assert refund(tenant.sign_up(), order).status_code == 403
    assert refund(tenant.sign_up("vendor"), order).status_code == 403
    assert refund(tenant.visitor, order).status_code == 401
    assert refund(other_tenant.owner, order).status_code == 404
    assert refund(tenant.owner, {"id": str(new_id())}).status_code == 404
    path = f"/v1/commerce/orders/{order['id']}/refunds"
    keyless = tenant.owner.post(path, json={"reason": "no key"})
    assert (keyless.status_code, keyless.json()["code"]) == (400, "idempotency_key_required")
    assert other_tenant.owner.get(path).status_code == 404
    assert tenant.owner.get(f"/v1/commerce/refunds/{new_id()}").status_code == 404
    unpaid = an_order(tenant.sign_up(), (a_variant(tenant.owner), 1))["order"]
    answer = refund(tenant.owner, unpaid)
    assert (answer.status_code, answer.json()["code"]) == (409, "commerce.order_not_paid")


def test_the_same_key_refunds_once(tenant: Tenant, order: dict[str, Any]) -> None:
    """C-35, P-15: the same request sent twice is one refund; the key of another request is refused."""
    first = made(refund(tenant.owner, order, "key-1", amount=euros(100)))
    assert made(refund(tenant.owner, order, "key-1", amount=euros(100))) == first
    assert refund(tenant.owner, order, "key-1", amount=euros(200)).status_code == 422


def test_many_refunds_at_once(tenant: Tenant, order: dict[str, Any], eventually: Eventually, admin_sql: Sql) -> None:
    """C-35: of twenty refunds at once only those are taken that the payment can bear."""
    share = order["totals"]["total"]["amount"] // 4
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: refund(tenant.owner, order, amount=euros(share)), range(20)))
    taken = [each.json() for each in answers if each.status_code == 201]
    assert len(taken) == 4
    assert {each.status_code for each in answers} == {201, 409}
    for started in taken:
        assert ended(eventually, tenant.owner, started)["status"] == "completed"
    assert read(tenant, order)["refunded"] == euros(4 * share)
    books = admin_sql("SELECT refunded FROM commerce.gateway_charge WHERE id = $1", order["payments"][0]["id"])
    assert books == [{"refunded": 4 * share}]


def test_a_refund_that_the_gateway_refuses(tenant: Tenant, eventually: Eventually) -> None:
    """C-34, C-35: a refused refund has failed, and its amount and pieces can be refunded again."""
    buyer = tenant.sign_up()
    placed = an_order(buyer, (a_variant(tenant.owner), 2))
    pay(buyer, placed, "4000000000005126")
    order = order_of(buyer, placed)
    started = made(refund(tenant.owner, order, lines=[{"line_id": order["lines"][0]["id"], "quantity": 2}]))
    failed = ended(eventually, tenant.owner, started)
    assert (failed["status"], failed["failure_code"]) == ("failed", "refund_refused")
    after = read(tenant, order)
    assert (after["payment_status"], after["refunded"]["amount"]) == ("paid", 0)
    assert after["lines"][0]["refunded_quantity"] == 0
    assert after["payments"][0]["refunded"]["amount"] == 0


def test_cancelling_a_paid_order_gives_all_back(
    tenant: Tenant, order: dict[str, Any], eventually: Eventually, admin_sql: Sql
) -> None:
    """C-30, C-35: a cancelled order's money goes back and its stock is free."""
    made(tenant.owner.post(f"/v1/commerce/orders/{order['id']}/cancel", json={"reason": "sold out"}), 200)
    eventually(lambda: read(tenant, order)["payment_status"] == "refunded")
    after = read(tenant, order)
    assert (after["status"], after["refunded"]) == ("cancelled", order["totals"]["total"])
    levels = admin_sql(
        "SELECT s.reserved + s.allocated AS bound, s.on_hand FROM commerce.stock_level s"
        " JOIN commerce.order_line l ON l.variant_id = s.variant_id WHERE l.order_id = $1",
        order["id"],
    )
    assert levels == [{"bound": 0, "on_hand": 9}] * 2


def test_pieces_come_back_to_the_shelf(
    tenant: Tenant, order: dict[str, Any], eventually: Eventually, admin_sql: Sql
) -> None:
    """C-05, C-35: restocked pieces of a parcel that was sent are on hand again."""
    parcel = order["fulfilments"][0]["id"]
    made(tenant.owner.post(f"/v1/commerce/fulfilments/{parcel}/ship", json={}), 200)
    line = order["lines"][0]
    lines = [{"line_id": line["id"], "quantity": 2}]
    ended(eventually, tenant.owner, made(refund(tenant.owner, order, lines=lines, restock=True)))
    level = "SELECT on_hand, reserved, allocated FROM commerce.stock_level WHERE variant_id = $1"
    assert admin_sql(level, line["variant_id"]) == [{"on_hand": 8, "reserved": 0, "allocated": 0}]


def test_pieces_that_were_never_sent_are_free(
    tenant: Tenant, order: dict[str, Any], eventually: Eventually, admin_sql: Sql
) -> None:
    """C-05, C-35: a line that is refunded whole before it was sent is not promised to the order any more."""
    line = order["lines"][0]
    started = made(refund(tenant.owner, order, lines=[{"line_id": line["id"], "quantity": 3}]))
    ended(eventually, tenant.owner, started)
    level = "SELECT on_hand, reserved, allocated FROM commerce.stock_level WHERE variant_id = $1"
    assert admin_sql(level, line["variant_id"]) == [{"on_hand": 9, "reserved": 0, "allocated": 0}]

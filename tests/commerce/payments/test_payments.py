"""Payments: who may see and confirm them, and what becomes of money for orders that will not come."""

from datetime import timedelta
from typing import Any

from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from tests.builders.commerce import a_variant, an_order, made, order_of, pay
from tests.commerce.payments.test_cards import Eventually, Sql, payment_of
from tests.conftest import Tenant, wait

CARD = {"card": "4242424242424242"}


def test_who_sees_a_payment(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-34, P-03: the buyer, an administrator and a guest with the secret see a payment; others get the same 404."""
    buyer, stranger = tenant.sign_up(), tenant.sign_up()
    placed = an_order(buyer, (a_variant(tenant.owner), 1))
    path, secret = f"/v1/commerce/payments/{placed['payment']['id']}", placed["payment"]["client_secret"]
    seen = [
        buyer.get(path),
        tenant.owner.get(path),
        tenant.visitor.get(path, params={"token": secret}),
        tenant.visitor.get(path, headers={"X-Order-Token": secret}),
    ]
    assert [each.status_code for each in seen] == [200] * 4
    assert secret not in seen[0].text
    hidden = [
        stranger.get(path),
        tenant.visitor.get(path),
        tenant.visitor.get(path, params={"token": "pay_guess"}),
        other_tenant.owner.get(path),
        buyer.get(f"/v1/commerce/payments/{new_id()}"),
    ]
    assert [each.status_code for each in hidden] == [404] * 5
    assert {each.json()["code"] for each in hidden} == {"commerce.no_such_payment"}


def test_confirming_what_is_not_there(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-34: an unknown payment, another tenant's, and one whose secret is wrong are not confirmed."""
    placed = an_order(tenant.sign_up(), (a_variant(tenant.owner), 1))
    path = f"/v1/commerce/payments/{placed['payment']['id']}/confirm"
    assert tenant.visitor.post(f"/v1/commerce/payments/{new_id()}/confirm", json=CARD).status_code == 404
    assert other_tenant.visitor.post(path, json=CARD).status_code == 404
    assert tenant.visitor.post(path, json={**CARD, "client_secret": "pay_wrong"}).status_code == 404
    assert tenant.visitor.post("/v1/commerce/payments/7/confirm", json=CARD).status_code == 422
    assert tenant.visitor.post(path, json={}).status_code == 422
    assert tenant.visitor.post(path, json={**CARD, "amount": 1}).status_code == 422
    assert tenant.visitor.post(path, json={"card": 4242424242424242}).status_code == 422
    right = {**CARD, "client_secret": placed["payment"]["client_secret"]}
    assert made(tenant.visitor.post(path, json=right), 200)["status"] == "completed"


def test_trying_again_is_for_the_buyer(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-34: only the buyer, an administrator or a guest with a secret of the order opens another payment."""
    placed = an_order(tenant.visitor, (a_variant(tenant.owner), 1))
    pay(tenant.visitor, placed, "4000000000000002")
    path = f"/v1/commerce/orders/{placed['order']['id']}/payments"
    for stranger in (tenant.visitor, tenant.sign_up(), other_tenant.owner):
        answer = stranger.post(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "commerce.no_such_order")
    token = {"X-Order-Token": placed["payment"]["client_secret"]}
    assert tenant.visitor.post(path, headers=token).status_code == 201


def test_a_cancelled_order_is_not_paid(tenant: Tenant, eventually: Eventually) -> None:
    """C-30, C-34: cancelling an unpaid order gives up its payment; a card is not charged any more."""
    buyer = tenant.sign_up()
    placed = an_order(buyer, (a_variant(tenant.owner), 1))
    made(buyer.post(f"/v1/commerce/orders/{placed['order']['id']}/cancel", json={"reason": "changed my mind"}), 200)
    answer = buyer.post(f"/v1/commerce/payments/{placed['payment']['id']}/confirm", json=CARD)
    assert answer.status_code in {200, 409}
    assert answer.json().get("status") != "completed"
    failed = eventually(lambda: payment_of(buyer, placed) if payment_of(buyer, placed)["status"] == "failed" else None)
    assert failed["failure_code"] == "order_cancelled"


def test_a_pending_charge_of_a_cancelled_order_is_voided(
    tenant: Tenant, eventually: Eventually, admin_sql: Sql
) -> None:
    """C-34: a charge under way is given up at the gateway when its order is cancelled, or its money goes back."""
    buyer = tenant.sign_up()
    placed = an_order(buyer, (a_variant(tenant.owner), 1))
    assert pay(buyer, placed, "4000000000000077")["status"] == "pending"
    made(buyer.post(f"/v1/commerce/orders/{placed['order']['id']}/cancel", json={}), 200)
    assert eventually(lambda: payment_of(buyer, placed)["status"] != "pending")
    charge = admin_sql("SELECT status FROM commerce.gateway_charge WHERE id = $1", placed["payment"]["id"])[0]
    assert (charge["status"], payment_of(buyer, placed)["status"]) in {("voided", "failed"), ("succeeded", "completed")}


def test_money_for_a_cancelled_order_goes_back(
    tenant: Tenant, eventually: Eventually, clock: ShiftedClock, admin_sql: Sql
) -> None:
    """C-34: charged, answer lost, order cancelled meanwhile: what reconciling finds is paid back in full."""
    buyer = tenant.sign_up()
    placed = an_order(buyer, (a_variant(tenant.owner, stock=3), 1))
    assert pay(buyer, placed, "4000000000000119")["status"] == "pending"
    made(buyer.post(f"/v1/commerce/orders/{placed['order']['id']}/cancel", json={}), 200)
    wait(clock, admin_sql, timedelta(minutes=1))

    def paid_back() -> Any:
        order = order_of(buyer, placed)
        return order if order["payment_status"] == "refunded" else None

    order = eventually(paid_back)
    assert (order["status"], order["refunded"]) == ("cancelled", placed["order"]["total"])
    books = admin_sql(
        "SELECT amount - refunded AS kept FROM commerce.gateway_charge WHERE id = $1", placed["payment"]["id"]
    )
    assert books == [{"kept": 0}]
    assert admin_sql("SELECT 1 FROM commerce.paper WHERE order_id = $1", placed["order"]["id"]) == []

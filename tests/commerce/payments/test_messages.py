"""The gateway's messages: only signed and fresh ones are heard, and what they cannot change is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from fourfold.commerce.gateway.signatures import secret_of, signed_headers
from fourfold.ground.ids import UUID, new_id
from tests.builders.commerce import a_variant, an_order, made, order_of, pay
from tests.commerce.payments.test_cards import Eventually, Sql, payment_of
from tests.conftest import Tenant


def event_about(charge_id: str, kind: str = "charge.succeeded", **said: Any) -> dict[str, Any]:
    data = {"charge_id": charge_id, "status": kind.partition(".")[2], "failure_code": None, "refund_id": None}
    at = datetime.now(UTC).isoformat()
    return {
        "id": f"evt_{new_id()}",
        "type": kind,
        "created_at": at,
        "data": {**data, "amount": 1, "currency": "EUR", **said},
    }


def send(
    tenant: Tenant, *events: dict[str, Any], age: timedelta = timedelta(), changed: dict[str, str] | None = None
) -> httpx.Response:
    """Sends events as the gateway would; `changed` replaces headers."""
    body = orjson.dumps({"events": events})
    key = secret_of(tenant.running.settings.secret, UUID(tenant.id))
    headers = signed_headers(key, f"msg_{new_id()}", datetime.now(UTC) - age, body)
    headers |= {"content-type": "application/json", **(changed or {})}
    return tenant.running.client.post(f"/v1/commerce/gateway-events/{tenant.id}", content=body, headers=headers)


def an_unpaid_order(tenant: Tenant) -> dict[str, Any]:
    return an_order(tenant.sign_up(), (a_variant(tenant.owner), 1))


def test_an_event_settles_once(tenant: Tenant) -> None:
    """C-34: an event is applied when it comes first, and ignored when it comes again."""
    placed = an_unpaid_order(tenant)
    event = event_about(placed["payment"]["id"])
    assert made(send(tenant, event), 200) == {"applied": 1, "ignored": 0}
    assert made(send(tenant, event), 200) == {"applied": 0, "ignored": 1}
    assert order_of(tenant.owner, placed)["status"] == "processing"


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
        {"webhook-id": "msg_other"},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "soon"},
    ],
)
def test_a_bad_signature(tenant: Tenant, changed: dict[str, str]) -> None:
    """C-34: a message that the gateway has not signed changes nothing."""
    placed = an_unpaid_order(tenant)
    answer = send(tenant, event_about(placed["payment"]["id"]), changed=changed)
    assert (answer.status_code, answer.json()["code"]) == (401, "commerce.bad_signature")
    assert payment_of(tenant.owner, placed)["status"] == "pending"


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_stale_message(tenant: Tenant, age: timedelta) -> None:
    """C-34: a message that somebody kept and sends again later is refused."""
    placed = an_unpaid_order(tenant)
    assert send(tenant, event_about(placed["payment"]["id"]), age=age).status_code == 401
    assert payment_of(tenant.owner, placed)["status"] == "pending"


def test_the_signature_of_another_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-34, P-03: each tenant has a key of its own."""
    placed = an_unpaid_order(tenant)
    body = orjson.dumps({"events": [event_about(placed["payment"]["id"])]})
    key = secret_of(tenant.running.settings.secret, UUID(other_tenant.id))
    headers = {**signed_headers(key, "msg_1", datetime.now(UTC), body), "content-type": "application/json"}
    answer = tenant.running.client.post(f"/v1/commerce/gateway-events/{tenant.id}", content=body, headers=headers)
    assert answer.status_code == 401


def test_unknown_and_senseless_messages(tenant: Tenant, admin_sql: Sql) -> None:
    """C-34: an event about an unknown charge is kept and ignored; a signed message without sense is refused."""
    stranger = event_about(str(new_id()))
    assert made(send(tenant, stranger), 200) == {"applied": 0, "ignored": 1}
    kept = admin_sql("SELECT outcome FROM commerce.payment_event WHERE provider_event_id = $1", stranger["id"])
    assert kept == [{"outcome": "ignored"}]
    assert send(tenant, {"id": "evt_1"}).status_code == 422


def test_late_and_contrary_events(tenant: Tenant) -> None:
    """C-34: final states stay final: a failure that comes after the success is ignored."""
    buyer = tenant.sign_up()
    placed = an_order(buyer, (a_variant(tenant.owner), 1))
    pay(buyer, placed)
    failed = event_about(placed["payment"]["id"], "charge.failed", failure_code="card_declined")
    assert made(send(tenant, failed), 200) == {"applied": 0, "ignored": 1}
    assert payment_of(buyer, placed)["status"] == "completed"


def test_money_for_a_payment_that_had_failed_goes_back(tenant: Tenant, eventually: Eventually, admin_sql: Sql) -> None:
    """C-34: a success after a failure raises a refund, once; the order stays unpaid and can be paid."""
    buyer = tenant.sign_up()
    placed = an_order(buyer, (a_variant(tenant.owner), 1))
    payment_id = placed["payment"]["id"]
    assert pay(buyer, placed, "4000000000000002")["status"] == "failed"
    admin_sql("UPDATE commerce.gateway_charge SET status = 'succeeded', failure_code = NULL WHERE id = $1", payment_id)
    assert made(send(tenant, event_about(payment_id)), 200)["applied"] == 1
    assert made(send(tenant, event_about(payment_id)), 200)["applied"] == 0
    done = "SELECT amount FROM commerce.refund WHERE payment_id = $1 AND status = 'completed'"
    assert eventually(lambda: admin_sql(done, payment_id)) == [{"amount": placed["order"]["total"]["amount"]}]
    again = made(buyer.post(f"/v1/commerce/orders/{placed['order']['id']}/payments"))
    assert pay(buyer, {"payment": again})["status"] == "completed"
    order = order_of(buyer, placed)
    assert (order["status"], order["payment_status"], order["refunded"]["amount"]) == ("processing", "paid", 0)

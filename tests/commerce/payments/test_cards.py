"""Every test card, paid with over HTTP: at once, later, without an answer, told twice, late, or in another order."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from fourfold.ground.clock import ShiftedClock
from tests.builders.commerce import a_variant, an_order, made, order_of, pay
from tests.conftest import Caller, Tenant, wait

Eventually = Callable[..., Any]
Sql = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def buyer(tenant: Tenant) -> Caller:
    return tenant.sign_up()


@pytest.fixture
def placed(tenant: Tenant, buyer: Caller) -> dict[str, Any]:
    """An order of two things that waits to be paid."""
    return an_order(buyer, (a_variant(tenant.owner, stock=5), 2))


def payment_of(caller: Caller, placed: dict[str, Any]) -> dict[str, Any]:
    return made(caller.get(f"/v1/commerce/payments/{placed['payment']['id']}"), 200)


def settled(eventually: Eventually, caller: Caller, placed: dict[str, Any]) -> dict[str, Any]:
    """The payment, once it is not pending any more."""

    def ended() -> dict[str, Any] | None:
        payment = payment_of(caller, placed)
        return payment if payment["status"] != "pending" else None

    found: dict[str, Any] = eventually(ended)
    return found


def events_of(admin_sql: Sql, placed: dict[str, Any]) -> list[dict[str, Any]]:
    return admin_sql(
        "SELECT kind, outcome FROM commerce.payment_event WHERE payment_id = $1 ORDER BY received_at, kind",
        placed["payment"]["id"],
    )


def charges_of(admin_sql: Sql, placed: dict[str, Any]) -> list[dict[str, Any]]:
    return admin_sql("SELECT * FROM commerce.gateway_charge WHERE id = $1", placed["payment"]["id"])


def test_a_card_that_succeeds(buyer: Caller, placed: dict[str, Any], eventually: Eventually, admin_sql: Sql) -> None:
    """C-34: a paid order is processing at once; the gateway's own message is heard and changes nothing."""
    answer = pay(buyer, placed)
    assert answer == {"id": placed["payment"]["id"], "status": "completed", "failure_code": None}
    order = order_of(buyer, placed)
    assert (order["status"], order["payment_status"]) == ("processing", "paid")
    assert {part["status"] for part in order["fulfilments"]} == {"processing"}
    eventually(lambda: events_of(admin_sql, placed))
    assert events_of(admin_sql, placed) == [{"kind": "charge.succeeded", "outcome": "ignored"}]


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("4000000000000002", "card_declined"),
        ("4000000000009995", "insufficient_funds"),
        ("4111111111111111", "test_card_unknown"),
    ],
)
def test_a_card_that_is_declined(buyer: Caller, placed: dict[str, Any], card: str, code: str) -> None:
    """C-34: a declined card fails the payment and leaves the order unpaid; another payment may be opened and paid."""
    assert pay(buyer, placed, card) == {"id": placed["payment"]["id"], "status": "failed", "failure_code": code}
    assert pay(buyer, placed)["status"] == "failed"
    assert order_of(buyer, placed)["status"] == "pending"
    again = made(buyer.post(f"/v1/commerce/orders/{placed['order']['id']}/payments"))
    assert again["id"] != placed["payment"]["id"]
    assert again["amount"] == placed["order"]["total"]
    second = made(buyer.post(f"/v1/commerce/orders/{placed['order']['id']}/payments"))
    assert second["id"] == again["id"]
    assert pay(buyer, {"payment": again})["status"] == "completed"
    order = order_of(buyer, placed)
    assert order["status"] == "processing"
    assert [each["status"] for each in order["payments"]] == ["failed", "completed"]
    refused = buyer.post(f"/v1/commerce/orders/{placed['order']['id']}/payments")
    assert (refused.status_code, refused.json()["code"]) == (409, "commerce.order_not_payable")


@pytest.mark.parametrize("card", ["4242424242424241", "1234", "not a card", "", "4" * 31, "\uff14242424242424242"])
def test_a_number_that_is_no_card(buyer: Caller, placed: dict[str, Any], card: str) -> None:
    """C-34: a number with a wrong check digit is refused before anything is charged, and is not repeated."""
    answer = buyer.post(f"/v1/commerce/payments/{placed['payment']['id']}/confirm", json={"card": card})
    assert answer.status_code == 422
    assert not card or card not in answer.text
    assert pay(buyer, placed, "4242 4242 4242 4242")["status"] == "completed"


@pytest.mark.parametrize(("card", "ends"), [("4000000000000077", "completed"), ("4000000000003220", "failed")])
def test_a_card_that_takes_its_time(
    buyer: Caller, placed: dict[str, Any], eventually: Eventually, card: str, ends: str
) -> None:
    """C-34: a pending payment is settled by the gateway's message."""
    assert pay(buyer, placed, card)["status"] == "pending"
    order = order_of(buyer, placed)
    # The gateway takes two seconds; so may a busy machine, and then the payment is settled already.
    assert order["status"] == "pending" or payment_of(buyer, placed)["status"] != "pending"
    assert settled(eventually, buyer, placed)["status"] == ends
    assert order_of(buyer, placed)["status"] == ("processing" if ends == "completed" else "pending")


def test_an_answer_that_is_lost(buyer: Caller, placed: dict[str, Any], eventually: Eventually, admin_sql: Sql) -> None:
    """C-34: the gateway charged and the answer was lost: the payment is pending, and its message settles it."""
    assert pay(buyer, placed, "4000000000000341")["status"] == "pending"
    assert settled(eventually, buyer, placed)["status"] == "completed"
    assert order_of(buyer, placed)["status"] == "processing"
    assert len(charges_of(admin_sql, placed)) == 1


def test_an_answer_and_its_message_are_lost(
    buyer: Caller, placed: dict[str, Any], eventually: Eventually, clock: ShiftedClock, admin_sql: Sql
) -> None:
    """C-34, P-27: money that was taken while nobody listened is found by the schedule that asks the gateway."""
    assert pay(buyer, placed, "4000000000000119")["status"] == "pending"
    wait(clock, admin_sql, timedelta(minutes=1))
    assert settled(eventually, buyer, placed)["status"] == "completed"
    assert order_of(buyer, placed)["status"] == "processing"
    assert events_of(admin_sql, placed) == []


def test_confirming_again_finds_what_was_lost(buyer: Caller, placed: dict[str, Any], admin_sql: Sql) -> None:
    """C-34: whoever tries again after a lost answer learns what became of the first try, and is charged once."""
    assert pay(buyer, placed, "4000000000000119")["status"] == "pending"
    assert pay(buyer, placed, "4242424242424242")["status"] == "completed"
    charge = charges_of(admin_sql, placed)[0]
    assert (charge["card"], charge["amount"]) == ("0119", placed["order"]["total"]["amount"])


def test_a_request_that_is_lost(
    buyer: Caller, placed: dict[str, Any], eventually: Eventually, clock: ShiftedClock, admin_sql: Sql
) -> None:
    """C-34: when the gateway has never heard of a charge, the payment can be tried again."""
    assert pay(buyer, placed, "4000000000000127")["status"] == "pending"
    assert pay(buyer, placed)["status"] == "pending"
    wait(clock, admin_sql, timedelta(minutes=1))
    freed = "SELECT 1 FROM commerce.payment WHERE id = $1 AND confirming_at IS NULL"
    eventually(lambda: admin_sql(freed, placed["payment"]["id"]))
    assert charges_of(admin_sql, placed) == []
    assert pay(buyer, placed)["status"] == "completed"


def test_who_asks_again_need_not_wait_for_the_search(
    buyer: Caller, placed: dict[str, Any], clock: ShiftedClock, admin_sql: Sql
) -> None:
    """C-34: a charge that the gateway has not heard of in twenty seconds is made when the buyer asks again, once."""
    assert pay(buyer, placed, "4000000000000127")["status"] == "pending"
    clock.advance(timedelta(seconds=21))
    with ThreadPoolExecutor(4) as pool:
        told = {answer["status"] for answer in pool.map(lambda _: pay(buyer, placed), range(4))}
    assert "completed" in told
    assert told <= {"completed", "pending"}
    assert len(charges_of(admin_sql, placed)) == 1


def test_a_message_that_comes_twice(
    buyer: Caller, placed: dict[str, Any], eventually: Eventually, admin_sql: Sql
) -> None:
    """C-34: a message that comes twice is applied once."""
    assert pay(buyer, placed, "4000000000000259")["status"] == "pending"
    assert settled(eventually, buyer, placed)["status"] == "completed"
    done = (
        "SELECT 1 FROM commerce.gateway_event"
        " WHERE charge_id = $1 AND kind = 'charge.succeeded' AND delivered_at IS NOT NULL"
    )
    eventually(lambda: admin_sql(done, placed["payment"]["id"]))
    assert [each for each in events_of(admin_sql, placed) if each["outcome"] == "applied"] == [
        {"kind": "charge.succeeded", "outcome": "applied"}
    ]
    order = order_of(buyer, placed)
    assert [each["became"] for each in order["history"] if each["fulfilment_id"] is None] == ["pending", "processing"]


def test_messages_in_another_order(
    buyer: Caller, placed: dict[str, Any], eventually: Eventually, admin_sql: Sql
) -> None:
    """C-34: `processing` after `succeeded` is kept, and does not take the payment back."""
    assert pay(buyer, placed, "4000000000000036")["status"] == "pending"
    assert settled(eventually, buyer, placed)["status"] == "completed"
    eventually(lambda: len(events_of(admin_sql, placed)) == 2)
    # A worker that was held up sends both in one message: then they have one time, and still this order.
    told = "SELECT kind, outcome, received_at FROM commerce.payment_event WHERE payment_id = $1 ORDER BY kind"
    processing, succeeded = admin_sql(told, placed["payment"]["id"])
    assert (succeeded["kind"], succeeded["outcome"]) == ("charge.succeeded", "applied")
    assert (processing["kind"], processing["outcome"]) == ("charge.processing", "ignored")
    assert succeeded["received_at"] <= processing["received_at"]
    assert payment_of(buyer, placed)["status"] == "completed"


def test_a_message_an_hour_late(
    tenant: Tenant,
    buyer: Caller,
    placed: dict[str, Any],
    eventually: Eventually,
    clock: ShiftedClock,
    admin_sql: Sql,
) -> None:
    """C-34: the shop does not wait for a late message, and ignores it when it comes."""
    assert pay(buyer, placed, "4000000000000069")["status"] == "pending"
    wait(clock, admin_sql, timedelta(seconds=40))
    assert settled(eventually, buyer, placed)["status"] == "completed"
    wait(clock, admin_sql, timedelta(hours=1))
    late = {"kind": "charge.succeeded", "outcome": "ignored"}
    eventually(lambda: late in events_of(admin_sql, placed))
    assert order_of(tenant.sign_in(buyer.email), placed)["status"] == "processing"


def test_many_confirm_at_once(buyer: Caller, placed: dict[str, Any], admin_sql: Sql) -> None:
    """C-34, T53: twenty requests confirm one payment at once: one charge, and nobody is told of a failure."""
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: pay(buyer, placed), range(20)))
    assert {each["status"] for each in answers} <= {"completed", "pending"}
    assert "completed" in {each["status"] for each in answers}
    assert len(charges_of(admin_sql, placed)) == 1
    assert payment_of(buyer, placed)["status"] == "completed"
    paid = admin_sql(
        "SELECT 1 FROM ground.event WHERE type = 'commerce.order.paid' AND subject = $1", placed["order"]["id"]
    )
    assert len(paid) == 1

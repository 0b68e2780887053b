"""Buyers whose process dies when all is done and nothing is said: who asks again is told what was done, once."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.builders.commerce import a_cart_with, a_variant, check_out, made, order_of, pay
from tests.builders.people import mail_to, mails_to, settled_mails
from tests.conftest import Caller, Running, Tenant, _free_port

ROOT = Path(__file__).parents[3]
DYING = Path(__file__).with_name("dying_api.py")
Sql = Callable[..., list[dict[str, Any]]]


@contextmanager
def dying(running: Running, words: str) -> Iterator[httpx.Client]:
    """A process that dies with the first commit of such words."""
    port = _free_port()
    environment = {
        **os.environ,
        "FOURFOLD_HOME": str(running.settings.home),
        "FOURFOLD_PORT": str(port),
        "FOURFOLD_POSTGRES_URL": running.settings.postgres_url or "",
        "FOURFOLD_VALKEY_URL": running.settings.valkey_url or "",
        "FOURFOLD_MONGO_URL": running.settings.mongo_url or "",
        "FOURFOLD_LOG_LEVEL": "error",
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen([sys.executable, str(DYING), words], env=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            deadline = time.monotonic() + 60
            while process.poll() is None and time.monotonic() < deadline:
                with suppress(httpx.TransportError):
                    client.get("/healthz").raise_for_status()
                    break
                time.sleep(0.1)
            yield client
        assert process.wait(60) == -9, "it has not died of the commit"
    finally:
        process.kill()
        process.wait()


def at(client: httpx.Client, caller: Caller) -> Caller:
    """The same caller at another process."""
    return Caller(client, caller.headers, caller.email, caller.account_id)


@pytest.mark.parametrize("is_guest", [False, True])
def test_a_checkout_that_nobody_heard_of(
    running: Running, tenant: Tenant, other_tenant: Tenant, admin_sql: Sql, *, is_guest: bool
) -> None:
    """T54: killed after the order's commit; the same key gets that order, which is paid and told of once."""
    buyer = tenant.visitor if is_guest else tenant.sign_up()
    address = buyer.email or "guest@buyer.test"
    variant, key = a_variant(tenant.owner, stock=5), uuid4().hex
    cart = a_cart_with(buyer, (variant, 2))
    with dying(running, "write_payment") as client, pytest.raises(httpx.TransportError):
        check_out(at(client, buyer), cart, key=key)
    (kept,) = admin_sql("SELECT id, number FROM commerce.customer_order WHERE cart_id = $1", cart["id"])

    first, again = check_out(buyer, cart, key=key), check_out(buyer, cart, key=key)
    placed = made(first)
    assert (placed["order"]["id"], placed["order"]["number"]) == (str(kept["id"]), kept["number"])
    assert first.headers["idempotent-replayed"] == "true"
    assert again.content == first.content
    assert check_out(other_tenant.owner, cart, key=key).status_code == 404
    assert check_out(buyer, cart).json()["code"] == "commerce.cart_already_ordered"
    for table in ("customer_order", "payment", "stock_reservation"):
        (found,) = admin_sql(f"SELECT count(*) AS n FROM commerce.{table} WHERE tenant_id = $1", tenant.id)
        assert (table, found["n"]) == (table, 1)
    assert pay(buyer, placed)["status"] == "completed"
    assert_told_once(tenant, address, kept["number"])


@pytest.mark.parametrize("when", ["charge", "commerce.order.paid"])
def test_a_charge_that_nobody_heard_of(
    running: Running, tenant: Tenant, admin_sql: Sql, eventually: Callable[..., Any], when: str
) -> None:
    """T54: killed when the card is charged, or when that is settled; asked again, it is not charged a second time."""
    buyer = tenant.sign_up()
    placed = made(check_out(buyer, a_cart_with(buyer, (a_variant(tenant.owner, stock=5), 2))))
    with dying(running, when) as client, pytest.raises(httpx.TransportError):
        pay(at(client, buyer), placed)
    charges = "SELECT id, status, amount FROM commerce.gateway_charge WHERE tenant_id = $1"
    charged = admin_sql(charges, tenant.id)
    total = placed["order"]["total"]["amount"]
    assert [(each["status"], each["amount"]) for each in charged] == [("succeeded", total)]

    assert pay(buyer, placed)["status"] == pay(buyer, placed)["status"] == "completed"
    assert admin_sql(charges, tenant.id) == charged
    assert order_of(buyer, placed)["payment_status"] == "paid"
    assert_told_once(tenant, buyer.email, placed["order"]["number"])
    booked = "SELECT amount FROM commerce.ledger_entry WHERE tenant_id = $1 AND account = 'buyer_clearing'"
    assert [abs(each["amount"]) for each in eventually(lambda: admin_sql(booked, tenant.id))] == [total]


def assert_told_once(tenant: Tenant, address: str, number: str) -> None:
    """One mail about the order, one about the money, and none after them."""
    for words in (f"your order {number}", "payment received"):
        mail_to(tenant, address, words)
    settled_mails(tenant, tenant.owner)
    assert len(mails_to(tenant, address, number)) == 2

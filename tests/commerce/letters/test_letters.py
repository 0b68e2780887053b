"""The mails of an order: each arrives once, with figures for people and the papers attached."""

import re
from typing import Any

from fourfold.commerce.letters.rules import pieces_text
from tests.builders.commerce import a_variant, an_order, made, order_of, pay
from tests.commerce.payments.test_cards import Eventually
from tests.commerce.refunds.test_refunds import ended, refund
from tests.conftest import Tenant


def mails_to(tenant: Tenant, address: str) -> list[dict[str, Any]]:
    """The mails of the tenant to an address, oldest first."""
    items = made(tenant.owner.get("/v1/core/outbox-mail", params={"limit": 100}), 200)["items"]
    return [each for each in reversed(items) if each["to"] == address]


def mail_about(eventually: Eventually, tenant: Tenant, address: str, words: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = eventually(
        lambda: [each for each in mails_to(tenant, address) if words in each["subject"] and each["status"] == "sent"]
    )
    assert len(found) == 1
    return found[0]


def test_the_mails_of_an_order(tenant: Tenant, eventually: Eventually) -> None:
    """C-36, P-29: order, payment with the invoice, parcel, refund with the credit note: each once."""
    buyer = tenant.sign_up()
    placed = an_order(buyer, (a_variant(tenant.owner, price=123_456, title="Grand <b>piano</b>"), 2))
    number = placed["order"]["number"]
    ordered = mail_about(eventually, tenant, buyer.email, f"your order {number}")
    assert "2 x Grand <b>piano</b>: 2,469.12 EUR" in ordered["text"]
    assert "<b>piano</b>" not in ordered["html"]
    assert ordered["links"] == [f"{tenant.running.url}/v1/commerce/orders/{placed['order']['id']}"]
    pay(buyer, placed)
    paid = mail_about(eventually, tenant, buyer.email, "payment received")
    assert [re.sub(r"\d{4}", "YEAR", name, count=1) for name in paid["attachments"]] == ["INV-YEAR-000001.pdf"]
    order = order_of(buyer, placed)
    parcel = order["fulfilments"][0]["id"]
    shipped = {"carrier": "DHL", "tracking_number": "123"}
    made(tenant.owner.post(f"/v1/commerce/fulfilments/{parcel}/ship", json=shipped), 200)
    sent = mail_about(eventually, tenant, buyer.email, "is on its way")
    assert "It is carried by DHL, tracking number 123." in sent["text"]
    assert "Grand" in sent["text"]
    ended(eventually, tenant.owner, made(refund(tenant.owner, order, amount={"amount": 100, "currency": "EUR"})))
    back = mail_about(eventually, tenant, buyer.email, "refunded")
    assert "1.00 EUR refunded" in back["subject"]
    assert [name[:3] for name in back["attachments"]] == ["CN-"]
    assert len([each for each in mails_to(tenant, buyer.email) if number in each["subject"]]) == 4


def test_the_mails_of_a_cancelled_order(tenant: Tenant, eventually: Eventually) -> None:
    """C-36: a cancelled order is told, and a guest's links carry the order's secret."""
    placed = an_order(tenant.visitor, (a_variant(tenant.owner), 1), email="guest@buyer.test")
    secret = placed["payment"]["client_secret"]
    body = {"reason": "out of\nstock\r\nBcc: evil@test"}
    made(tenant.owner.post(f"/v1/commerce/orders/{placed['order']['id']}/cancel", json=body), 200)
    told = mail_about(eventually, tenant, "guest@buyer.test", "is cancelled")
    assert told["links"] == [f"{tenant.running.url}/v1/commerce/orders/{placed['order']['id']}?token={secret}"]
    assert "goes back to your card" not in told["text"]
    assert tenant.visitor.get(told["links"][0]).status_code == 200


def test_a_letter_is_written_as_its_reader_writes(tenant: Tenant, eventually: Eventually) -> None:
    """C-36, P-29: a German buyer reads German figures, whatever the shop speaks."""
    buyer = tenant.sign_up()
    made(buyer.patch("/v1/core/me", json={"language": "de"}), 200)
    an_order(buyer, (a_variant(tenant.owner, price=123_450), 1))
    told = mail_about(eventually, tenant, buyer.email, "Bestellung")
    assert "1.234,50 EUR" in told["text"]
    assert "1,234.50" not in told["text"]


def test_pieces_for_people() -> None:
    """C-36: pieces with and without options."""
    assert pieces_text(2, "Kettle", "cream, 1.6 l") == "2 x Kettle (cream, 1.6 l)"
    assert pieces_text(1, "Kettle", "") == "1 x Kettle"

"""Invoices, credit notes and packing slips of real orders: one each, without gaps, frozen, for the right eyes."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from pypdf import PdfReader

from fourfold.ground.ids import new_id
from tests.builders.commerce import a_paid_order, a_product, a_variant, an_order, euros, made, order_of, pay
from tests.commerce.payments.test_cards import Eventually, Sql
from tests.commerce.refunds.test_refunds import ended, refund
from tests.conftest import Caller, Tenant


def text_of(answer: httpx.Response) -> str:
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def invoice_of(eventually: Eventually, caller: Caller, order_id: str, **rest: Any) -> httpx.Response:
    def ready() -> httpx.Response | None:
        answer = caller.get(f"/v1/commerce/orders/{order_id}/invoice", **rest)
        return answer if answer.status_code == 200 else None

    found: httpx.Response = eventually(ready)
    return found


def papers_of(caller: Caller, order_id: str, **rest: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = made(caller.get(f"/v1/commerce/orders/{order_id}/papers", **rest), 200)["items"]
    return items


def test_a_paid_order_has_an_invoice(tenant: Tenant, eventually: Eventually) -> None:
    """C-33: the invoice is drawn in the background, and comes as a PDF file with its number as name."""
    buyer = tenant.sign_up()
    placed = an_order(buyer, (a_variant(tenant.owner, price=1999, title="Enamelled kettle"), 2))
    path = f"/v1/commerce/orders/{placed['order']['id']}/invoice"
    early = buyer.get(path)
    assert (early.status_code, early.json()["code"]) == (404, "commerce.no_such_paper")
    assert order_of(buyer, placed)["invoice_url"] is None
    pay(buyer, placed)
    answer = invoice_of(eventually, buyer, placed["order"]["id"])
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"
    number = re.fullmatch(r'attachment; filename="(INV-\d{4}-000001)\.pdf"', answer.headers["content-disposition"])
    assert number is not None
    text = text_of(answer)
    for word in (number[1], placed["order"]["number"], "Enamelled kettle", "39.98", "Ada Byron", "10115 Berlin"):
        assert word in text
    assert order_of(buyer, placed)["invoice_url"] == path


def test_an_invoice_speaks_the_tenants_language(tenant: Tenant, eventually: Eventually) -> None:
    """C-33, B-02: words, dates and figures of a paper are those of the tenant's locale when it was issued."""
    made(tenant.owner.patch("/v1/core/settings", json={"values": {"core.locale": "fr-CA"}}), 200)
    buyer, variant = tenant.sign_up(), a_variant(tenant.owner, price=123_450, stock=1000)

    def an_invoice() -> str:
        text = text_of(invoice_of(eventually, buyer, a_paid_order(buyer, (variant, 1))["id"]))
        return text if "Facture" in text else ""

    # The worker knows of a setting within a second.
    text = eventually(an_invoice)
    for words in ("FACTURÉ À", "234,50"):
        assert words in text


def test_who_reads_an_invoice(tenant: Tenant, other_tenant: Tenant, eventually: Eventually) -> None:
    """C-33, P-03: the buyer, administrators and a guest with the secret; vendors, strangers and tenants get 404."""
    vendor = tenant.sign_up("vendor")
    placed = an_order(tenant.visitor, (a_variant(vendor), 1))
    pay(tenant.visitor, placed)
    order_id, token = placed["order"]["id"], {"X-Order-Token": placed["payment"]["client_secret"]}
    first = invoice_of(eventually, tenant.visitor, order_id, headers=token)
    again = invoice_of(eventually, tenant.owner, order_id)
    by_query = tenant.visitor.get(f"/v1/commerce/orders/{order_id}/invoice", params={"token": token["X-Order-Token"]})
    assert first.content == again.content == by_query.content
    paper = papers_of(tenant.owner, order_id)[0]
    assert (paper["kind"], paper["ready"], paper["order_id"]) == ("invoice", True, order_id)
    assert tenant.owner.get(paper["url"]).content == first.content
    for stranger in (tenant.visitor, tenant.sign_up(), vendor, other_tenant.owner):
        assert stranger.get(f"/v1/commerce/orders/{order_id}/invoice").status_code == 404
        assert stranger.get(paper["url"]).status_code == 404
        assert papers_of(stranger, order_id) == []
    assert tenant.owner.get(f"/v1/commerce/orders/{new_id()}/invoice").status_code == 404
    assert tenant.owner.get("/v1/commerce/orders/7/invoice").status_code == 422


def test_numbers_have_no_gaps(tenant: Tenant, eventually: Eventually, admin_sql: Sql) -> None:
    """C-33: twenty orders paid at the same moment get the numbers 1 to 20, each one."""
    variant = a_variant(tenant.owner, stock=50)
    orders = [an_order(Caller(tenant.visitor.base, tenant.visitor.headers), (variant, 1)) for _ in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda placed: pay(tenant.visitor, placed)["status"], orders))
    assert answers == ["completed"] * 20
    numbers = "SELECT sequence FROM commerce.paper WHERE tenant_id = $1 AND rendered_at IS NOT NULL ORDER BY sequence"
    eventually(lambda: len(admin_sql(numbers, tenant.id)) == 20, 60)
    assert [row["sequence"] for row in admin_sql(numbers, tenant.id)] == list(range(1, 21))
    assert len(admin_sql("SELECT DISTINCT order_id FROM commerce.paper WHERE tenant_id = $1", tenant.id)) == 20


def test_told_twice_it_is_one_invoice(tenant: Tenant, eventually: Eventually, admin_sql: Sql) -> None:
    """C-33, P-26: the event of the payment, delivered again, issues and sends nothing."""
    order = a_paid_order(tenant.sign_up(), (a_variant(tenant.owner), 1))
    invoice_of(eventually, tenant.owner, order["id"])
    told = "SELECT reaction FROM ground.inbox WHERE tenant_id = $1 AND event_id IN (SELECT id FROM ground.event"
    told += " WHERE tenant_id = $1 AND subject = $2) ORDER BY reaction"
    sent = "SELECT once FROM core.mail WHERE tenant_id = $1 AND once LIKE '%payment_received%'"
    booked = "SELECT 1 FROM commerce.ledger_entry WHERE order_id = $1"
    # All that it brings about the first time: the reactions to one event come in no order.
    eventually(lambda: admin_sql(booked, order["id"]) and admin_sql(sent, tenant.id))
    first = admin_sql(told, tenant.id, order["id"])
    admin_sql("DELETE FROM ground.inbox WHERE tenant_id = $1 AND reaction LIKE 'commerce.%'", tenant.id)
    admin_sql(
        "UPDATE ground.event SET published_at = NULL, settled = false WHERE tenant_id = $1 AND subject = $2",
        tenant.id, order["id"],
    )  # fmt: skip
    eventually(lambda: len(admin_sql(told, tenant.id, order["id"])) >= len(first))
    assert len(papers_of(tenant.owner, order["id"])) == 1
    entries = admin_sql(booked, order["id"])
    assert len(entries) == len({"buyer_clearing", "vendor_payable"})
    mails = admin_sql("SELECT once FROM core.mail WHERE tenant_id = $1", tenant.id)
    assert len(mails) == len({row["once"] for row in mails})
    assert sum("payment_received" in row["once"] for row in mails) == 1


def test_a_refund_has_a_credit_note(tenant: Tenant, eventually: Eventually) -> None:
    """C-33, C-35: the credit note names the invoice that it corrects and what goes back."""
    order = a_paid_order(tenant.sign_up(), (a_variant(tenant.owner, price=1250, title="Blue lamp"), 2))
    invoice_of(eventually, tenant.owner, order["id"])
    lines = [{"line_id": order["lines"][0]["id"], "quantity": 1}]

    def notes(count: int) -> list[dict[str, Any]]:
        found = [
            each for each in papers_of(tenant.owner, order["id"]) if each["kind"] == "credit_note" and each["ready"]
        ]
        return found if len(found) == count else []

    asks: list[dict[str, Any]] = [{"lines": lines}, {"amount": euros(250)}]
    for count, ask in enumerate(asks, 1):
        ended(eventually, tenant.owner, made(refund(tenant.owner, order, **ask)))
        # One after the other: of two that are told at once either may get the first number.
        eventually(lambda count=count: notes(count))
    first, second = notes(2)
    assert [each["number"][-6:] for each in (first, second)] == ["000001", "000002"]
    text = text_of(tenant.owner.get(first["url"]))
    for word in ("Credit note", first["number"], "INV-", "Blue lamp", "12.50"):
        assert word in text
    assert "2.50" in text_of(tenant.owner.get(second["url"]))


def test_taxes_on_papers(tenant: Tenant, eventually: Eventually, admin_sql: Sql) -> None:
    """C-21, C-33: the invoice lists net and tax, and the credit note takes back the same share of both."""
    rate = {"tax_class": "standard", "country": "DE", "basis_points": 1900}
    made(tenant.owner.post("/v1/commerce/tax-rates", json=rate))
    order = a_paid_order(tenant.sign_up(), (a_variant(tenant.owner, price=11_900), 1))
    invoice_of(eventually, tenant.owner, order["id"])
    ended(eventually, tenant.owner, made(refund(tenant.owner, order)))
    rows = eventually(
        lambda: admin_sql(
            "SELECT content -> 'paper' -> 'totals' AS totals FROM commerce.paper WHERE order_id = $1"
            " AND EXISTS (SELECT FROM commerce.paper n WHERE n.order_id = $1 AND n.kind = 'credit_note') ORDER BY id",
            order["id"],
        )
    )
    assert len(rows) == 2
    invoice, note = rows
    assert invoice["totals"] != note["totals"]
    for totals in (invoice["totals"], note["totals"]):
        assert f'"amount": {order["totals"]["tax"]["amount"]}' in totals
        assert '"tax_rate": 1900' in totals


def test_papers_are_frozen(tenant: Tenant, eventually: Eventually, admin_sql: Sql) -> None:
    """C-33: editing the product or the shop changes no invoice, not even one that is drawn later."""
    product = a_product(tenant.owner, title="Old name")
    placed = an_order(tenant.sign_up(), (product["variants"][0]["id"], 1))
    pay(tenant.owner, placed)
    issued = "SELECT content::text AS content FROM commerce.paper WHERE order_id = $1"
    eventually(lambda: admin_sql(issued, placed["order"]["id"]))
    before = admin_sql(issued, placed["order"]["id"])
    made(tenant.owner.patch(f"/v1/commerce/products/{product['id']}", json={"title": "New name"}), 200)
    admin_sql("UPDATE commerce.shop SET name = 'New shop', tax_id = 'NEW' WHERE tenant_id = $1", tenant.id)
    text = text_of(invoice_of(eventually, tenant.owner, placed["order"]["id"]))
    assert "Old name" in text
    assert "New" not in text
    assert admin_sql(issued, placed["order"]["id"]) == before


def test_a_packing_slip_on_demand(tenant: Tenant, other_tenant: Tenant, eventually: Eventually) -> None:
    """C-33: a vendor asks for the packing slip of its own parcel; it shows no prices, and is one paper."""
    vendor, other = tenant.sign_up("vendor"), tenant.sign_up("vendor")
    wants = [(a_variant(vendor, title="Green jug", price=4321), 2), (a_variant(other, title="Red cup"), 1)]
    order = a_paid_order(tenant.sign_up(), *wants)
    parcel = made(vendor.get("/v1/commerce/fulfilments"), 200)["items"][0]
    path = f"/v1/commerce/fulfilments/{parcel['id']}/packing-slip"
    asked = vendor.post(path)
    slip = made(asked, 202)
    assert asked.headers["location"] == f"/v1/commerce/papers/{slip['id']}"
    assert made(vendor.post(path), 202)["id"] == slip["id"]
    eventually(lambda: vendor.get(asked.headers["location"]).status_code == 200)
    text = text_of(vendor.get(asked.headers["location"]))
    assert "Green jug" in text
    assert "Red cup" not in text
    assert "43.21" not in text
    assert tenant.owner.get(asked.headers["location"]).status_code == 200
    for stranger in (other, other_tenant.owner, tenant.visitor):
        assert stranger.get(asked.headers["location"]).status_code == 404
    assert [each["kind"] for each in papers_of(vendor, order["id"])] == ["packing_slip"]

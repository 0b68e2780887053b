"""The ledger over HTTP: sales, deliveries and refunds, seen by vendors and administrators."""

from typing import Any

from tests.builders.commerce import a_paid_order, a_variant, euros, made
from tests.commerce.payments.test_cards import Eventually, Sql
from tests.commerce.refunds.test_refunds import ended, refund
from tests.conftest import Caller, Tenant

COMMISSION = 1000


def balance_of(caller: Caller) -> dict[str, Any]:
    items = made(caller.get("/v1/commerce/payouts/balance"), 200)["items"]
    return items[0] if items else {}


def test_money_finds_its_owners(tenant: Tenant, eventually: Eventually, admin_sql: Sql) -> None:
    """C-31: sold is pending, delivered is available, refunded is taken back; every cause adds up to nothing."""
    vendors = [tenant.sign_up("vendor"), tenant.sign_up("vendor")]
    wants = [(a_variant(vendor, price=price), 3) for vendor, price in zip(vendors, (1999, 777), strict=True)]
    order = a_paid_order(tenant.sign_up(), *wants)
    parts = {
        part["vendor"]["id"]: part
        for part in made(tenant.owner.get(f"/v1/commerce/orders/{order['id']}"), 200)["fulfilments"]
    }
    pending = eventually(lambda: balance_of(vendors[0]))
    part = parts[pending["vendor_id"]]
    share = part["totals"]["total"]["amount"] - part["commission"]["amount"]
    assert (pending["pending"], pending["available"]) == (euros(share), euros(0))
    assert pending["commission"] == part["commission"]
    made(vendors[0].post(f"/v1/commerce/fulfilments/{part['id']}/ship", json={}), 200)
    made(vendors[0].post(f"/v1/commerce/fulfilments/{part['id']}/deliver"), 200)
    eventually(lambda: balance_of(vendors[0])["available"] == euros(share))
    assert balance_of(vendors[0])["pending"] == euros(0)
    line = next(line for line in order["lines"] if line["vendor_id"] == pending["vendor_id"])
    lines = [{"line_id": line["id"], "quantity": 1}]
    ended(eventually, tenant.owner, made(refund(tenant.owner, order, lines=lines)))
    eventually(lambda: balance_of(vendors[0])["available"] != euros(share))
    taken = share - balance_of(vendors[0])["available"]["amount"]
    fee = part["commission"]["amount"] - balance_of(vendors[0])["commission"]["amount"]
    assert taken + fee == 1999
    ended(eventually, tenant.owner, made(refund(tenant.owner, order)))
    eventually(lambda: balance_of(vendors[1])["pending"] == euros(0))
    for vendor in vendors:
        balance = balance_of(vendor)
        assert {balance[name]["amount"] for name in ("pending", "available", "commission", "paid_out")} == {0}
    sums = (
        "SELECT cause, sum(amount)::bigint AS sum FROM commerce.ledger_entry"
        " WHERE order_id = $1 GROUP BY cause, cause_id"
    )
    assert {row["sum"] for row in admin_sql(sums, order["id"])} == {0}


def test_who_sees_the_ledger(tenant: Tenant, other_tenant: Tenant, eventually: Eventually) -> None:
    """C-31, P-03: a vendor sees its own entries and balance, an administrator all, other tenants nothing."""
    vendors = [tenant.sign_up("vendor"), tenant.sign_up("vendor")]
    order = a_paid_order(tenant.sign_up(), *((a_variant(vendor), 1) for vendor in vendors))
    path = "/v1/commerce/payouts/ledger"
    entries = eventually(lambda: made(tenant.owner.get(path, params={"order_id": order["id"]}), 200)["items"])
    assert sum(each["amount"]["amount"] for each in entries) == 0
    assert len(entries) == 5
    own = made(vendors[0].get(path), 200)["items"]
    assert len(own) == 2
    assert len({each["vendor_id"] for each in own}) == 1
    assert made(other_tenant.owner.get(path), 200) == {"items": [], "next": None}
    assert tenant.sign_up().get(path).status_code == 403
    assert tenant.visitor.get("/v1/commerce/payouts/balance").status_code == 401
    page = made(tenant.owner.get(path, params={"limit": 3}), 200)
    rest = made(tenant.owner.get(path, params={"limit": 3, "cursor": page["next"]}), 200)
    assert [each["id"] for each in page["items"] + rest["items"]] == [each["id"] for each in entries]


def test_commission_is_frozen(tenant: Tenant, eventually: Eventually, admin_sql: Sql) -> None:
    """C-31: a commission that is changed later changes no order that was placed before."""
    vendor = tenant.sign_up("vendor")
    order = a_paid_order(tenant.sign_up(), (a_variant(vendor, price=10_000), 1))
    admin_sql("UPDATE commerce.vendor SET commission_bp = 9000 WHERE tenant_id = $1", tenant.id)
    balance = eventually(lambda: balance_of(vendor))
    part = order["fulfilments"][0]["totals"]
    assert balance["pending"]["amount"] + balance["commission"]["amount"] == part["total"]["amount"]
    assert balance["commission"]["amount"] <= part["total"]["amount"] * COMMISSION // 10_000 + 1
    ended(eventually, tenant.owner, made(refund(tenant.owner, order, amount=euros(5000))))
    eventually(lambda: balance_of(vendor)["commission"]["amount"] < balance["commission"]["amount"])

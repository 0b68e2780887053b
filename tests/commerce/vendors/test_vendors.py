"""Vendors and the shop's own facts."""

from typing import Any
from uuid import uuid4

import pytest

from tests.builders.commerce import a_product, euros, made
from tests.conftest import Tenant

VENDORS, SHOP, PRODUCTS = "/v1/commerce/vendors", "/v1/commerce/shop", "/v1/commerce/products"


def test_an_administrator_adds_a_vendor(tenant: Tenant) -> None:
    """C-04: the account with the vendor's address sells for it, once it has the role."""
    added = made(tenant.owner.post(VENDORS, json={"name": "North Star", "email": "n@star.test", "commission_bp": 750}))
    assert (added["slug"], added["status"], added["commission_bp"]) == ("north-star", "approved", 750)
    seller = tenant.sign_up("vendor", "n@star.test")
    assert [each["id"] for each in seller.get(VENDORS).json()["items"]] == [added["id"]]
    product = a_product(seller)
    assert product["vendor"] == {"id": added["id"], "slug": "north-star", "name": "North Star"}
    assert seller.get(f"{VENDORS}/{added['id']}").json()["account_id"] == seller.account_id
    stranger = tenant.sign_up("vendor")
    assert stranger.get(f"{VENDORS}/{added['id']}").status_code == 404
    by_admin = a_product(tenant.owner, vendor_id=added["id"])
    assert by_admin["vendor"]["id"] == added["id"]
    own = {"title": "X", "vendor_id": added["id"], "variants": [{"price": euros(1)}]}
    assert stranger.post(PRODUCTS, json=own).json()["code"] == "commerce.unknown_vendor"


def test_a_suspended_vendor_leaves_the_shop(tenant: Tenant) -> None:
    """C-04: its products are gone from list, search and page at once, and come back with approval."""
    seller = tenant.sign_up("vendor")
    product = a_product(seller, title="Teapot")
    kept = a_product(tenant.owner, title="Kettle")
    path = f"{VENDORS}/{product['vendor']['id']}"
    made(tenant.owner.patch(path, json={"status": "suspended"}), 200)
    assert [each["id"] for each in tenant.visitor.get(PRODUCTS).json()["items"]] == [kept["id"]]
    assert tenant.visitor.get(f"{PRODUCTS}?q=teapot").json()["items"] == []
    assert tenant.visitor.get(f"{PRODUCTS}/{product['id']}").status_code == 404
    made(seller.patch(f"{PRODUCTS}/{product['id']}", json={"title": "Teapot 2"}), 200)
    assert tenant.visitor.get(f"{PRODUCTS}?q=teapot").json()["items"] == []
    made(tenant.owner.patch(path, json={"status": "approved", "name": "Tea & Co"}), 200)
    (found,) = tenant.visitor.get(f"{PRODUCTS}?q=teapot").json()["items"]
    assert (found["title"], found["vendor"]["name"]) == ("Teapot 2", "Tea & Co")


def test_the_house_vendor_stays(tenant: Tenant) -> None:
    """C-04: what an owner sells without naming a vendor is the shop's own; the shop cannot suspend itself."""
    product = a_product(tenant.owner)
    refused = tenant.owner.patch(f"{VENDORS}/{product['vendor']['id']}", json={"status": "suspended"})
    assert (refused.status_code, refused.json()["code"]) == (409, "commerce.house_vendor_stays")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": ""}, 422),
        ({"name": "x" * 201}, 422),
        ({"slug": "A B"}, 422),
        ({"email": "nobody"}, 422),
        ({"commission_bp": 10_001}, 422),
        ({"commission_bp": "5"}, 422),
        ({"account_id": "me"}, 422),
        ({"colour": "red"}, 422),
        ({"slug": "taken"}, 409),
    ],
)
def test_what_does_not_fit_is_refused(tenant: Tenant, change: dict[str, Any], status: int) -> None:
    """C-04: nothing wrong comes in."""
    made(tenant.owner.post(VENDORS, json={"name": "Taken", "slug": "taken"}))
    assert tenant.owner.post(VENDORS, json={"name": "New", **change}).status_code == status


def test_who_may_do_what(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-04: vendors look at themselves, administrators change them, other tenants see nothing."""
    vendor = made(tenant.owner.post(VENDORS, json={"name": "One"}))
    path = f"{VENDORS}/{vendor['id']}"
    assert tenant.visitor.get(VENDORS).status_code == 401
    assert tenant.sign_up().get(VENDORS).status_code == 403
    assert tenant.sign_up("vendor").post(VENDORS, json={"name": "Two"}).status_code == 403
    for unknown in (other_tenant.owner.get(path), tenant.owner.get(f"{VENDORS}/{uuid4()}")):
        assert (unknown.status_code, unknown.json()["code"]) == (404, "commerce.no_such_vendor")
    assert other_tenant.owner.patch(path, json={"name": "Mine"}).status_code == 404
    tag = tenant.owner.get(path).headers["etag"]
    made(tenant.owner.patch(path, json={"name": "Uno"}, headers={"If-Match": tag}), 200)
    assert tenant.owner.patch(path, json={"name": "Eins"}, headers={"If-Match": tag}).status_code == 412


def test_the_shops_own_facts(tenant: Tenant) -> None:
    """C-04: there from the start; the currency changes only while nothing has a price."""
    before = made(tenant.visitor.get(SHOP), 200)
    assert (before["currency"], before["prices_include_tax"]) == ("EUR", True)
    changes = {"name": "Lampenladen", "currency": "CHF", "address": {"city": "Zürich", "country": "CH"}}
    made(tenant.owner.patch(SHOP, json=changes), 200)
    shown = tenant.visitor.get(SHOP).json()
    assert (shown["name"], shown["currency"], shown["address"]["city"]) == ("Lampenladen", "CHF", "Zürich")
    a_product(tenant.owner, variants=[{"price": {"amount": 100, "currency": "CHF"}}])
    refused = tenant.owner.patch(SHOP, json={"currency": "EUR"})
    assert (refused.status_code, refused.json()["code"]) == (409, "commerce.currency_in_use")
    made(tenant.owner.patch(SHOP, json={"currency": "CHF", "tax_id": "CHE-1"}), 200)
    for bad in ({"currency": "XXX"}, {"name": ""}, {"address": {"country": "Switzerland"}}, {"prices_include_tax": 7}):
        assert tenant.owner.patch(SHOP, json=bad).status_code == 422
    assert tenant.sign_up("vendor").patch(SHOP, json={"name": "Mine"}).status_code == 403

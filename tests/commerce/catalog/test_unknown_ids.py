"""Ids inside of what is sent: those that do not exist, and those of another tenant, are refused alike."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.builders.commerce import a_product, euros, made
from tests.conftest import Caller, Tenant

PRODUCTS, COUPONS, VENDORS = "/v1/commerce/products", "/v1/commerce/coupons", "/v1/commerce/vendors"
Send = Callable[[Caller, str, str], httpx.Response]
"""Sends an id, to the thing at the path."""


def _variants(caller: Caller, path: str, given: str) -> httpx.Response:
    return caller.patch(path, json={"variants": [{"price": euros(1)}, {"id": given, "price": euros(1)}]})


def _categories(caller: Caller, path: str, given: str) -> httpx.Response:
    return caller.patch(path, json={"category_ids": [given]})


def _account(caller: Caller, path: str, given: str) -> httpx.Response:
    return caller.patch(path, json={"account_id": given})


def _new_variant(caller: Caller, _path: str, given: str) -> httpx.Response:
    return caller.post(PRODUCTS, json={"title": "New", "variants": [{"id": given, "price": euros(1)}]})


def _added_variant(caller: Caller, path: str, given: str) -> httpx.Response:
    return caller.post(f"{path}/variants", json={"id": given, "price": euros(1), "options": {"Size": "L"}})


def _new_product(caller: Caller, _path: str, given: str) -> httpx.Response:
    body = {"title": "New", "category_ids": [given], "variants": [{"price": euros(1)}]}
    return caller.post(PRODUCTS, json=body)


def _new_coupon(caller: Caller, _path: str, given: str) -> httpx.Response:
    body = {"code": uuid4().hex[:8], "kind": "percent", "basis_points": 100, "category_ids": [given]}
    return caller.post(COUPONS, json=body)


def _new_vendor(caller: Caller, _path: str, given: str) -> httpx.Response:
    return caller.post(VENDORS, json={"name": "New", "account_id": given})


def _a_product_of(tenant: Tenant) -> str:
    return f"{PRODUCTS}/{a_product(tenant.owner)['id']}"


def _a_vendor_of(tenant: Tenant) -> str:
    return f"{VENDORS}/{made(tenant.owner.post(VENDORS, json={'name': 'One'}))['id']}"


def _variant_of(tenant: Tenant) -> str:
    return str(a_product(tenant.owner)["variants"][0]["id"])


def _category_of(tenant: Tenant) -> str:
    return str(made(tenant.owner.post("/v1/commerce/categories", json={"name": "Far", "slug": "far"}))["id"])


def _account_of(tenant: Tenant) -> str:
    return tenant.owner.account_id


@pytest.mark.parametrize(
    ("send", "place", "foreign", "field"),
    [
        (_variants, _a_product_of, _variant_of, "variants.1.id"),
        (_new_variant, _a_product_of, _variant_of, "variants.0.id"),
        (_added_variant, _a_product_of, _variant_of, "id"),
        (_categories, _a_product_of, _category_of, "category_ids.0"),
        (_new_product, _a_product_of, _category_of, "category_ids.0"),
        (_new_coupon, _a_product_of, _category_of, "category_ids.0"),
        (_account, _a_vendor_of, _account_of, "account_id"),
        (_new_vendor, _a_vendor_of, _account_of, "account_id"),
    ],
)
def test_unknown_and_foreign_ids(
    tenant: Tenant, other_tenant: Tenant, send: Send, place: Callable[[Tenant], str],
    foreign: Callable[[Tenant], str], field: str,
) -> None:  # fmt: skip
    """C-01, C-04, C-16: 422 that names the field and the id, the same for another tenant's id, and nothing changes."""
    path = place(tenant)
    before = _everything(tenant, path)
    for given in (str(uuid4()), foreign(other_tenant)):
        refused = send(tenant.owner, path, given)
        assert refused.status_code == 422, refused.text
        (error,) = refused.json()["errors"]
        assert (error["field"], error["code"]) == (field, "unknown")
        assert given in error["message"]
    assert _everything(tenant, path) == before


def test_a_variant_of_another_product_is_refused(tenant: Tenant) -> None:
    """C-01: a variant does not move between products; one that was retired comes back by its id."""
    path = _a_product_of(tenant)
    mine = made(tenant.owner.get(path), 200)["variants"][0]["id"]
    assert _variants(tenant.owner, path, _variant_of(tenant)).json()["code"] == "commerce.unknown_variant"
    made(tenant.owner.patch(path, json={"variants": [{"price": euros(1), "options": {"Size": "S"}}]}), 200)
    back = {"variants": [{"id": mine, "price": euros(2)}]}
    assert [each["id"] for each in made(tenant.owner.patch(path, json=back), 200)["variants"]] == [mine]


def test_an_account_of_the_tenant_sells(tenant: Tenant) -> None:
    """C-04: an account that exists may be named, and taken away again."""
    path, seller = _a_vendor_of(tenant), tenant.sign_up("vendor")
    assert made(_account(tenant.owner, path, seller.account_id), 200)["account_id"] == seller.account_id
    assert made(tenant.owner.patch(path, json={"account_id": None}), 200)["account_id"] is None


def _everything(tenant: Tenant, path: str) -> list[Any]:
    paths = (path, COUPONS, VENDORS, PRODUCTS, "/v1/commerce/vendor/products")
    return [made(tenant.owner.get(each), 200) for each in paths]

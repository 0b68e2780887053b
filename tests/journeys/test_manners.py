"""What holds for every way in, as somebody finds it who has read the manners alone."""

import pytest

from tests.conftest import Running, Tenant


@pytest.mark.parametrize("path", ["/v1/core/tenant-exports", "/v1/core/me/exports", "/v1/core/data-keys/rotate"])
def test_long_work_says_where_it_is_seen(tenant: Tenant, path: str) -> None:
    """P-27: 202 names the place where the work is seen from then on."""
    begun = tenant.owner.post(path)
    assert begun.status_code == 202, begun.text
    seen = tenant.owner.get(begun.headers["location"])
    assert seen.status_code == 200
    assert seen.json()["status"] in {"queued", "running", "done"}


def test_a_wrong_method_names_all_right_ones(tenant: Tenant) -> None:
    """P-21: `Allow` lists what the path serves, by whichever of its routes."""
    refused = tenant.owner.request("DELETE", "/v1/core/me")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, PATCH")


@pytest.mark.parametrize("slug", ["www", "api", "xn--80ak6aa92e"])
def test_hosts_of_the_platform_are_no_tenants(running: Running, slug: str) -> None:
    """P-11: nobody opens a tenant whose host people take for something else."""
    owner = {"email": "owner@shop.test", "password": "salt and timber", "name": "Olive"}
    refused = running.client.post("/v1/core/tenants", json={"name": "Shop", "slug": slug, "owner": owner})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "slug")


def test_a_new_shop_has_its_tenants_name(tenant: Tenant) -> None:
    """B-01: visitors see the name that the tenant was opened with from the first moment."""
    shop = tenant.visitor.get("/v1/commerce/shop").json()
    assert shop["name"] == tenant.visitor.get("/v1/core/storefront").json()["name"]


@pytest.mark.parametrize("span", ["to=0001-01-02T00:00:00Z", "from=9999-12-31T23:00:00Z", "from=0001-01-01T00:00:00Z"])
def test_usage_of_the_ends_of_time(tenant: Tenant, span: str) -> None:
    """B-41: as early and as late as times go there is no usage, and nothing breaks."""
    answer = tenant.owner.get(f"/v1/business/usage?{span}")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("path", "ask", "field"),
    [
        ("coupons", {"code": "OFF", "kind": "amount", "amount": {"amount": 100, "currency": "USD"}}, "amount"),
        (
            "coupons",
            {"code": "OFF", "kind": "percent", "basis_points": 100, "minimum": {"amount": 1, "currency": "USD"}},
            "minimum",
        ),
        ("shipping-methods", {"name": "Air", "price": {"amount": 100, "currency": "USD"}}, "price"),
    ],
)
def test_prices_are_in_the_shops_currency(tenant: Tenant, path: str, ask: dict[str, object], field: str) -> None:
    """C-21: a coupon or a way to send that no cart could ever use is refused when it is written."""
    refused = tenant.owner.post(f"/v1/commerce/{path}", json=ask)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


def test_a_shop_that_changes_its_currency_still_sends(tenant: Tenant) -> None:
    """C-21, B-02: before its first product a shop may take another currency, and there is a way to send in it."""
    tenant.visitor.post("/v1/commerce/carts")
    assert tenant.owner.request("PATCH", "/v1/commerce/shop", json={"currency": "JPY"}).status_code == 200
    methods = tenant.visitor.get("/v1/commerce/shipping-methods").json()["items"]
    assert {"amount": 500, "currency": "JPY"} in [method["price"] for method in methods]

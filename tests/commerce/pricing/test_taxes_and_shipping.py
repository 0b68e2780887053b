"""Tax rates and shipping methods at the shop, and the countries that they are for."""

from typing import Any

import pytest
from babel import Locale

from fourfold.commerce.pricing.countries import COUNTRIES, WITHOUT_POSTAL_CODES
from tests.builders.commerce import a_cart_with, a_variant, euros, made
from tests.conftest import Tenant

METHODS, RATES = "/v1/commerce/shipping-methods", "/v1/commerce/tax-rates"

# Codes of CLDR that ISO 3166-1 does not assign: reserved, for groupings, or for private use.
UNASSIGNED = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}


def test_countries_are_those_of_iso() -> None:
    """C-23: the codes are ISO 3166-1 alpha-2: 249 of them, which Babel knows too."""
    known = {code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha()}
    assert known - UNASSIGNED == COUNTRIES
    assert len(COUNTRIES) == 249
    assert WITHOUT_POSTAL_CODES < COUNTRIES


def test_a_new_tenant_can_send(tenant: Tenant) -> None:
    """C-21: there is one way to send at first, to everywhere, also before anybody sold anything."""
    for country in ("DE", "NZ"):
        (method,) = made(tenant.visitor.get(METHODS, params={"country": country}), 200)["items"]
        assert (method["name"], method["price"], method["countries"]) == ("Standard", euros(490), None)
    assert tenant.visitor.get(METHODS, params={"country": "XX"}).status_code == 422


def test_the_cheapest_fitting_method_is_taken(tenant: Tenant) -> None:
    """C-21: methods by country, weight and value: the cheapest that fits, or the one that is asked for."""
    (standard,) = made(tenant.visitor.get(METHODS), 200)["items"]
    for body in (
        {"name": "Letter", "price": euros(100), "max_weight_grams": 500},
        {"name": "Home", "price": euros(300), "countries": ["DE"], "free_from": euros(6000)},
        {"name": "Off", "price": euros(1), "active": False},
    ):
        made(tenant.owner.post(METHODS, json=body))
    variant = {"sku": "HEAVY", "price": euros(1000), "stock": 50, "weight_grams": 300}
    cart = a_cart_with(tenant.visitor, (a_variant(tenant.owner, variants=[variant]), 1))
    path = f"/v1/commerce/carts/{cart['id']}"
    line = f"{path}/lines/{cart['lines'][0]['id']}"

    def carriage(**params: str) -> tuple[str, int]:
        shown = made(tenant.visitor.get(path, params=params), 200)["shipping"]
        return shown["name"], shown["price"]["amount"]

    assert carriage(country="DE") == ("Letter", 100)
    made(tenant.visitor.patch(line, json={"quantity": 2}), 200)
    assert carriage(country="DE") == ("Home", 300)
    assert carriage(country="FR") == carriage() == ("Standard", 490)
    assert carriage(country="DE", shipping_method=standard["id"]) == ("Standard", 490)
    made(tenant.visitor.patch(line, json={"quantity": 6}), 200)
    assert carriage(country="DE") == ("Home", 0)
    names = [method["name"] for method in made(tenant.visitor.get(METHODS), 200)["items"]]
    assert names == ["Letter", "Home", "Standard"]
    assert "Off" in [method["name"] for method in made(tenant.owner.get(METHODS), 200)["items"]]


def test_the_most_exact_rate_holds(tenant: Tenant) -> None:
    """C-21: a region goes before its country, and that before everywhere; other tax classes are not touched."""
    for country, region, rate in (("*", "", 500), ("US", "", 700), ("US", "ca", 900)):
        made(tenant.owner.post(RATES, json={"country": country, "region": region, "basis_points": rate}))
    made(tenant.owner.post(RATES, json={"country": "*", "tax_class": "books", "basis_points": 0}))
    method = made(tenant.owner.get(METHODS), 200)["items"][0]
    made(tenant.owner.patch(f"{METHODS}/{method['id']}", json={"price": euros(0)}), 200)
    books = a_variant(tenant.owner, price=5000, tax_class="books")
    cart = a_cart_with(tenant.visitor, (a_variant(tenant.owner, price=10_000), 1), (books, 1))

    def tax(**params: str) -> int:
        shown = made(tenant.visitor.get(f"/v1/commerce/carts/{cart['id']}", params=params), 200)
        assert shown["totals"]["total"] == euros(15_000)
        return int(shown["totals"]["tax"]["amount"])

    assert tax(country="US", region="CA") == round(10_000 * 9 / 109)
    assert tax(country="US", region="NY") == round(10_000 * 7 / 107)
    assert tax(country="DE") == tax() == round(10_000 * 5 / 105)


def test_rates_are_kept(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-21: one rate for each class and place, changed by version; only for administrators of the tenant."""
    rate = made(tenant.owner.post(RATES, json={"country": "DE", "basis_points": 1900}))
    path = f"{RATES}/{rate['id']}"
    again = tenant.owner.post(RATES, json={"country": "DE", "basis_points": 700})
    assert (again.status_code, again.json()["code"]) == (409, "commerce.tax_rate_taken")
    tag = tenant.owner.get(path).headers["etag"]
    changed = tenant.owner.patch(path, json={"basis_points": 1600}, headers={"If-Match": tag})
    assert made(changed, 200)["basis_points"] == 1600
    assert tenant.owner.delete(path, headers={"If-Match": tag}).status_code == 412
    assert [each["id"] for each in made(tenant.owner.get(RATES), 200)["items"]] == [rate["id"]]
    for caller, status in ((tenant.visitor, 401), (tenant.sign_up(), 403), (other_tenant.owner, 404)):
        assert caller.get(path).status_code == status
        assert caller.patch(path, json={"basis_points": 0}).status_code == status
        assert caller.delete(path).status_code == status
    for wrong in ({"country": "XX"}, {"basis_points": -1}, {"basis_points": 10_001}, {"tax_class": "A B"}, {"x": 1}):
        assert tenant.owner.post(RATES, json={"country": "FR", "basis_points": 1, **wrong}).status_code == 422
    assert tenant.owner.delete(path).status_code == 204
    assert tenant.owner.get(path).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"price": euros(-1)},
        {"price": 490},
        {"free_from": {"amount": 1, "currency": "USD"}},
        {"countries": []},
        {"countries": ["Germany"]},
        {"max_weight_grams": 2**31},
        {"surprise": True},
    ],
)
def test_methods_are_checked(tenant: Tenant, wrong: dict[str, Any]) -> None:
    """C-21: a shipping method that makes no sense is refused, when made and when changed."""
    body = {"name": "Van", "price": euros(900), **wrong}
    assert tenant.owner.post(METHODS, json=body).status_code == 422
    method = made(tenant.owner.post(METHODS, json={"name": "Van", "price": euros(900)}))
    assert tenant.owner.patch(f"{METHODS}/{method['id']}", json=wrong).status_code == 422


def test_methods_are_kept(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-21: changed by version, limits taken away by null, removed; only for administrators of the tenant."""
    method = made(tenant.owner.post(METHODS, json={"name": "Van", "price": euros(900), "max_weight_grams": 9}))
    path = f"{METHODS}/{method['id']}"
    tag = tenant.owner.get(path).headers["etag"]
    body = {"max_weight_grams": None, "free_from": euros(1)}
    changed = made(tenant.owner.patch(path, json=body, headers={"If-Match": tag}), 200)
    assert (changed["max_weight_grams"], changed["free_from"], changed["price"]) == (None, euros(1), euros(900))
    assert tenant.owner.patch(path, json={"price": {"amount": 1, "currency": "USD"}}).status_code == 422
    assert tenant.owner.patch(path, json={"name": None}).status_code == 422
    assert tenant.owner.patch(path, json={}, headers={"If-Match": tag}).status_code == 412
    for caller, status in ((tenant.visitor, 401), (tenant.sign_up(), 403), (other_tenant.owner, 404)):
        assert caller.get(path).status_code == status
        assert caller.patch(path, json={"name": "Mine"}).status_code == status
        assert caller.delete(path).status_code == status
    assert tenant.owner.delete(path).status_code == 204
    assert tenant.owner.delete(path).status_code == 404

"""Products over HTTP: created, shown, edited, archived, and nobody else's business."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from fourfold.commerce.catalog.shapes import OwnProductsPage, ProductShape
from tests.builders.commerce import a_paid_order, a_product, euros, made
from tests.conftest import Caller, Tenant

PRODUCTS = "/v1/commerce/products"


def a_boot(caller: Caller, **overrides: Any) -> dict[str, Any]:
    """A product with two variants that differ in two options."""
    variants = [
        {"sku": f"B-{uuid4().hex[:6]}", "options": {"Colour": "Blue", "Size": "XL"}, "price": euros(8999), "stock": 3},
        {"sku": f"B-{uuid4().hex[:6]}", "options": {"Colour": "Red", "Size": "M"}, "price": euros(7999), "stock": 0},
    ]
    return a_product(caller, **{"title": "Running boots", "variants": variants, **overrides})


def test_a_product_is_created_and_shown(tenant: Tenant) -> None:
    """C-01: variants, typed specifications, prices and stock come back as they were given, safe and with a slug."""
    category = made(tenant.owner.post("/v1/commerce/categories", json={"name": "Shoes", "slug": "shoes"}))
    product = a_boot(
        tenant.owner,
        description="<p onclick='x()'>Good <script>alert(1)</script><b>boots</b></p>",
        category_ids=[category["id"]],
        specifications={"Material": "Leather", "Waterproof": True, "Weight": 1.5, "Uses": ["Trail", "Road"]},
        tags=["outdoor"],
    )
    assert product["slug"] == "running-boots"
    assert product["description"] == "<p>Good <b>boots</b></p>"
    assert product["specifications"] == {
        "Material": "Leather", "Waterproof": True, "Weight": 1.5, "Uses": ["Trail", "Road"],
    }  # fmt: skip
    assert [(each["options"]["Size"], each["stock"], each["in_stock"]) for each in product["variants"]] == [
        ("XL", 3, True),
        ("M", 0, False),
    ]
    assert product["price"] == euros(7999)
    by_slug = tenant.visitor.get(f"{PRODUCTS}/running-boots")
    assert by_slug.json() == product
    assert tenant.visitor.get(f"{PRODUCTS}/{product['id']}").json() == product
    assert by_slug.headers["etag"]
    ProductShape.model_validate_json(by_slug.content)


def test_slugs_are_unique(tenant: Tenant) -> None:
    """C-01: a title that is there already gets a numbered slug; a slug that was asked for is refused."""
    with ThreadPoolExecutor(6) as pool:
        made_products = list(pool.map(lambda _: a_product(tenant.owner, title="Blue Lamp"), range(6)))
    slugs = {each["slug"] for each in made_products}
    assert slugs == {"blue-lamp", *(f"blue-lamp-{number}" for number in range(2, 7))}
    body = {"title": "Other", "slug": "blue-lamp", "variants": [{"price": euros(1)}]}
    refused = tenant.owner.post(PRODUCTS, json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "commerce.slug_taken")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"title": ""}, 422, "invalid"),
        ({"title": "x" * 256}, 422, "invalid"),
        ({"title": 7}, 422, "invalid"),
        ({"slug": "Not A Slug"}, 422, "invalid"),
        ({"status": "gone"}, 422, "invalid"),
        ({"variants": []}, 422, "invalid"),
        ({"variants": [{"sku": "A"}]}, 422, "invalid"),
        ({"variants": [{"price": {"amount": -1, "currency": "EUR"}}]}, 422, "invalid"),
        ({"variants": [{"price": {"amount": 1.5, "currency": "EUR"}}]}, 422, "invalid"),
        ({"variants": [{"price": {"amount": 100, "currency": "USD"}}]}, 422, "commerce.wrong_currency"),
        ({"variants": [{"price": euros(1), "stock": -1}]}, 422, "invalid"),
        ({"variants": [{"price": euros(1), "stock": 10**30}]}, 422, "invalid"),
        ({"variants": [{"price": euros(1)}, {"price": euros(2)}]}, 409, "commerce.same_options"),
        (
            {"variants": [{"price": euros(1), "sku": "S"}, {"price": euros(1), "sku": "S", "options": {}}]},
            409,
            "commerce.sku_taken",
        ),
        (
            {"variants": [{"price": euros(1), "options": {"A": "1"}}, {"price": euros(2), "options": {"B": "1"}}]},
            422,
            "commerce.unequal_options",
        ),
        ({"category_ids": [str(uuid4())]}, 422, "commerce.unknown_category"),
        ({"category_ids": ["x"]}, 422, "invalid"),
        ({"vendor_id": str(uuid4())}, 422, "commerce.unknown_vendor"),
        ({"colour": "red"}, 422, "invalid"),
    ],
)
def test_what_does_not_fit_is_refused(tenant: Tenant, change: dict[str, Any], status: int, code: str) -> None:
    """C-01: nothing wrong comes in, and the answer names what is wrong."""
    body = {"title": "Lamp", "variants": [{"price": euros(100)}], **change}
    refused = tenant.owner.post(PRODUCTS, json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code), refused.text
    assert tenant.owner.get("/v1/commerce/vendor/products").json()["items"] == []


def test_who_may_write(tenant: Tenant) -> None:
    """C-01: visitors are asked to sign in, customers are refused."""
    body = {"title": "Lamp", "variants": [{"price": euros(100)}]}
    assert tenant.visitor.post(PRODUCTS, json=body).status_code == 401
    assert tenant.sign_up().post(PRODUCTS, json=body).status_code == 403


def test_drafts_are_seen_by_their_sellers_only(tenant: Tenant) -> None:
    """C-01: a draft is not there for buyers and other vendors; published, it is there for everybody."""
    seller, rival = tenant.sign_up("vendor"), tenant.sign_up("vendor")
    draft = a_product(seller, status="draft")
    path = f"{PRODUCTS}/{draft['id']}"
    unknown = tenant.visitor.get(f"{PRODUCTS}/{uuid4()}").json()
    for stranger in (tenant.visitor, rival, tenant.sign_up()):
        hidden = stranger.get(path)
        assert hidden.status_code == 404
        assert hidden.json()["code"] == unknown["code"] == "commerce.no_such_product"
    assert seller.get(path).status_code == tenant.owner.get(path).status_code == 200
    own = seller.get("/v1/commerce/vendor/products")
    OwnProductsPage.model_validate_json(own.content)
    assert [each["id"] for each in own.json()["items"]] == [draft["id"]]
    assert rival.get("/v1/commerce/vendor/products").json()["items"] == []
    assert tenant.visitor.get(PRODUCTS).json()["items"] == []
    made(seller.patch(path, json={"status": "published"}), 200)
    assert tenant.visitor.get(path).status_code == 200
    assert [each["id"] for each in tenant.visitor.get(PRODUCTS).json()["items"]] == [draft["id"]]


def test_a_vendor_keeps_off_the_others_products(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-01: another vendor's product, and another tenant's, is not there to be changed."""
    product = a_product(tenant.sign_up("vendor"))
    path = f"{PRODUCTS}/{product['id']}"
    variant = f"{path}/variants/{product['variants'][0]['id']}"
    for stranger in (tenant.sign_up("vendor"), other_tenant.owner):
        assert stranger.patch(path, json={"title": "Mine"}).status_code == 404
        assert stranger.delete(path).status_code == 404
        assert stranger.post(f"{path}/variants", json={"price": euros(1), "options": {"A": "b"}}).status_code == 404
        assert stranger.patch(variant, json={"price": euros(1)}).status_code == 404
        assert stranger.delete(variant).status_code == 404
    assert tenant.visitor.get(path).json() == product
    assert other_tenant.visitor.get(path).status_code == 404


def test_an_edit_knows_what_it_edits(tenant: Tenant) -> None:
    """P-23: with the tag of an older version an edit is refused, and nothing changes."""
    product = a_boot(tenant.owner)
    path = f"{PRODUCTS}/{product['id']}"
    tag = tenant.visitor.get(path).headers["etag"]
    edited = tenant.owner.patch(path, json={"title": "Hiking boots"}, headers={"If-Match": tag})
    assert edited.status_code == 200
    assert edited.headers["etag"] != tag
    assert edited.json()["title"] == "Hiking boots"
    assert edited.json()["variants"] == product["variants"]
    stale = tenant.owner.patch(path, json={"title": "Third"}, headers={"If-Match": tag})
    assert stale.status_code == 412
    assert tenant.owner.delete(path, headers={"If-Match": tag}).status_code == 412
    assert tenant.visitor.get(path).json()["title"] == "Hiking boots"


def test_variants_come_and_go(tenant: Tenant) -> None:
    """C-01: the list of variants is edited as a whole or one by one; one that comes back is the same as before."""
    product = a_boot(tenant.owner)
    path = f"{PRODUCTS}/{product['id']}"
    blue, red = product["variants"]
    kept = {"id": blue["id"], "sku": red["sku"], "options": blue["options"], "price": euros(100)}
    edited = made(tenant.owner.patch(path, json={"variants": [kept]}), 200)
    assert [(each["id"], each["sku"], each["stock"]) for each in edited["variants"]] == [(blue["id"], red["sku"], 3)]
    again = made(tenant.owner.post(f"{path}/variants", json={"options": red["options"], "price": euros(5), "stock": 7}))
    assert [(each["id"], each["stock"]) for each in again["variants"]] == [(blue["id"], 3), (red["id"], 7)]
    dearer = made(tenant.owner.patch(f"{path}/variants/{red['id']}", json={"price": euros(900), "sku": "R"}), 200)
    assert [each["price"]["amount"] for each in dearer["variants"]] == [100, 900]
    assert tenant.owner.delete(f"{path}/variants/{red['id']}").status_code == 204
    last = tenant.owner.delete(f"{path}/variants/{blue['id']}")
    assert (last.status_code, last.json()["code"]) == (409, "commerce.last_variant")
    gone = tenant.owner.delete(f"{path}/variants/{red['id']}")
    assert (gone.status_code, gone.json()["code"]) == (404, "commerce.no_such_variant")


def test_what_was_ordered_is_never_lost(tenant: Tenant) -> None:
    """C-01: a product that nobody ordered is deleted; one that was ordered is archived, and its order keeps it."""
    never, sold = a_product(tenant.owner), a_product(tenant.owner)
    order = a_paid_order(tenant.sign_up(), (sold["variants"][0]["id"], 1))
    for product in (never, sold):
        assert tenant.owner.delete(f"{PRODUCTS}/{product['id']}").status_code == 204
        assert tenant.visitor.get(f"{PRODUCTS}/{product['id']}").status_code == 404
    assert tenant.owner.get(f"{PRODUCTS}/{never['id']}").status_code == 404
    assert tenant.owner.get(f"{PRODUCTS}/{sold['id']}").json()["status"] == "archived"
    assert order["lines"][0]["title"] == sold["title"]
    assert tenant.visitor.get(PRODUCTS).json()["items"] == []


def test_the_same_request_twice_makes_one_product(tenant: Tenant) -> None:
    """P-23: repeated with its key, a creation answers the same product."""
    body = {"title": "Once", "variants": [{"price": euros(100)}]}
    headers = {"Idempotency-Key": uuid4().hex}
    first, second = (tenant.owner.post(PRODUCTS, json=body, headers=headers) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert len(tenant.owner.get("/v1/commerce/vendor/products").json()["items"]) == 1

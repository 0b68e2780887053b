"""Finding products: words, slips of the keyboard, filters, sorting, pages, facets, suggestions."""

from collections.abc import Callable
from typing import Any

import pytest

from fourfold.commerce.search.shapes import ListingPage, Suggestions
from tests.builders.commerce import a_paid_order, a_product, euros, made
from tests.conftest import Caller, Tenant

PRODUCTS = "/v1/commerce/products"


def variant(price: int, stock: int = 5, **options: str) -> dict[str, Any]:
    """A variant with options."""
    return {"price": euros(price), "stock": stock, "options": options}


def titles(caller: Caller, params: str = "") -> list[str]:
    """The titles of the first page."""
    answer = caller.get(f"{PRODUCTS}?{params}")
    assert answer.status_code == 200, answer.text
    ListingPage.model_validate_json(answer.content)
    return [each["title"] for each in answer.json()["items"]]


@pytest.fixture
def shop(tenant: Tenant) -> Tenant:
    """A tenant with five products."""
    for title, price, rest in (
        ("Wireless headphones", 9900, {"description": "<p>Silent trains, loud music</p>", "tags": ["audio"]}),
        ("Café table", 14900, {"specifications": {"Material": "Oak", "Seats": 2}}),
        ("Running shirt", 2900, {"specifications": {"Material": ["Cotton", "Wool"]}}),
        ("Running shoes", 7900, {"tags": ["sport"]}),
    ):
        a_product(tenant.owner, title=title, price=price, **rest)
    two = [variant(1900, Color="Blue", Size="M"), variant(2100, 0, Color="Red", Size="XL")]
    a_product(tenant.owner, title="Cotton jumper", variants=two)
    return tenant


def test_a_card_has_what_a_list_shows(shop: Tenant) -> None:
    """C-06: items are id, slug, title, price, rating, in_stock, image_url and vendor, the newest first."""
    page = shop.visitor.get(PRODUCTS).json()
    assert [each["title"] for each in page["items"]][:2] == ["Cotton jumper", "Running shoes"]
    assert set(page["items"][0]) == {"id", "slug", "title", "price", "rating", "in_stock", "image_url", "vendor"}
    assert page["items"][0]["price"] == euros(1900)
    assert page["next"] is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("runs", {"Running shirt", "Running shoes"}),
        ("shirts", {"Running shirt"}),
        ("cafe", {"Café table"}),
        ("CAFÉ tables", {"Café table"}),
        ("music", {"Wireless headphones"}),
        ("audio", {"Wireless headphones"}),
        ("headphnes", {"Wireless headphones"}),
        ("wirless hedphones", {"Wireless headphones"}),
        ("shrit", {"Running shirt"}),
        ("running -shoes", {"Running shirt"}),
        ("runing shoes", {"Running shoes"}),
        ('"running shoes"', {"Running shoes"}),
        ("headph", {"Wireless headphones"}),
        ("sport audio", set()),
        ("xylophone", set()),
        ("'; DROP TABLE x; --", set()),
        (":*&|!()<->", set()),
    ],
)
def test_words_find(shop: Tenant, words: str, expected: set[str]) -> None:
    """C-06: stems, accents, descriptions, tags, and words that are mistyped or only begun."""
    found = shop.visitor.get(PRODUCTS, params={"q": words})
    assert found.status_code == 200, found.text
    assert {each["title"] for each in found.json()["items"]} == expected


def test_a_sku_finds_its_product(tenant: Tenant) -> None:
    """C-06: whoever knows the SKU of a variant finds the product."""
    a_product(tenant.owner, title="Lamp", variants=[{"sku": "FF-0042-XL", "price": euros(1)}])
    a_product(tenant.owner, title="Rug", variants=[{"sku": "FF-0043-XL", "price": euros(1)}])
    assert titles(tenant.visitor, "q=FF-0042-XL") == ["Lamp"]


def test_a_title_weighs_more_than_a_description(tenant: Tenant) -> None:
    """C-06: by relevance, a word in the title comes before the same word in the text."""
    a_product(tenant.owner, title="Silver lamp", description="<p>Goes with any teapot</p>")
    a_product(tenant.owner, title="Silver teapot")
    a_product(tenant.owner, title="Golden cup", description="<p>For a teapot</p>")
    assert titles(tenant.visitor, "q=teapot")[0] == "Silver teapot"
    assert len(titles(tenant.visitor, "q=teapot")) == 3


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("option.color=blue&option.size=m", {"Cotton jumper"}),
        ("option.Color=Blue&option.Size=M&in_stock=true", {"Cotton jumper"}),
        ("option.color=blue&option.size=xl", set()),
        ("option.color=red&in_stock=true", set()),
        ("option.color=red&option.color=blue", {"Cotton jumper"}),
        ("spec.material=cotton", {"Running shirt"}),
        ("spec.material=oak&spec.seats=2", {"Café table"}),
        ("spec.material=oak&spec.material=wool", {"Café table", "Running shirt"}),
        ("min_price=2900&max_price=7900", {"Running shirt", "Running shoes"}),
        ("q=running&max_price=5000", {"Running shirt"}),
        ("min_rating=4", set()),
        ("in_stock=false", set()),
        ("vendor=nobody", set()),
        ("category=nothing", set()),
    ],
)
def test_filters(shop: Tenant, filters: str, expected: set[str]) -> None:
    """C-06: options match within one variant only; every filter narrows the list."""
    assert set(titles(shop.visitor, filters)) == expected


@pytest.mark.parametrize(
    "params",
    [
        "sort=best", "limit=0", "limit=101", "limit=x", "min_price=-1", "min_price=1e9", f"min_price={10**30}",
        "max_price=abc", "min_rating=6", "in_stock=perhaps", f"q={'x' * 201}", "colour=red", "option.=red",
        "option.color=", "spec.x=" + "y" * 300, "option.a=%00", "q=%00",
        "&".join(f"option.a=v{number}" for number in range(30)),
    ],
)  # fmt: skip
def test_a_bad_filter_is_named(tenant: Tenant, params: str) -> None:
    """P-22: filters and sorts are declared and checked."""
    refused = tenant.visitor.get(f"{PRODUCTS}?{params}")
    assert refused.status_code == 422, refused.text
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("sort", ["price", "-price", "-created", "-rating", "-sold", "relevance"])
@pytest.mark.parametrize("words", ["", "&q=thing"])
def test_pages_show_everything_once(tenant: Tenant, sort: str, words: str) -> None:
    """P-22: page by page every product is seen once, in the order asked for, also when products come in between."""
    for number in range(7):
        a_product(tenant.owner, title=f"Thing {number}", price=1000 + 100 * (number % 3))
    seen: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = made(tenant.visitor.get(f"{PRODUCTS}?sort={sort}&limit=3{words}{cursor}"), 200)
        seen += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
        a_product(tenant.owner, title="Late", price=1)
    shown = [each["id"] for each in seen if each["title"] != "Late"]
    assert len(shown) == len(set(shown)) == 7
    prices = [each["price"]["amount"] for each in seen]
    if "price" in sort:
        assert prices == sorted(prices, reverse=sort == "-price")


def test_a_cursor_belongs_to_its_list(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-22: a cursor of another tenant, another sort or other filters, or a made-up one, is refused."""
    for caller in (tenant.owner, other_tenant.owner):
        for _ in range(2):
            a_product(caller)
    cursor = tenant.visitor.get(f"{PRODUCTS}?sort=price&limit=1").json()["next"]
    for caller, params in (
        (other_tenant.visitor, f"sort=price&cursor={cursor}"),
        (tenant.visitor, f"sort=-price&cursor={cursor}"),
        (tenant.visitor, f"sort=price&min_price=1&cursor={cursor}"),
        (tenant.visitor, "cursor=AAAA"),
        (tenant.visitor, "cursor=é"),
    ):
        refused = caller.get(f"{PRODUCTS}?{params}")
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_cursor"), params


def test_facets_count_the_hits(shop: Tenant) -> None:
    """C-06: how the hits are spread over categories, vendors, prices, options and availability."""
    top = made(shop.owner.post("/v1/commerce/categories", json={"name": "Home", "slug": "home"}))
    below = made(
        shop.owner.post("/v1/commerce/categories", json={"name": "Cups", "slug": "cups", "parent_id": top["id"]})
    )
    vendor = shop.sign_up("vendor")
    a_product(
        vendor,
        title="Cup",
        category_ids=[below["id"]],
        variants=[variant(500, Color="Blue"), variant(500, 0, Color="Green")],
    )
    a_product(vendor, title="Mug", category_ids=[below["id"]], stock=0, price=700)
    facets = shop.visitor.get(f"{PRODUCTS}?facets=true").json()["facets"]
    assert (facets["total"], facets["complete"]) == (7, True)
    assert facets["in_stock"] == {"true": 6, "false": 1}
    assert [(each["slug"], each["count"]) for each in facets["categories"]] == [("cups", 2), ("home", 2)]
    assert [each["count"] for each in facets["vendors"]] == [5, 2]
    assert {each["value"]: each["count"] for each in facets["options"]["color"]} == {"blue": 2, "green": 1, "red": 1}
    assert (facets["price"]["min"], facets["price"]["max"]) == (euros(500), euros(14900))
    assert sum(each["count"] for each in facets["price"]["buckets"]) == 7
    narrowed = shop.visitor.get(f"{PRODUCTS}?facets=true&category=home&option.color=green").json()
    assert narrowed["facets"]["total"] == len(narrowed["items"]) == 1
    nothing = shop.visitor.get(f"{PRODUCTS}?facets=true&q=xylophone").json()
    assert (nothing["facets"]["total"], nothing["facets"]["price"]) == (0, None)


def test_the_list_follows_every_change(shop: Tenant, eventually: Callable[..., Any]) -> None:
    """C-06: prices, titles, stock and sales show in the list: edits at once, sales soon."""
    product = a_product(shop.owner, title="Grandfather clock", stock=2)
    assert titles(shop.visitor, "q=grandfather") == ["Grandfather clock"]
    made(shop.owner.patch(f"{PRODUCTS}/{product['id']}", json={"title": "Cuckoo clock"}), 200)
    assert titles(shop.visitor, "q=cuckoo") == ["Cuckoo clock"]
    assert "Cuckoo clock" not in titles(shop.visitor, "q=grandfather")
    a_paid_order(shop.sign_up(), (product["variants"][0]["id"], 2))
    eventually(lambda: titles(shop.visitor, "in_stock=false") == ["Cuckoo clock"])
    eventually(lambda: titles(shop.visitor, "sort=-sold")[0] == "Cuckoo clock")
    shop.owner.delete(f"{PRODUCTS}/{product['id']}")
    assert titles(shop.visitor, "q=cuckoo") == []


def test_another_tenants_products_are_not_found(shop: Tenant, other_tenant: Tenant) -> None:
    """B-01: the search past row-level security stays in its tenant."""
    vendor = shop.visitor.get(PRODUCTS).json()["items"][0]["vendor"]
    for params in (
        "",
        "q=running",
        "q=runnin",
        "sort=price&max_price=99999",
        f"vendor={vendor['id']}",
        "spec.material=oak",
    ):
        page = other_tenant.visitor.get(f"{PRODUCTS}?facets=true&{params}").json()
        assert (page["items"], page["facets"]["total"]) == ([], 0), params
    assert other_tenant.visitor.get(f"{PRODUCTS}/suggestions?q=runn").json() == {"items": []}


def test_suggestions(shop: Tenant) -> None:
    """C-06: while typing, categories, words and products are suggested; slips are forgiven."""
    made(shop.owner.post("/v1/commerce/categories", json={"name": "Runners", "slug": "runners"}))
    answer = shop.visitor.get(f"{PRODUCTS}/suggestions?q=runn")
    Suggestions.model_validate_json(answer.content)
    found = [(each["kind"], each["text"]) for each in answer.json()["items"]]
    assert found[:2] == [("category", "Runners"), ("word", "running")]
    assert {each[1] for each in found if each[0] == "product"} == {"Running shirt", "Running shoes"}
    mistyped = shop.visitor.get(f"{PRODUCTS}/suggestions?q=headfones").json()["items"]
    assert [each["text"] for each in mistyped] == ["Wireless headphones"]
    for bad in ("", "q=", f"q={'x' * 101}", "q=a&limit=0", "q=%00"):
        assert shop.visitor.get(f"{PRODUCTS}/suggestions?{bad}").status_code == 422
    for odd in ("'", "%", "a:b|c", "((", "\\"):
        assert shop.visitor.get(f"{PRODUCTS}/suggestions", params={"q": odd}).status_code == 200

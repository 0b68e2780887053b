"""Answers that the cache keeps: large searches and counts follow at once what is changed."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from tests.builders.commerce import a_product, euros, made
from tests.conftest import Running, Tenant, in_time

PRODUCTS, CATEGORIES, VENDORS = "/v1/commerce/products", "/v1/commerce/categories", "/v1/commerce/vendors"
COPIES = 1099

# Enough products that searches are costly: copies of one.
_COPY = """
WITH made AS (
    INSERT INTO commerce.product SELECT (jsonb_populate_record(p, jsonb_build_object(
        'id', gen_random_uuid(), 'slug', p.slug || '-' || n))).* FROM commerce.product p, generate_series(1, $2) AS n
    WHERE p.id = $1::uuid RETURNING id, slug
)
INSERT INTO commerce.listing SELECT (jsonb_populate_record(l, jsonb_build_object(
    'product_id', m.id, 'slug', m.slug))).* FROM commerce.listing l, made m WHERE l.product_id = $1::uuid
"""


@pytest.fixture
def best(tenant: Tenant, admin_sql: Callable[..., Any]) -> dict[str, Any]:
    """The dearest product of a shop with 1,101 lamps, all in one category."""
    category = made(tenant.owner.post(CATEGORIES, json={"name": "Lights", "slug": "lights"}))["id"]
    admin_sql(_COPY, a_product(tenant.owner, title="Desk lamp", price=100, category_ids=[category])["id"], COPIES)
    return {**a_product(tenant.owner, title="Grand lamp", price=9000, category_ids=[category]), "category": category}


def counts(tenant: Tenant) -> dict[str, Any]:
    """How the hits of a search are spread."""
    answer = made(tenant.visitor.get(f"{PRODUCTS}?q=lamp&facets=true&limit=1"), 200)
    counted: dict[str, Any] = answer["facets"]
    return counted


def test_whoever_changes_something_sees_it_in_the_next_answer(
    running: Running, tenant: Tenant, best: dict[str, Any]
) -> None:
    """P-30: price, title, category and vendor show in the very next answer, though the one before was kept."""
    owner, path = tenant.owner, f"{PRODUCTS}/{best['id']}"
    assert counts(tenant)["price"]["max"] == euros(9000)
    with Redis.from_url(str(running.settings.valkey_url)) as valkey:
        assert len(list(valkey.scan_iter(f"t:{tenant.id}:cache:*:costly"))) == len(["page", "facets"])
    variant = f"{path}/variants/{best['variants'][0]['id']}"
    made(owner.patch(variant, json={"price": euros(9500)}), 200)
    assert counts(tenant)["price"]["max"] == euros(9500)
    made(owner.patch(path, json={"title": "Grand chair"}), 200)
    assert counts(tenant)["total"] == COPIES + 1
    made(owner.patch(f"{CATEGORIES}/{best['category']}", json={"slug": "lamps"}), 200)
    assert [each["slug"] for each in counts(tenant)["categories"]] == ["lamps"]
    vendor = counts(tenant)["vendors"][0]["id"]
    made(owner.patch(f"{VENDORS}/{vendor}", json={"name": "Lamp house"}), 200)
    assert [each["name"] for each in counts(tenant)["vendors"]] == ["Lamp house"]


def test_counts_of_categories_follow(tenant: Tenant, best: dict[str, Any]) -> None:
    """P-30: the numbers beside the categories are kept in a large shop, and are right after each change."""

    def counted() -> int:
        (category,) = made(tenant.visitor.get(CATEGORIES), 200)["items"]
        return int(category["product_count"])

    assert [counted(), counted()] == [COPIES + 2] * 2
    assert tenant.owner.delete(f"{PRODUCTS}/{best['id']}").status_code == 204
    assert counted() == COPIES + 1


def test_stock_that_runs_out_shows_within_two_seconds(
    tenant: Tenant, best: dict[str, Any], eventually: Callable[..., Any]
) -> None:
    """P-30: stock is told of by an event, and once that is handled no older answer is served."""
    path = f"/v1/commerce/variants/{best['variants'][0]['id']}/stock/adjustments"
    deliveries = itertools.count(11)

    def run_out() -> Callable[[], bool]:
        made(tenant.owner.post(path, json={"count": next(deliveries), "reason": "received"}))
        eventually(lambda: counts(tenant)["in_stock"]["false"] == 0)
        made(tenant.owner.post(path, json={"count": 0, "reason": "damaged"}))
        return lambda: counts(tenant)["in_stock"]["false"] == 1

    in_time(run_out, 2)

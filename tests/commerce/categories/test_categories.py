"""The tree of categories: counts with all below, moves of subtrees, and never a circle."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.builders.commerce import a_product, made
from tests.conftest import Caller, Tenant

CATEGORIES = "/v1/commerce/categories"


def a_category(caller: Caller, slug: str, parent: str | None = None) -> str:
    """The id of a new category."""
    body = {"name": slug.title(), "slug": slug, "parent_id": parent}
    category_id: str = made(caller.post(CATEGORIES, json=body))["id"]
    return category_id


def counts(tenant: Tenant) -> dict[str, int]:
    """Slug → number of products, of all categories."""
    return {each["slug"]: each["product_count"] for each in tenant.visitor.get(CATEGORIES).json()["items"]}


def test_counts_include_what_is_below(tenant: Tenant) -> None:
    """C-03: a product counts once in each ancestor of its categories; drafts do not count."""
    home = a_category(tenant.owner, "home")
    lamps, rugs = a_category(tenant.owner, "lamps", home), a_category(tenant.owner, "rugs", home)
    desk = a_category(tenant.owner, "desk-lamps", lamps)
    a_product(tenant.owner, category_ids=[desk, rugs])
    a_product(tenant.owner, category_ids=[lamps])
    a_product(tenant.owner, category_ids=[rugs], status="draft")
    assert counts(tenant) == {"home": 2, "lamps": 2, "rugs": 1, "desk-lamps": 1}
    (tree,) = tenant.visitor.get(f"{CATEGORIES}/tree").json()["items"]
    assert [each["slug"] for each in tree["children"]] == ["lamps", "rugs"]
    assert tree["children"][0]["children"][0]["path"] == [home, lamps, desk]
    found = tenant.visitor.get("/v1/commerce/products", params={"category": "lamps"}).json()["items"]
    assert len(found) == 2


def test_a_subtree_moves(tenant: Tenant) -> None:
    """C-03: all below moves along, and counts and filters follow at once."""
    one, two = a_category(tenant.owner, "one"), a_category(tenant.owner, "two")
    child = a_category(tenant.owner, "child", one)
    leaf = a_category(tenant.owner, "leaf", child)
    a_product(tenant.owner, category_ids=[leaf])
    moved = made(tenant.owner.patch(f"{CATEGORIES}/{child}", json={"parent_id": two}), 200)
    assert moved["path"] == [two, child]
    assert tenant.visitor.get(f"{CATEGORIES}/leaf").json()["path"] == [two, child, leaf]
    assert counts(tenant) == {"one": 0, "two": 1, "child": 1, "leaf": 1}
    assert len(tenant.visitor.get("/v1/commerce/products", params={"category": two}).json()["items"]) == 1
    to_the_top = made(tenant.owner.patch(f"{CATEGORIES}/{leaf}", json={"parent_id": None}), 200)
    assert to_the_top["depth"] == 1


def test_a_circle_is_refused(tenant: Tenant) -> None:
    """C-03: neither below itself nor below what is below it, and the tree stays as it was."""
    top = a_category(tenant.owner, "top")
    below = a_category(tenant.owner, "below", top)
    before = tenant.visitor.get(CATEGORIES).json()
    for parent in (top, below):
        refused = tenant.owner.patch(f"{CATEGORIES}/{top}", json={"parent_id": parent})
        assert (refused.status_code, refused.json()["code"]) == (409, "commerce.category_cycle")
    assert tenant.visitor.get(CATEGORIES).json() == before


def test_two_moves_that_meet_close_no_circle(tenant: Tenant) -> None:
    """C-03: of two moves, each of which puts one category below the other, one is refused."""
    for round_number in range(5):
        left, right = a_category(tenant.owner, f"l{round_number}"), a_category(tenant.owner, f"r{round_number}")
        with ThreadPoolExecutor(2) as pool:
            answers = pool.map(
                lambda pair: tenant.owner.patch(f"{CATEGORIES}/{pair[0]}", json={"parent_id": pair[1]}).status_code,
                [(left, right), (right, left)],
            )
            assert sorted(answers) == [200, 409]
    for each in tenant.visitor.get(CATEGORIES).json()["items"]:
        assert each["path"][-1] == each["id"]
        assert each["path"][-2:-1] == [each["parent_id"]] * (each["depth"] > 1)


def test_only_an_empty_category_goes(tenant: Tenant) -> None:
    """C-03: with children or products, drafts included, it stays."""
    top = a_category(tenant.owner, "top")
    below = a_category(tenant.owner, "below", top)
    product = a_product(tenant.owner, category_ids=[below], status="draft")
    for each in (top, below):
        refused = tenant.owner.delete(f"{CATEGORIES}/{each}")
        assert (refused.status_code, refused.json()["code"]) == (409, "commerce.category_in_use")
    made(tenant.owner.patch(f"/v1/commerce/products/{product['id']}", json={"category_ids": []}), 200)
    assert tenant.owner.delete(f"{CATEGORIES}/{below}").status_code == 204
    assert tenant.owner.delete(f"{CATEGORIES}/{top}").status_code == 204
    assert tenant.owner.delete(f"{CATEGORIES}/{top}").status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": ""}, 422, "invalid"),
        ({"name": 3}, 422, "invalid"),
        ({"slug": "Big Shoes"}, 422, "invalid"),
        ({"slug": "x" * 256}, 422, "invalid"),
        ({"slug": None}, 422, "invalid"),
        ({"parent_id": "top"}, 422, "invalid"),
        ({"parent_id": str(uuid4())}, 422, "commerce.no_such_parent"),
        ({"colour": "red"}, 422, "invalid"),
    ],
)
def test_what_does_not_fit_is_refused(tenant: Tenant, change: dict[str, Any], status: int, code: str) -> None:
    """C-03: nothing wrong comes in."""
    refused = tenant.owner.post(CATEGORIES, json={"name": "Shoes", "slug": "shoes", **change})
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_who_may_write(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-03: administrators write; another tenant's category is not there."""
    shoes = a_category(tenant.owner, "shoes")
    body = {"name": "Hats", "slug": "hats"}
    assert tenant.visitor.post(CATEGORIES, json=body).status_code == 401
    assert tenant.sign_up("vendor").post(CATEGORIES, json=body).status_code == 403
    assert (
        tenant.owner.post(CATEGORIES, json={**body, "slug": "shoes"}).json()["code"] == "commerce.category_slug_taken"
    )
    for answer in (
        other_tenant.owner.get(f"{CATEGORIES}/{shoes}"),
        other_tenant.owner.patch(f"{CATEGORIES}/{shoes}", json={"name": "Mine"}),
        other_tenant.owner.delete(f"{CATEGORIES}/{shoes}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "commerce.no_such_category")
    assert a_category(other_tenant.owner, "shoes") != shoes

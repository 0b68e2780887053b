"""Entity tags of public reads: what has not changed is not sent again, and nothing that has changed is kept back."""

from tests.builders.commerce import a_product
from tests.conftest import Tenant


def test_what_is_known_is_not_sent_again(tenant: Tenant) -> None:
    """P-30: 304 without a body to whoever has the answer; each edit, and stock, is a new answer at once."""
    product = a_product(tenant.owner)
    page, listing = f"/v1/commerce/products/{product['id']}", "/v1/commerce/products"
    for path in (page, listing):
        first = tenant.visitor.get(path)
        tag = first.headers["etag"]
        assert first.headers["cache-control"] == "public, no-cache"
        assert "X-Tenant" in first.headers["vary"]
        for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            known = tenant.visitor.get(path, headers={"If-None-Match": given})
            assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", tag)
            assert known.headers["cache-control"] == "public, no-cache"
        assert tenant.visitor.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    tag = tenant.visitor.get(page).headers["etag"]
    edited = tenant.owner.patch(page, json={"title": "Another title"}, headers={"If-Match": tag})
    assert edited.status_code == 200
    fresh = tenant.visitor.get(page, headers={"If-None-Match": tag})
    assert (fresh.status_code, fresh.json()["title"]) == (200, "Another title")
    assert fresh.headers["etag"] == edited.headers["etag"] != tag


def test_stock_changes_the_tag_but_hinders_no_edit(tenant: Tenant) -> None:
    """P-30, P-23: a sale between reading and editing is no other edit, yet nobody is shown the old stock."""
    product = a_product(tenant.owner)
    path, variant = f"/v1/commerce/products/{product['id']}", product["variants"][0]["id"]
    tag = tenant.visitor.get(path).headers["etag"]
    moved = tenant.owner.post(f"/v1/commerce/variants/{variant}/stock/adjustments", json={"count": 3})
    assert moved.is_success, moved.text
    after = tenant.visitor.get(path, headers={"If-None-Match": tag})
    assert (after.status_code, after.headers["etag"] != tag) == (200, True)
    assert tenant.owner.patch(path, json={"title": "Boots"}, headers={"If-Match": tag}).status_code == 200


def test_members_keep_answers_for_themselves(tenant: Tenant) -> None:
    """P-30: what is shown to somebody who is signed in is not kept by proxies."""
    path = f"/v1/commerce/products/{a_product(tenant.owner)['id']}"
    assert tenant.owner.get(path).headers["cache-control"] == "private, no-cache"
    assert tenant.owner.get("/v1/core/me").headers["cache-control"] == "no-store"

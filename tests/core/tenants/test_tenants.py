"""Tenants: opened with their owner, under a name of their own."""

import pytest

from fourfold.ground.ids import new_id
from tests.conftest import PASSWORD, Caller, Running, Tenant


def asked(**changes: object) -> dict[str, object]:
    """A company that wants to be a tenant."""
    slug = f"t{new_id().hex[-12:]}"
    owner = {"email": f"owner@{slug}.test", "password": PASSWORD, "name": "Owner"}
    return {"name": "A company", "slug": slug, "owner": owner, **changes}


def test_a_company_opens_a_tenant(running: Running) -> None:
    """P-10: the tenant is there at once, its owner signs in, and the event is told."""
    body = asked()
    answer = running.client.post("/v1/core/tenants", json=body)
    assert answer.status_code == 201
    assert answer.json() == {"id": answer.json()["id"], "slug": body["slug"], "name": "A company", "status": "active"}
    visitor = Caller(running.client, {"X-Tenant": str(body["slug"])})
    tenant = Tenant(running, answer.json()["id"], str(body["slug"]), visitor, visitor)
    owner = tenant.sign_in(f"owner@{body['slug']}.test")
    assert owner.get("/v1/core/me").json()["roles"] == ["owner"]
    types = [each["type"] for each in owner.get("/v1/core/events").json()["items"]]
    assert types == ["core.tenant.opened", "core.account.registered"]


def test_a_slug_is_taken_once(running: Running, tenant: Tenant) -> None:
    """P-10: two tenants do not share a slug; the one that there is keeps its name and owner."""
    answer = running.client.post("/v1/core/tenants", json=asked(slug=tenant.slug))
    assert (answer.status_code, answer.json()["code"]) == (409, "core.slug_taken")
    assert len(tenant.owner.get("/v1/core/accounts").json()["items"]) == 1


@pytest.mark.parametrize("slug", ["", "a", "-ab", "ab-", "AB", "a_b", "a.b", "ä-b", "a" * 64, "a b"])
def test_slugs_are_names_of_hosts(running: Running, slug: str) -> None:
    """P-21: a slug that cannot be part of a host's name is 422."""
    answer = running.client.post("/v1/core/tenants", json=asked(slug=slug))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "slug"


def test_a_tenant_with_a_weak_owner_is_not_opened(running: Running) -> None:
    """T23: a password that others try first opens nothing, and leaves nothing behind."""
    body = asked()
    weak = {**body, "owner": {"email": "a@b.test", "password": "password1", "name": "A"}}
    assert running.client.post("/v1/core/tenants", json=weak).json()["code"] == "core.weak_password"
    assert running.client.post("/v1/core/tenants", json=body).status_code == 201


def test_a_tenant_is_named_by_its_host_too(tenant: Tenant) -> None:
    """P-10: `slug.domain` names the tenant like the header does, in any case."""
    body = {"email": tenant.owner.email, "password": PASSWORD}
    for headers in ({"Host": f"{tenant.slug.upper()}.localhost:80"}, {"X-Tenant": tenant.slug.upper()}):
        assert tenant.running.client.post("/v1/core/tokens", json=body, headers=headers).status_code == 200

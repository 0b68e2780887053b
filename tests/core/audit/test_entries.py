"""Entries over HTTP: every change is kept with who, what, on what, from where and by which request."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from fourfold.core.roles.rules import BUILT_IN
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from tests.builders.commerce import a_product
from tests.conftest import PASSWORD, Caller, Tenant

AUDIT = "/v1/business/audit"
# What the worker gives an entry when it takes it into the chain, at a moment of its own.
SEALED = {"seq": None, "hash": None}
Eventually = Callable[..., Any]


def entries(tenant: Tenant, **wanted: Any) -> list[dict[str, Any]]:
    """The newest entries that fit, as the owner sees them."""
    answer = tenant.owner.get(AUDIT, params={"limit": 100, **wanted})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def test_a_change_is_kept_with_all_that_is_known_of_it(tenant: Tenant) -> None:
    """P-18, T64: who, what, on what, when in UTC, from where, by which request and with which outcome."""
    request_id = new_id().hex
    made = tenant.owner.post(
        "/v1/commerce/categories", json={"name": "Cups", "slug": "cups"}, headers={"X-Request-Id": request_id}
    )
    (entry,) = [each for each in entries(tenant) if each["request_id"] == request_id]
    assert entry["actor"]["kind"] == "account"
    assert entry["actor"]["id"] == tenant.owner.account_id
    assert entry["actor"]["session"]
    assert (entry["action"], entry["target"]) == (
        "commerce.categories.add_category", f"category:{made.json()['id']}"
    )  # fmt: skip
    assert (entry["outcome"], entry["status"], entry["address"]) == ("done", 201, "127.0.0.1")
    assert entry["at"].endswith("Z")


def test_each_kind_of_change_is_kept(tenant: Tenant) -> None:
    """P-18: making, editing and removing leave an entry each, in their order; reading leaves none."""
    product = a_product(tenant.owner)
    path = f"/v1/commerce/products/{product['id']}"
    etag = tenant.owner.get(path).headers["etag"]
    assert tenant.owner.patch(path, json={"title": "Other"}, headers={"If-Match": etag}).status_code == 200
    assert tenant.owner.delete(path).status_code in {200, 204}
    before = len(entries(tenant))
    assert tenant.owner.get(path).status_code in {200, 404}
    told = [each["action"] for each in entries(tenant, target=product["id"]) if each["outcome"] == "done"]
    assert len(told) >= 3
    assert len(set(told)) >= 3
    assert len(entries(tenant)) <= before + 1


def test_what_comes_to_nothing_leaves_no_entry_of_a_change(tenant: Tenant) -> None:
    """P-18: a refused change is rolled back together with its entry; a repeated one is kept once."""
    body = {"name": "Cups", "slug": "cups"}
    key = {"Idempotency-Key": new_id().hex}
    for _ in range(3):
        assert tenant.owner.post("/v1/commerce/categories", json=body, headers=key).status_code == 201
    assert tenant.owner.post("/v1/commerce/categories", json=body).status_code in {409, 422}
    action = "commerce.categories.add_category"
    assert [each["outcome"] for each in entries(tenant, action=action)] == ["done"]


def test_a_second_tenant_sees_none(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-18, T02: a tenant's log holds its own entries and nobody else's."""
    product = a_product(tenant.owner)
    assert entries(tenant, target=product["id"])
    assert entries(other_tenant, target=product["id"]) == []
    ours = {each["id"] for each in entries(tenant)}
    assert ours.isdisjoint({each["id"] for each in entries(other_tenant)})


def test_entries_are_found_by_actor_action_target_and_time(tenant: Tenant) -> None:
    """P-18: the filters, one by one and together; pages do not overlap."""
    member = tenant.sign_up()
    cart = member.post("/v1/commerce/carts").json()["id"]
    (entry,) = entries(tenant, actor=member.account_id, target=f"cart:{cart}")
    (found,) = entries(tenant, target=cart, action=entry["action"])
    assert found | SEALED == entry | SEALED
    assert entries(tenant, target=f"product:{cart}") == []
    assert entry["id"] in {each["id"] for each in entries(tenant, **{"from": entry["at"]})}
    assert entry["id"] not in {each["id"] for each in entries(tenant, to=entry["at"])}
    for _ in range(3):
        member.post("/v1/commerce/carts")
    first = tenant.owner.get(AUDIT, params={"limit": 2}).json()
    second = tenant.owner.get(AUDIT, params={"limit": 2, "cursor": first["next"]}).json()
    assert {each["id"] for each in first["items"]}.isdisjoint({each["id"] for each in second["items"]})


@pytest.mark.parametrize(
    "params",
    [{"actor": "me"}, {"from": "1"}, {"limit": 0}, {"limit": 101}, {"action": "x" * 201}, {"target": "y" * 201}],
)
def test_filters_that_cannot_be_meant(tenant: Tenant, params: dict[str, Any]) -> None:
    """P-18: a filter that cannot be read is refused."""
    assert tenant.owner.get(AUDIT, params=params).status_code == 422


def test_only_administrators_read_it(tenant: Tenant) -> None:
    """P-18, T65: a customer is refused, a visitor too, and the log cannot be written through any door."""
    member = tenant.sign_up()
    for path in (AUDIT, f"{AUDIT}/verify", f"{AUDIT}/export"):
        assert member.get(path).status_code == 403
        assert tenant.visitor.get(path).status_code == 401
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert tenant.owner.request(method, path).status_code == 405, f"{method} {path}"
    assert member.post(f"{AUDIT}/anchors").status_code == 403


@pytest.mark.parametrize("role", BUILT_IN)
def test_no_role_writes_it(tenant: Tenant, role: str) -> None:
    """P-18, T65: no role changes or removes an entry, under either of the log's addresses, and all stay."""
    caller = tenant.owner if role == "owner" else tenant.sign_up(role)
    (newest, *_) = entries(tenant)
    for path in (AUDIT, f"{AUDIT}/{newest['id']}", "/v1/business/audit", f"/v1/business/audit/{newest['id']}"):
        for method in ("PUT", "PATCH", "DELETE"):
            answer = caller.request(method, path, json={"action": "nothing"})
            assert answer.status_code in {403, 404, 405}, f"{method} {path}: {answer.text}"
    assert newest | SEALED in [each | SEALED for each in entries(tenant)]


def denials(tenant: Tenant, **wanted: Any) -> list[dict[str, Any]]:
    """Entries of what was refused."""
    return [each for each in entries(tenant, **wanted) if each["outcome"] == "denied"]


def test_refusals_are_kept(tenant: Tenant, other_tenant: Tenant, eventually: Eventually) -> None:
    """T01, T64: 401, 403 and the ids of others leave a denial with the caller, the route and the reason."""
    member = tenant.sign_up()
    theirs = other_tenant.sign_up().account_id
    roles = {"roles": ["owner"]}
    assert member.put(f"/v1/core/accounts/{member.account_id}/roles", json=roles).status_code == 403
    assert tenant.owner.put(f"/v1/core/accounts/{theirs}/roles", json=roles).status_code == 404
    assert tenant.visitor.get("/v1/core/jobs").status_code == 401
    (forbidden,) = eventually(lambda: denials(tenant, actor=member.account_id))
    assert (forbidden["status"], forbidden["reason"]) == (403, "missing_permission")
    assert forbidden["permission"] == "core:roles:write"
    (foreign,) = eventually(lambda: denials(tenant, target=f"account:{theirs}"))
    assert (foreign["status"], foreign["actor"]["id"]) == (404, tenant.owner.account_id)
    (stranger,) = eventually(lambda: denials(tenant, action="core.background.list_jobs"))
    assert (stranger["status"], stranger["actor"]["kind"], stranger["address"]) == (401, "anonymous", "127.0.0.1")
    assert denials(other_tenant) == []


def test_a_token_in_another_tenant_is_told_to_its_own(
    tenant: Tenant, other_tenant: Tenant, eventually: Eventually
) -> None:
    """T01: who names another tenant is told of where they belong, so that nobody fills another tenant's log."""
    answer = tenant.owner.get("/v1/core/jobs", headers={"X-Tenant": other_tenant.slug})
    assert answer.status_code == 403
    (told,) = eventually(lambda: [each for each in denials(tenant) if each["reason"] == "wrong_tenant"])
    assert told["actor"]["id"] == tenant.owner.account_id
    assert denials(other_tenant) == []


# The same in each process that collects the tests.
NOBODYS = UUID("01900000-0000-7000-8000-000000000000")


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/core/jobs/{NOBODYS}/retry",
        f"/v1/core/parked-events/{NOBODYS}/tests.nothing/retry",
        "/v1/core/events/replay",
        f"{AUDIT}/anchors",
    ],
)
def test_sub_actions_with_a_reading_role(tenant: Tenant, path: str, eventually: Eventually) -> None:
    """T28: retry, replay and anchor are refused to an analyst, and that is kept."""
    analyst = tenant.sign_up("analyst")
    assert analyst.post(path, json={}).status_code == 403
    (told,) = eventually(lambda: denials(tenant, actor=analyst.account_id))
    assert told["status"] == 403


def test_keys_are_named(tenant: Tenant) -> None:
    """P-18, T64: what is done with an API key names the key and its account."""
    body = {"name": "sync", "scopes": ["core:me:write", "commerce:products:write"]}
    key = tenant.owner.post("/v1/core/api-keys", json=body).json()
    caller = Caller(tenant.running.client, {"Authorization": f"Bearer {key['key']}"})
    product = a_product(caller)
    told = entries(tenant, target=product["id"])
    assert {each["actor"]["id"] for each in told} == {tenant.owner.account_id}
    assert {each["actor"].get("key") for each in told} == {key["id"]}
    assert key["key"] not in tenant.owner.get(f"{AUDIT}/export").text


def test_signing_in_is_kept(tenant: Tenant, eventually: Eventually) -> None:
    """T64: a sign-in that worked and one that did not leave an entry each, without the password."""
    tenant.sign_in(tenant.owner.email)
    body = {"email": tenant.owner.email, "password": "not my passphrase at all"}
    assert tenant.visitor.post("/v1/core/tokens", json=body).status_code == 401
    (failed,) = eventually(lambda: [each for each in denials(tenant) if each["reason"] == "core.wrong_credentials"])
    assert (failed["target"], failed["actor"]["kind"]) == (f"account:{tenant.owner.account_id}", "anonymous")
    (told, *_) = entries(tenant, action="core.access.signed_in")
    assert (told["target"], told["address"]) == (f"account:{tenant.owner.account_id}", "127.0.0.1")
    assert PASSWORD not in str(entries(tenant))
    assert body["password"] not in str(entries(tenant))


def test_an_entry_tells_how_it_was_and_is(tenant: Tenant) -> None:
    """P-18: an edit leaves what differs, before and after; personal details are left out."""
    product = a_product(tenant.owner)
    path = f"/v1/commerce/products/{product['id']}"
    assert tenant.owner.patch(path, json={"title": "Other", "tags": []}).status_code == 200
    (edit,) = entries(tenant, action="commerce.catalog.edit_product")
    assert (edit["before"], edit["after"]) == ({"title": product["title"]}, {"title": "Other"})
    vendor = f"/v1/commerce/vendors/{product['vendor']['id']}"
    body = {"name": "Another", "email": "someone@example.test"}
    assert tenant.owner.patch(vendor, json=body).status_code == 200
    (edit,) = entries(tenant, action="commerce.vendors.edit_vendor")
    assert edit["after"] == {"name": "Another", "email": "[personal]"}


def test_roles_keys_and_settings_tell_how_they_were(tenant: Tenant) -> None:
    """T64: a change of roles, of a role, of a key and of settings tells who made it, of what, and from what to what."""
    member = tenant.sign_up()
    path = f"/v1/core/accounts/{member.account_id}"
    assert tenant.owner.put(f"{path}/roles", json={"roles": ["vendor"]}).status_code == 200
    (entry,) = entries(tenant, target=f"account:{member.account_id}", action="core.roles.grant_roles")
    assert (entry["before"], entry["after"]) == ({"roles": ["customer"]}, {"roles": ["vendor"]})
    assert tenant.owner.post(f"{path}/disable").status_code == 200
    told = entries(tenant, target=member.account_id)
    assert {"status": "disabled"} in [each["after"] for each in told]
    key = tenant.owner.post("/v1/core/api-keys", json={"name": "key", "scopes": ["core:me:read"]}).json()
    made = entries(tenant, target=f"api_key:{key['id']}")
    assert [each["after"]["scopes"] for each in made] == [["core:me:read"]]


def test_a_tenant_s_log_begins_with_its_opening(tenant: Tenant) -> None:
    """P-18: the first entry of a tenant is that it was opened."""
    assert entries(tenant)[-1]["action"] == "core.tenants.opened"


def test_a_stolen_token_and_an_export_are_kept(tenant: Tenant, clock: ShiftedClock) -> None:
    """T64: the second use of a refresh token and the export of the catalogue leave an entry each."""
    body = {"email": tenant.owner.email, "password": PASSWORD}
    refresh = {"refresh_token": tenant.visitor.post("/v1/core/tokens", json=body).json()["refresh_token"]}
    assert tenant.visitor.post("/v1/core/tokens/refresh", json=refresh).status_code == 200
    clock.advance(timedelta(seconds=30))
    assert tenant.visitor.post("/v1/core/tokens/refresh", json=refresh).status_code == 401
    assert tenant.owner.get("/v1/commerce/exports/products").status_code == 200
    for action in ("core.access.refreshed", "core.access.token_reused", "commerce.imports.export_products"):
        assert len(entries(tenant, action=action)) == 1

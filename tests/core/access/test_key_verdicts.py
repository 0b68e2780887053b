"""API keys over their lives: networks, environments, switched off and on, rotated, and known everywhere at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from tests.conftest import Caller, Tenant
from tests.core.access.test_api_keys import make_key, with_key


def verdict(tenant: Tenant, key: str) -> tuple[int, str]:
    """Status and code of what the key is answered."""
    answer = with_key(tenant, key)
    return answer.status_code, "" if answer.status_code == 200 else answer.json()["code"]


def patch(caller: Caller, key_id: str, **change: Any) -> dict[str, Any]:
    """The key after a change."""
    answer = caller.patch(f"/v1/core/api-keys/{key_id}", json=change)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_key_of_another_environment_is_refused(tenant: Tenant) -> None:
    """T34: this is a development, so keys begin with ffk_test_ and a live one opens nothing here."""
    made = make_key(tenant.owner)
    assert made["key"].startswith("ffk_test_")
    assert made["environment"] == "test"
    live = make_key(tenant.owner, environment="live")
    assert live["key"].startswith("ffk_live_")
    assert verdict(tenant, live["key"]) == (401, "core.key_wrong_environment")
    body = {"name": "x", "scopes": ["core:me:read"], "environment": "moon"}
    assert tenant.owner.post("/v1/core/api-keys", json=body).status_code == 422


def test_a_key_works_from_its_networks_only(tenant: Tenant) -> None:
    """T34: outside of its networks a key is 403 with a code of its own; whatever is no network is 422."""
    inside = make_key(tenant.owner, networks=["192.0.2.0/24", "127.0.0.0/8"])
    outside = make_key(tenant.owner, networks=["192.0.2.0/24", "2001:db8::/32"])
    assert verdict(tenant, inside["key"]) == (200, "")
    assert verdict(tenant, outside["key"]) == (403, "core.key_outside_network")
    assert patch(tenant.owner, outside["id"], networks=["127.0.0.1"])["networks"] == ["127.0.0.1"]
    assert verdict(tenant, outside["key"]) == (200, "")
    for wrong in ("everywhere", "192.0.2.1/24", "300.1.1.1", ""):
        body = {"name": "x", "scopes": ["core:me:read"], "networks": [wrong]}
        assert tenant.owner.post("/v1/core/api-keys", json=body).status_code == 422


def test_a_key_is_switched_off_and_on(tenant: Tenant) -> None:
    """T34: a disabled key is 401 with a code of its own, at once, and works again when it is enabled."""
    made = make_key(tenant.owner)
    assert verdict(tenant, made["key"]) == (200, "")
    assert patch(tenant.owner, made["id"], disabled=True)["disabled"] is True
    assert verdict(tenant, made["key"]) == (401, "core.key_disabled")
    assert patch(tenant.owner, made["id"], name="renamed")["disabled"] is True
    assert patch(tenant.owner, made["id"], disabled=False)["name"] == "renamed"
    assert verdict(tenant, made["key"]) == (200, "")


def test_a_key_from_before_stays_good(tenant: Tenant, admin_sql: Any) -> None:
    """P-17: keys without an environment, as they were once made, work as before."""
    made = make_key(tenant.owner)
    admin_sql("UPDATE core.api_key SET environment = NULL WHERE id = $1", made["id"])
    assert verdict(tenant, made["key"]) == (200, "")


def test_rotating_lets_both_work_for_a_while(tenant: Tenant, clock: ShiftedClock) -> None:
    """T35: during the overlap both keys work, afterwards only the new one; a key is rotated once."""
    old = make_key(tenant.owner, "core:me:read", "core:accounts:read", networks=["127.0.0.1"])
    path = f"/v1/core/api-keys/{old['id']}/rotate"
    answer = tenant.owner.post(path, json={"overlap_hours": 2})
    assert answer.status_code == 201, answer.text
    new = answer.json()
    assert new["key"] != old["key"]
    assert (new["scopes"], new["networks"], new["name"]) == (old["scopes"], old["networks"], old["name"])
    assert {verdict(tenant, old["key"]), verdict(tenant, new["key"])} == {(200, "")}
    again = tenant.owner.post(path, json={"overlap_hours": 2})
    assert (again.status_code, again.json()["code"]) == (409, "core.key_ended")
    clock.advance(timedelta(hours=2, minutes=1))
    assert verdict(tenant, old["key"]) == (401, "core.key_expired")
    assert verdict(tenant, new["key"]) == (200, "")


def test_rotating_without_overlap_ends_the_old_key(tenant: Tenant) -> None:
    """T35: with no overlap only the new key works; it ends when it is revoked."""
    old = make_key(tenant.owner)
    new = tenant.owner.post(f"/v1/core/api-keys/{old['id']}/rotate", json={"overlap_hours": 0}).json()
    assert verdict(tenant, old["key"])[0] == 401
    assert verdict(tenant, new["key"]) == (200, "")
    tenant.owner.delete(f"/v1/core/api-keys/{new['id']}")
    assert verdict(tenant, new["key"]) == (401, "core.key_revoked")


def test_rotating_gives_nobody_more(tenant: Tenant) -> None:
    """T31: who has lost a permission cannot get it back by rotating an old key, and a revoked key stays ended."""
    admin = tenant.sign_up("admin")
    old = make_key(admin, "core:accounts:read")
    tenant.owner.put(f"/v1/core/accounts/{admin.account_id}/roles", json={"roles": ["customer"]})
    answer = tenant.sign_in(admin.email).post(f"/v1/core/api-keys/{old['id']}/rotate", json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "core.scope_beyond_rights")
    gone = make_key(tenant.owner)
    tenant.owner.delete(f"/v1/core/api-keys/{gone['id']}")
    assert tenant.owner.post(f"/v1/core/api-keys/{gone['id']}/rotate", json={}).status_code == 409
    assert tenant.owner.patch(f"/v1/core/api-keys/{gone['id']}", json={"disabled": False}).status_code == 409


@pytest.mark.parametrize("hours", [-1, 721, "x", None, 1.5])
def test_strange_overlaps_are_refused(tenant: Tenant, hours: Any) -> None:
    """T35: an overlap is a number of hours, at most thirty days."""
    old = make_key(tenant.owner)
    answer = tenant.owner.post(f"/v1/core/api-keys/{old['id']}/rotate", json={"overlap_hours": hours})
    assert answer.status_code == 422


def test_keys_of_others_are_out_of_reach(tenant: Tenant, other_tenant: Tenant) -> None:
    """T01: nobody changes or rotates a key of another person or tenant; it is as if there were none."""
    made = make_key(tenant.owner)
    for caller in (other_tenant.owner, tenant.sign_up("admin")):
        for key_id in (made["id"], str(new_id())):
            assert caller.patch(f"/v1/core/api-keys/{key_id}", json={"disabled": True}).status_code == 404
            assert caller.post(f"/v1/core/api-keys/{key_id}/rotate", json={}).status_code == 404
    assert verdict(tenant, made["key"]) == (200, "")


def test_a_shown_key_is_kept_nowhere(tenant: Tenant, admin_sql: Any) -> None:
    """T33: neither the answer that shows it nor any row holds the secret, whatever headers the request had."""
    headers = {"Idempotency-Key": new_id().hex}
    made = tenant.owner.post("/v1/core/api-keys", json={"name": "x", "scopes": ["core:me:read"]}, headers=headers)
    path = f"/v1/core/api-keys/{made.json()['id']}/rotate"
    rotated = tenant.owner.post(path, json={}, headers=headers)
    for answer in (made, rotated):
        secret = answer.json()["key"].split("_")[3].encode()
        found = admin_sql("SELECT 1 FROM ground.idempotency WHERE position($1::bytea IN body) > 0", secret)
        assert found == []
        kept = admin_sql("SELECT to_jsonb(e)::text AS row FROM ground.event e WHERE tenant_id = $1", tenant.id)
        assert secret.decode() not in str(kept)
        audited = tenant.owner.get("/v1/business/audit", params={"limit": 100})
        assert audited.status_code == 200
        assert secret.decode() not in audited.text


def test_a_used_key_costs_no_writing(tenant: Tenant, admin_sql: Any) -> None:
    """P-17: when it was last used is noted at most once a minute, not with each request."""
    made = make_key(tenant.owner)
    assert verdict(tenant, made["key"]) == (200, "")
    row = "SELECT xmin::text AS version, last_used_at FROM core.api_key WHERE id = $1"
    (first,) = admin_sql(row, made["id"])
    assert first["last_used_at"] > datetime.now(UTC) - timedelta(minutes=1)
    for _ in range(20):
        assert verdict(tenant, made["key"]) == (200, "")
    assert admin_sql(row, made["id"]) == [first]


def test_a_service_account_holds_keys(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-17: an account without a password; its keys do what its roles and their scopes both allow."""
    made = tenant.owner.post("/v1/core/service-accounts", json={"name": "warehouse", "roles": ["vendor"]})
    assert made.status_code == 201, made.text
    account = made.json()
    key = make_key(tenant.owner, "core:me:read", "core:accounts:read", account_id=account["id"])
    me = with_key(tenant, key["key"]).json()
    assert (me["id"], me["permissions"]) == (account["id"], ["core:me:read"])
    listed = tenant.owner.get("/v1/core/api-keys", params={"account_id": account["id"]}).json()["items"]
    assert [each["id"] for each in listed] == [key["id"]]
    path = f"/v1/core/service-accounts/{account['id']}"
    assert [each["name"] for each in tenant.owner.get("/v1/core/service-accounts").json()["items"]] == ["warehouse"]
    assert tenant.owner.patch(path, json={"roles": ["admin"], "name": "desk"}).json()["roles"] == ["admin"]
    assert with_key(tenant, key["key"], "/v1/core/accounts").status_code == 200
    assert tenant.owner.patch(path, json={"disabled": True}).json()["status"] == "disabled"
    assert verdict(tenant, key["key"]) == (401, "core.key_disabled")
    assert tenant.owner.patch(path, json={"disabled": False}).json()["status"] == "active"
    assert other_tenant.owner.get(path).status_code == 404
    assert other_tenant.owner.delete(path).status_code == 404
    assert tenant.owner.delete(path).status_code == 204
    assert verdict(tenant, key["key"]) == (401, "invalid_api_key")
    assert tenant.owner.get(path).status_code == 404


def test_a_service_account_is_nobody_to_sign_in_as(tenant: Tenant, admin_sql: Any) -> None:
    """P-17: neither a password nor the role of an owner is for programs."""
    body = {"name": "robot", "roles": ["customer"]}
    account = tenant.owner.post("/v1/core/service-accounts", json=body).json()
    (row,) = admin_sql("SELECT email FROM core.account WHERE id = $1", account["id"])
    for password in ("", "x" * 12):
        answer = tenant.visitor.post("/v1/core/tokens", json={"email": row["email"], "password": password})
        assert answer.status_code in {401, 422}
    assert tenant.owner.post("/v1/core/service-accounts", json={**body, "roles": ["owner"]}).status_code == 422
    roles = tenant.owner.put(f"/v1/core/accounts/{account['id']}/roles", json={"roles": ["owner"]})
    assert roles.status_code == 422
    assert tenant.owner.post("/v1/core/service-accounts", json={**body, "roles": ["nobody"]}).status_code == 422
    assert tenant.owner.post("/v1/core/service-accounts", json={"name": "x"}).status_code == 422


def test_service_accounts_are_for_who_may(tenant: Tenant) -> None:
    """T31: a person without the right neither makes service accounts nor keys for them."""
    account = tenant.owner.post("/v1/core/service-accounts", json={"name": "robot", "roles": ["admin"]}).json()
    customer = tenant.sign_up()
    assert customer.post("/v1/core/service-accounts", json={"name": "x", "roles": ["customer"]}).status_code == 403
    body = {"name": "x", "scopes": ["core:me:read"], "account_id": account["id"]}
    assert customer.post("/v1/core/api-keys", json=body).status_code == 403
    assert customer.get("/v1/core/api-keys", params={"account_id": account["id"]}).status_code == 403
    person = {**body, "account_id": customer.account_id}
    assert tenant.owner.post("/v1/core/api-keys", json=person).status_code == 404

"""Accounts are shut at once and everywhere, and opened again; somebody always stays who can open them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from fourfold.ground.ids import new_id
from tests.conftest import PASSWORD, Caller, Tenant


def disable(caller: Caller, account: str) -> tuple[int, str | None]:
    """Status and code."""
    answer = caller.post(f"/v1/core/accounts/{account}/disable")
    return answer.status_code, answer.json().get("code")


def test_a_disabled_account_is_out_at_once(tenant: Tenant) -> None:
    """T20: the next call is 401, with the token, the refresh token, a key, and the password; enabling lets in anew."""
    member = tenant.sign_up()
    credentials = {"email": member.email, "password": PASSWORD}
    pair = tenant.visitor.post("/v1/core/tokens", json=credentials).json()
    made = member.post("/v1/core/api-keys", json={"name": "key", "scopes": ["core:me:read"]}).json()
    key = Caller(tenant.running.client, {"Authorization": f"Bearer {made['key']}"})
    assert key.get("/v1/core/me").status_code == 200
    assert disable(tenant.owner, member.account_id) == (200, None)
    assert member.get("/v1/core/me").status_code == key.get("/v1/core/me").status_code == 401
    refresh = {"refresh_token": pair["refresh_token"]}
    assert tenant.visitor.post("/v1/core/tokens/refresh", json=refresh).status_code == 401
    wrong = tenant.visitor.post("/v1/core/tokens", json={**credentials, "password": "wrong wrong"})
    shut = tenant.visitor.post("/v1/core/tokens", json=credentials)
    assert (shut.status_code, shut.json()["code"]) == (wrong.status_code, wrong.json()["code"])
    assert tenant.owner.get(f"/v1/core/accounts/{member.account_id}").json()["status"] == "disabled"
    assert disable(tenant.owner, member.account_id) == (200, None)
    answer = tenant.owner.post(f"/v1/core/accounts/{member.account_id}/enable")
    assert (answer.status_code, answer.json()["status"]) == (200, "active")
    assert tenant.visitor.post("/v1/core/tokens/refresh", json=refresh).status_code == 401
    assert tenant.sign_in(member.email).get("/v1/core/me").status_code == 200
    assert key.get("/v1/core/me").status_code == 200


def test_nobody_shuts_themselves_out(tenant: Tenant) -> None:
    """P-16: not oneself; not owners, for those who are none; and nobody without the permission."""
    admin, member = tenant.sign_up("admin"), tenant.sign_up()
    assert disable(tenant.owner, tenant.owner.account_id) == (409, "core.own_account")
    assert disable(admin, admin.account_id) == (409, "core.own_account")
    assert disable(admin, tenant.owner.account_id) == (403, "core.beyond_own_rights")
    assert disable(member, admin.account_id) == (403, "missing_permission")
    assert member.post(f"/v1/core/accounts/{admin.account_id}/enable").status_code == 403
    assert disable(admin, member.account_id) == (200, None)


def test_two_owners_do_not_shut_each_other_out(tenant: Tenant) -> None:
    """P-16: when two disable each other at once, one stays."""
    other = tenant.sign_up("owner")
    with ThreadPoolExecutor(2) as pool:
        pairs = [(tenant.owner, other.account_id), (other, tenant.owner.account_id)]
        outcomes = sorted(pool.map(lambda pair: disable(*pair)[0], pairs))
    assert outcomes[0] == 200
    assert outcomes[1] in {401, 409}
    states = [caller.get("/v1/core/me").status_code for caller in (tenant.owner, other)]
    assert sorted(states) == [200, 401]


@pytest.mark.parametrize("move", ["disable", "enable"])
def test_foreign_accounts_are_not_there(tenant: Tenant, other_tenant: Tenant, move: str) -> None:
    """T01: another tenant's account is as unknown as one that does not exist."""
    theirs = other_tenant.sign_up()
    for account in (theirs.account_id, str(new_id())):
        answer = tenant.owner.post(f"/v1/core/accounts/{account}/{move}")
        assert (answer.status_code, answer.json()["code"]) == (404, "core.no_such_account")
    assert theirs.get("/v1/core/me").status_code == 200

"""Roles: set by administrators, never beyond their own rights, and at once."""

import pytest

from tests.conftest import Tenant


def test_roles_are_set_at_once(tenant: Tenant) -> None:
    """T20: who was given or has lost a role is asked to renew their token at once, and then has it."""
    member = tenant.sign_up()
    answer = tenant.owner.put(f"/v1/core/accounts/{member.account_id}/roles", json={"roles": ["customer", "vendor"]})
    assert answer.json()["roles"] == ["customer", "vendor"]
    assert member.get("/v1/core/me").status_code == 401
    assert tenant.sign_in(member.email).get("/v1/core/me").json()["roles"] == ["customer", "vendor"]
    changed = tenant.owner.get("/v1/core/events", params={"type": "core.account.roles_changed"}).json()["items"]
    assert changed[-1]["data"]["roles"] == ["customer", "vendor"]


@pytest.mark.parametrize("roles", [["owner"], ["customer", "owner"]])
def test_nobody_gives_more_than_they_have(tenant: Tenant, roles: list[str]) -> None:
    """T31: an administrator does not make owners, of others or of themselves."""
    admin, member = tenant.sign_up("admin"), tenant.sign_up()
    for account in (member.account_id, admin.account_id):
        answer = admin.put(f"/v1/core/accounts/{account}/roles", json={"roles": roles})
        assert (answer.status_code, answer.json()["code"]) == (403, "core.beyond_own_rights")
    answer = admin.put(f"/v1/core/accounts/{tenant.owner.account_id}/roles", json={"roles": ["customer"]})
    assert answer.status_code == 403


def test_the_last_owner_stays(tenant: Tenant) -> None:
    """T31: the last owner cannot be removed, a second one can."""
    path = f"/v1/core/accounts/{tenant.owner.account_id}/roles"
    answer = tenant.owner.put(path, json={"roles": ["admin"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "core.last_owner")
    second = tenant.sign_up("owner")
    assert tenant.owner.put(path, json={"roles": ["customer"]}).status_code == 200
    assert second.get("/v1/core/accounts").status_code == 200


@pytest.mark.parametrize("role", ["Owner", "root", "", "owner ", "system", "*"])
def test_unknown_roles_are_refused(tenant: Tenant, role: str) -> None:
    """T31: only roles that there are can be given."""
    answer = tenant.owner.put(f"/v1/core/accounts/{tenant.owner.account_id}/roles", json={"roles": ["owner", role]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "roles"

"""Roles of a tenant's own: what they may hold, who may write them, and that they count at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.conftest import Caller, Tenant

STOCK = {"name": "stock_keeper", "title": "Keeps the stock", "permissions": ["core:me:read", "core:accounts:read"]}


def define(caller: Caller, **changes: Any) -> httpx.Response:
    """The answer to a new role."""
    return caller.post("/v1/core/roles", json={**STOCK, **changes})


def test_a_role_of_ones_own(tenant: Tenant) -> None:
    """P-15: a role is defined, given, seen in the list, and does what it says and no more."""
    made = define(tenant.owner)
    assert made.status_code == 201, made.text
    assert made.json()["permissions"] == sorted(STOCK["permissions"])
    listed = {each["name"]: each for each in tenant.owner.get("/v1/core/roles").json()["items"]}
    assert (listed["stock_keeper"]["built_in"], listed["owner"]["built_in"]) == (False, True)
    member = tenant.sign_up("stock_keeper")
    assert member.get("/v1/core/me").json()["roles"] == ["stock_keeper"]
    assert member.get("/v1/core/accounts").status_code == 200
    assert member.get("/v1/core/roles").status_code == 403


def test_an_edit_counts_at_once(tenant: Tenant) -> None:
    """T20: what is taken from a role is refused with the next call, with the token that was good before."""
    tag = define(tenant.owner).headers["etag"]
    member = tenant.sign_up("stock_keeper")
    assert member.get("/v1/core/accounts").status_code == 200
    path = "/v1/core/roles/stock_keeper"
    answer = tenant.owner.patch(path, json={"permissions": ["core:me:read"]}, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text
    assert member.get("/v1/core/accounts").status_code == 403
    assert member.get("/v1/core/me").status_code == 200
    stale = tenant.owner.patch(path, json={"title": "Late"}, headers={"If-Match": tag})
    assert stale.status_code == 412
    assert tenant.owner.get(path).headers["etag"] == answer.headers["etag"] != tag


def test_two_edits_of_one_version(tenant: Tenant) -> None:
    """P-15: of two edits of the same version one is refused."""
    tag = define(tenant.owner).headers["etag"]

    def edit(title: str) -> int:
        path = "/v1/core/roles/stock_keeper"
        return tenant.owner.patch(path, json={"title": title}, headers={"If-Match": tag}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(edit, ("first", "second"))) == [200, 412]


def test_nobody_writes_a_role_beyond_their_own(tenant: Tenant) -> None:
    """T31: a role holds no permission that its maker lacks, and who has less changes nothing of one that has more."""
    writer = {"permissions": ["core:roles:write", "core:roles:read", "core:me:read"], "name": "writer"}
    assert define(tenant.owner, **writer).status_code == 201
    assert define(tenant.owner).status_code == 201
    member = tenant.sign_up("writer")
    answer = define(member, name="more", permissions=["core:jobs:read"])
    assert (answer.status_code, answer.json()["code"]) == (403, "core.beyond_own_rights")
    assert define(member, name="less", permissions=["core:me:read"]).status_code == 201
    path = "/v1/core/roles/stock_keeper"
    assert member.patch(path, json={"permissions": ["core:me:read"]}).status_code == 403
    assert member.delete(path).status_code == 403
    grown = member.patch("/v1/core/roles/writer", json={"permissions": [*writer["permissions"], "core:jobs:read"]})
    assert grown.status_code == 403
    assert member.put(f"/v1/core/accounts/{member.account_id}/roles", json={"roles": ["admin"]}).status_code == 403


@pytest.mark.parametrize("name", ["owner", "admin", "customer", "operator"])
def test_built_in_roles_stay(tenant: Tenant, name: str) -> None:
    """T31: roles of the platform are neither edited nor removed nor named again."""
    path = f"/v1/core/roles/{name}"
    for answer in (tenant.owner.patch(path, json={"title": "Mine"}), tenant.owner.delete(path)):
        assert (answer.status_code, answer.json()["code"]) == (403, "core.built_in_role")
    assert define(tenant.owner, name=name).status_code == 409


def test_nobody_makes_an_operator(tenant: Tenant) -> None:
    """T31: the role of the platform's staff is not a tenant's to give, nor are its permissions to put into a role."""
    path = f"/v1/core/accounts/{tenant.owner.account_id}/roles"
    answer = tenant.owner.put(path, json={"roles": ["owner", "operator"]})
    assert (answer.status_code, answer.json()["code"]) == (403, "core.beyond_own_rights")
    assert define(tenant.owner, permissions=["core:operator:write"]).status_code == 422


def test_an_operator_is_one_in_the_platforms_tenant_only(tenant: Tenant, admin_sql: Any) -> None:
    """T31: even written into the database by hand the role gives nothing in another tenant."""
    admin_sql(
        "INSERT INTO core.account_role (tenant_id, account_id, role, granted_at) VALUES ($1, $2, 'operator', now())",
        tenant.id, tenant.owner.account_id,
    )  # fmt: skip
    me = tenant.sign_in(tenant.owner.email).get("/v1/core/me").json()
    assert "operator" in me["roles"]
    assert not [each for each in me["permissions"] if each.startswith("core:operator")]


def test_a_role_in_use_stays_unless_it_is_taken_away(tenant: Tenant) -> None:
    """P-15: 409 while accounts have it; taken away it is gone for them at once, and for one who gets its name again."""
    define(tenant.owner)
    member = tenant.sign_up("stock_keeper")
    path = "/v1/core/roles/stock_keeper"
    answer = tenant.owner.delete(path)
    assert (answer.status_code, answer.json()["code"], answer.json()["accounts"]) == (409, "core.role_in_use", 1)
    assert tenant.owner.delete(path, params={"take_away": True}).status_code == 204
    assert member.get("/v1/core/accounts").status_code == 401
    assert tenant.owner.get(path).status_code == tenant.owner.delete(path).status_code == 404
    assert define(tenant.owner).status_code == 201
    assert member.get("/v1/core/me").status_code == 401


def test_roles_of_another_tenant_are_unknown(tenant: Tenant, other_tenant: Tenant) -> None:
    """T01: two tenants may use one name for different things, and neither sees or gives the other's."""
    define(tenant.owner)
    path = "/v1/core/roles/stock_keeper"
    assert other_tenant.owner.get(path).status_code == 404
    assert other_tenant.owner.patch(path, json={"title": "x"}).status_code == 404
    assert other_tenant.owner.delete(path).status_code == 404
    given = other_tenant.owner.put(
        f"/v1/core/accounts/{other_tenant.owner.account_id}/roles", json={"roles": ["owner", "stock_keeper"]}
    )
    assert given.status_code == 422
    assert define(other_tenant.owner, permissions=["core:me:read"]).status_code == 201
    assert tenant.owner.get(path).json()["permissions"] == sorted(STOCK["permissions"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Stock"}, {"name": "-st"}, {"name": "a"}, {"name": "x" * 51}, {"name": "a b"}, {"title": ""},
        {"title": "x" * 101}, {"permissions": ["core:nothing:read"]}, {"permissions": "all"}, {"permissions": [1]},
        {"permissions": ["x" * 101]}, {"more": True},
    ],
)  # fmt: skip
def test_strange_roles_are_refused(tenant: Tenant, wrong: dict[str, Any]) -> None:
    """P-15: names, titles and permissions have their forms."""
    assert define(tenant.owner, **wrong).status_code == 422
    assert define(tenant.owner).status_code == 201
    assert define(tenant.owner).status_code == 409


def test_permissions_are_told(tenant: Tenant) -> None:
    """P-15: everybody sees what they may do; the catalogue with its words is for who sees roles."""
    mine = tenant.sign_up().get("/v1/core/permissions").json()
    assert mine["roles"] == ["customer"]
    assert "core:me:read" in mine["permissions"]
    assert mine["catalogue"] is None
    assert tenant.sign_up().get("/v1/core/permissions", params={"all": True}).status_code == 403
    found = tenant.owner.get("/v1/core/permissions", params={"all": True}).json()["catalogue"]
    told = {each["name"]: each for each in found}
    assert told["core:accounts:read"] == {
        "name": "core:accounts:read", "title": "See accounts (core)", "roles": ["admin", "owner"],
    }  # fmt: skip
    assert not [name for name in told if name.startswith("core:operator")]


def test_owners_do_not_depose_each_other_at_once(tenant: Tenant) -> None:
    """T31: of two owners who take each other's role in the same moment, one stays."""
    second = tenant.sign_up("owner")

    def depose(pair: tuple[Caller, str]) -> int:
        return pair[0].put(f"/v1/core/accounts/{pair[1]}/roles", json={"roles": ["customer"]}).status_code

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(depose, ((tenant.owner, second.account_id), (second, tenant.owner.account_id))))
    owners = [tenant.sign_in(each.email).get("/v1/core/me").json()["roles"] for each in (tenant.owner, second)]
    assert ["owner"] in owners

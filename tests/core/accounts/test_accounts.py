"""Accounts: registered, listed, renamed; passwords that can be used and those that cannot."""

from typing import Any

import httpx
import pytest

from fourfold.ground.ids import new_id
from tests.conftest import PASSWORD, Tenant


def register(tenant: Tenant, **changes: Any) -> httpx.Response:
    """The answer to a registration."""
    body = {"email": f"a{new_id().hex[-8:]}@x.test", "password": PASSWORD, "name": "Ada", **changes}
    return tenant.visitor.post("/v1/core/accounts", json=body)


def signs_in(tenant: Tenant, email: str, password: str) -> bool:
    """Whether the password opens a session."""
    answer = tenant.visitor.post("/v1/core/tokens", json={"email": email, "password": password})
    return answer.status_code == 200


def test_whoever_registers_is_a_customer(tenant: Tenant) -> None:
    """P-12: a new account has the role customer, and no other can be asked for."""
    answer = register(tenant)
    assert answer.status_code == 201
    assert answer.json()["roles"] == ["customer"]
    assert register(tenant, roles=["owner"]).status_code == 422


def test_an_address_is_the_same_in_any_case(tenant: Tenant) -> None:
    """P-12: an address is kept in lower case; the second registration looks like the first and changes nothing."""
    first = register(tenant, email="Ada.Byron@X.test")
    assert first.json()["email"] == "ada.byron@x.test"
    again = register(tenant, email="ada.byron@x.test", password="another long phrase", name="Eve")
    assert (again.status_code, set(again.json())) == (201, set(first.json()))
    assert signs_in(tenant, " ADA.byron@x.test", PASSWORD)
    assert not signs_in(tenant, "ada.byron@x.test", "another long phrase")
    assert len(tenant.owner.get("/v1/core/accounts").json()["items"]) == 2


@pytest.mark.parametrize("password", ["password", "Password1", "12345678", "aaaaaaaa", "abababab", "short"])
def test_passwords_that_are_tried_first(tenant: Tenant, password: str) -> None:
    """T23: common, short and monotonous passwords are 422."""
    assert register(tenant, password=password).status_code == 422


def test_a_password_is_not_ones_own_name(tenant: Tenant) -> None:
    """T23: nobody takes their own address or name."""
    assert register(tenant, email="ada@byron.test", password="ada@byron.test").json()["code"] == "core.weak_password"
    assert register(tenant, name="Ada Byron", password="ada byron").json()["code"] == "core.weak_password"


@pytest.mark.parametrize(
    "password", ["correct horse " * 10, "naïve façade übergroß", "🔑 and 🔒 and more", " spaces  "]
)
def test_long_and_foreign_passwords_are_fine(tenant: Tenant, password: str) -> None:
    """T23: passwords of more than 64 characters, of any script, are taken as they are."""
    email = register(tenant, password=password).json()["email"]
    assert signs_in(tenant, email, password)
    assert not signs_in(tenant, email, password + " ")


def test_long_passwords_count_to_their_end(tenant: Tenant) -> None:
    """T23: two passwords that differ in the 73rd byte are two passwords."""
    email = register(tenant, password="correct horse battery staple " * 2 + "x" * 14 + "1").json()["email"]
    assert not signs_in(tenant, email, "correct horse battery staple " * 2 + "x" * 14 + "2")


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "@x.test", "a b@x.test", "a@x.test\nBcc: b@x.test", "a" * 250 + "@x.test"]
)
def test_addresses_that_are_none(tenant: Tenant, email: str) -> None:
    """P-21: what is no address is 422, and the field is named."""
    answer = register(tenant, email=email)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "email")


def test_people_change_their_name_and_nothing_else(tenant: Tenant) -> None:
    """T29: the name changes; role, tenant, status, id and address are refused, and stay."""
    member = tenant.sign_up()
    before = member.get("/v1/core/me").json()
    assert member.patch("/v1/core/me", json={"name": "  Ada Byron "}).json() == {**before, "name": "Ada Byron"}
    for field, value in {
        "role": "owner", "roles": ["owner"], "is_admin": True, "tenant_id": new_id().hex, "balance": 1,
        "status": "active", "id": new_id().hex, "email": "b@x.test", "permissions": ["core:roles:write"],
    }.items():  # fmt: skip
        assert member.patch("/v1/core/me", json={"name": "Eve", field: value}).status_code == 422
    assert member.get("/v1/core/me").json() == {**before, "name": "Ada Byron"}


def test_the_list_of_accounts_is_stable(tenant: Tenant) -> None:
    """P-22: pages follow each other without gaps or doubles while others register."""
    for _ in range(4):
        register(tenant)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = tenant.owner.get(
            "/v1/core/accounts", params={"limit": 2, **({"cursor": cursor} if cursor else {})}
        ).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        if len(seen) == 2:
            register(tenant)
    assert len(seen) == len(set(seen)) == 6
    assert seen == sorted(seen)

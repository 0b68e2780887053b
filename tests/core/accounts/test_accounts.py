"""Accounts: registered, listed, renamed; passwords that can be used and those that cannot."""

import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from fourfold.core.accounts import passwords
from fourfold.ground.ids import new_id
from tests.conftest import PASSWORD, Tenant

# From everybody's lists of what is tried first; those that are too short are refused for that.
WELL_KNOWN = """
123456 password 12345678 qwerty 123456789 12345 1234 111111 1234567 dragon 123123 baseball abc123 football monkey
letmein 696969 shadow master 666666 qwertyuiop 123321 mustang 1234567890 michael 654321 superman 1qaz2wsx 7777777
121212 000000 qazwsx 123qwe killer trustno1 jordan jennifer zxcvbnm asdfgh hunter buster soccer harley batman andrew
tigger sunshine iloveyou 2000 charlie robert thomas hockey ranger daniel starwars klaster 112233 george computer
michelle jessica pepper 1111 zxcvbn 555555 11111111 131313 freedom 777777 pass maggie 159753 aaaaaa ginger princess
joshua cheese amanda summer love ashley nicole chelsea biteme matthew access yankees 987654321 dallas austin thunder
taylor matrix password1 Password123 P@ssw0rd Passw0rd! Welcome1 Welcome123 Summer2024 Winter2025! qwerty123 q1w2e3r4
"""


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


def test_an_address_is_one_account_however_many_ask_for_it_at_once(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-12, I39: of many who register it at the same time one has it, and all are answered alike; tenants apart."""
    spellings = ["ada@x.test", "Ada@x.test", "ADA@X.TEST", "ada@X.test"] * 4
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda each: register(tenant, email=each), spellings))
    assert {(each.status_code, *sorted(each.json())) for each in answers} == {(201, *sorted(answers[0].json()))}
    listed = [each["email"] for each in tenant.owner.get("/v1/core/accounts").json()["items"]]
    assert listed.count("ada@x.test") == 1
    assert len(listed) == 2
    assert signs_in(tenant, "ada@x.test", PASSWORD)
    assert not signs_in(other_tenant, "ada@x.test", PASSWORD)


@pytest.mark.parametrize("password", ["password", "Password1", "12345678", "aaaaaaaa", "abababab", "short"])
def test_passwords_that_are_tried_first(tenant: Tenant, password: str) -> None:
    """T23: common, short and monotonous passwords are 422."""
    assert register(tenant, password=password).status_code == 422


def test_the_passwords_that_are_tried_first(tenant: Tenant) -> None:
    """T23: the list holds far more than three thousand, is heeded in any case, and is looked through in no time."""
    listed = Path(passwords.__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    assert len(listed) == len(set(listed)) > 3000
    assert all(len(each) >= 8 and each == each.casefold() for each in listed)
    assert all(passwords.is_common(each.upper()) for each in listed[::500])
    for known in WELL_KNOWN.split():
        assert register(tenant, password=known).status_code == 422, known
    began = time.thread_time()
    assert not any(passwords.is_common(f"a long phrase {number}") for number in range(100))
    assert time.thread_time() - began < 0.5


def test_a_password_typed_on_another_keyboard(tenant: Tenant) -> None:
    """T23: composed and decomposed letters are the same password; eight characters are counted after composing."""
    composed = unicodedata.normalize("NFC", "naïve façade übergroß")
    email = register(tenant, password=unicodedata.normalize("NFD", composed)).json()["email"]
    assert signs_in(tenant, email, composed)
    assert signs_in(tenant, email, unicodedata.normalize("NFD", composed))
    assert register(tenant, password=unicodedata.normalize("NFD", "äöüÄÖÜé")).status_code == 422


@pytest.mark.parametrize(("length", "status"), [(7, 422), (8, 201), (64, 201), (1000, 201), (1001, 422)])
def test_how_long_a_password_may_be(tenant: Tenant, length: int, status: int) -> None:
    """T23: from 8 to 1000 characters."""
    phrase = "xq7 wv9 zk3 " * 100
    assert register(tenant, password=phrase[:length]).status_code == status


def test_a_password_is_not_ones_own_name(tenant: Tenant) -> None:
    """T23: nobody takes their own address or name."""
    assert register(tenant, email="ada@byron.test", password="ada@byron.test").json()["code"] == "core.weak_password"
    assert register(tenant, name="Ada Byron", password="ada byron").json()["code"] == "core.weak_password"
    assert register(tenant, name="Ada Byron", password="AdaByron").json()["code"] == "core.weak_password"
    assert register(tenant, email="ada.byron@x.test", password="Ada.Byron").json()["code"] == "core.weak_password"


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

"""Handles: one of each in a tenant, changed with a redirect, and which there may be."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from fourfold.social.people.documents import CLAIMS, PEOPLE
from fourfold.social.people.rules import handles_for, is_handle
from tests.builders.community import write
from tests.builders.ties import ME, PEOPLE_HERE, follow, people
from tests.conftest import Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]


def call(caller: Caller, handle: str) -> int:
    """Whether somebody may be called that."""
    return caller.put(f"{ME}/handle", json={"handle": handle}).status_code


def test_a_former_handle_leads_on(tenant: Tenant, clock: ShiftedClock) -> None:
    """S-01: for ninety days, in paths and mentions, and is nobody else's meanwhile; then it is anybody's."""
    one, other = people(tenant, 2)
    assert (call(one, "Ada"), call(one, "ada_lovelace")) == (200, 200)
    answer = other.get(f"{PEOPLE_HERE}/ADA")
    assert (answer.json()["handle"], answer.headers["content-location"]) == (
        "ada_lovelace", f"{PEOPLE_HERE}/ada_lovelace",
    )  # fmt: skip
    assert write(other, "Hello @ada")["mentions"][0]["handle"] == "ada_lovelace"
    assert other.put(f"{PEOPLE_HERE}/ada/follow").status_code == 200
    refused = other.put(f"{ME}/handle", json={"handle": "ada"})
    assert (refused.status_code, refused.json()["code"]) == (409, "social.handle_taken")
    clock.offset += timedelta(days=91)
    [one, other] = [tenant.sign_in(each.email) for each in (one, other)]
    assert other.get(f"{PEOPLE_HERE}/ada").status_code == 404
    assert call(other, "ada") == 200
    assert one.get(f"{PEOPLE_HERE}/ada").json()["id"] == other.account_id


def test_going_back(tenant: Tenant) -> None:
    """S-01: one's own former handle is one's own; collecting them is not possible."""
    [one] = people(tenant, 1)
    assert [call(one, each) for each in ("ada", "countess", "ada", "ada", "countess")] == [200] * 5
    assert [call(one, f"ada_{number}") for number in range(3)] == [200] * 3
    refused = one.put(f"{ME}/handle", json={"handle": "ada_3"})
    assert (refused.status_code, refused.json()["code"]) == (409, "social.too_many_handles")
    assert one.get(ME).json()["handle"] == "ada_2"
    assert call(one, "ada") == 200


def test_one_of_each(tenant: Tenant, other_tenant: Tenant, documents_of: Documents) -> None:
    """S-01, I39: of many who want the same at once one gets it; other tenants have handles of their own."""
    callers = people(tenant, 6)
    with ThreadPoolExecutor(6) as threads:
        answers = sorted(threads.map(lambda each: call(each, "ada"), callers))
    assert answers == [200] + [409] * 5
    handles = [each["handle"] for each in documents_of(tenant, PEOPLE)]
    claims = [each["handle"] for each in documents_of(tenant, CLAIMS)]
    assert len(claims) == len(set(claims))
    assert len(handles) == len(set(handles))
    assert set(handles) <= set(claims)
    assert call(other_tenant.owner, "ada") == 200


def test_joining_at_once(tenant: Tenant, documents_of: Documents) -> None:
    """S-01, I39: people of one name get different handles, and each is one person, however often they begin."""
    callers = [tenant.sign_up() for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda each: each.get(ME), callers * 3))
    assert {each.status_code for each in answers} == {200}
    assert len({each.json()["handle"] for each in answers}) == 4
    members = {each.account_id for each in callers}
    assert len([each for each in documents_of(tenant, PEOPLE) if str(each["_id"]) in members]) == 4


@pytest.mark.parametrize(
    "handle",
    ["", "ab", "x" * 31, "ada lovelace", "ada-l", "ädä", "@ada", "a.b", "admin", "Staff", 7, None],
)
def test_handles_that_there_are_not(tenant: Tenant, handle: Any) -> None:
    """S-01: 3 to 30 small letters, digits and underscores, and none that is the house's own."""
    assert tenant.owner.put(f"{ME}/handle", json={"handle": handle}).status_code == 422


def test_handles_are_changed_by_their_owner(tenant: Tenant) -> None:
    """S-01: signed in, with nothing else in the body; who follows stays."""
    one, other = people(tenant, 2)
    assert tenant.visitor.put(f"{ME}/handle", json={"handle": "ada"}).status_code == 401
    assert one.put(f"{ME}/handle", json={"handle": "ada", "person": other.account_id}).status_code == 422
    follow(other, one)
    assert call(one, "ada") == 200
    assert other.get(f"{PEOPLE_HERE}/ada").json()["you"]["follow"] == "yes"


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Ada Lovelace", "ada_lovelace"),
        ("Zoë  Müller-Lüdenscheidt", "zoe_muller_ludensche"),
        ("李", "member_"),
        ("Jo", "member_"),
        ("Admin", "member_"),
        ("", "member_"),
        ("__x__y__", "x_y"),
    ],
)
def test_handles_from_names(name: str, first: str) -> None:
    """S-01: made of the name when it can be; there are always others, and all of them may be had."""
    digits = new_id().hex
    handles = list(handles_for(name, digits))
    assert handles[0].startswith(first)
    assert all(is_handle(each) for each in handles)
    assert handles[-1].endswith(digits[-28:])

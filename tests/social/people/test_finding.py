"""Finding people: with a letter wrong, the closest first, and only those who are to be found."""

from collections.abc import Callable
from typing import Any

import pytest

from fourfold.social.people.rules import likeness, tokens_for, tokens_of, words_in, words_of
from tests.builders.people import digits_for
from tests.builders.ties import ME, PEOPLE_HERE, block, edit, follow, people
from tests.conftest import Caller, Tenant


def found(caller: Caller, text: str, **rest: int) -> list[str]:
    """The names of people who are found."""
    answer = caller.get(PEOPLE_HERE, params={"q": text, **rest})
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()["items"]]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("ada", "Ada Lovelace"), ("lovelace", "Ada Lovelace"), ("ada love", "Ada Lovelace"), ("a", "Ada Lovelace"),
        ("Lovelcae", "Ada Lovelace"), ("lovelac", "Ada Lovelace"), ("lovelacee", "Ada Lovelace"),
        ("lovelaxe", "Ada Lovelace"), ("xovelace", "Ada Lovelace"), ("ADA  LOVELACE", "Ada Lovelace"),
        ("zoe", "Zoë Müller"), ("muller", "Zoë Müller"), ("jhon", "John"), ("strasse", "Hans Straße"),
        ("李小龙", "李小龙"), ("李", "李小龙"),
    ],
)  # fmt: skip
def test_what_finds_a_name(query: str, name: str) -> None:
    """S-03: whole words, beginnings, one letter added, left out, mistaken or two swapped; accents and case apart."""
    indexed, words = set(tokens_of("someone", name)), words_in(query)
    assert all(indexed & set(tokens_for(word)) for word in words)
    assert likeness(words, words_of("someone", name)) > 0


@pytest.mark.parametrize(
    ("query", "name"), [("adb", "Bob"), ("love", "Gloves"), ("jo", "Ja"), ("ada bob", "Ada Lovelace")]
)
def test_what_does_not_find_a_name(query: str, name: str) -> None:
    """S-03: other words, and queries of which one word fits nothing."""
    assert likeness(words_in(query), words_of("someone", name)) == 0


def test_the_closest_come_first(tenant: Tenant) -> None:
    """S-03: the handle itself, then the whole word, its beginning, and what is mistyped."""
    searcher, *others = people(tenant, 5)
    for each, name in zip(others, ("Marta", "Martha", "Mart", "Marten"), strict=True):
        edit(each, name=name)
    edit(others[3], name="Nobody")
    others[3].put(f"{ME}/handle", json={"handle": "mart"})
    assert found(searcher, "mart") == ["Nobody", "Mart", "Marta", "Martha"]
    assert found(searcher, "@mart")[0] == "Nobody"
    assert found(searcher, "mrata") == ["Marta"]
    assert len(found(searcher, "mart", limit=2)) == 2


def test_those_one_follows_come_first(tenant: Tenant) -> None:
    """S-03: among people of the same name."""
    searcher, one, other = people(tenant, 3)
    for each in (one, other):
        edit(each, name="Grace")
    for each in (other, one):
        follow(searcher, each)
        first = searcher.get(PEOPLE_HERE, params={"q": "grace"}).json()["items"][0]["id"]
        assert first == each.account_id
        searcher.delete(f"{PEOPLE_HERE}/{each.account_id}/follow")


def test_who_is_not_to_be_found(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-02, S-03, I1, I8: those who do not want it, but by who follows them; the blocked; people of other tenants."""
    searcher, shy, blocked, blocker = people(tenant, 4)
    for number, each in enumerate((shy, blocked, blocker)):
        edit(each, name=f"Grace {number}")
    follow(tenant.owner, shy)
    edit(shy, settings={"find": "nobody"})
    block(searcher, blocked)
    block(blocker, searcher)
    edit(other_tenant.owner, name="Grace 3")
    assert found(searcher, "grace") == []
    assert sorted(found(tenant.owner, "grace")) == ["Grace 0", "Grace 1", "Grace 2"]
    handle = blocker.get(ME).json()["handle"]
    assert blocker.account_id not in str(searcher.get(PEOPLE_HERE, params={"q": handle}).json())
    assert found(other_tenant.owner, "grace") == ["Grace 3"]


def test_finding_by_address(
    tenant: Tenant, other_tenant: Tenant, admin_sql: Callable[..., list[dict[str, Any]]]
) -> None:
    """S-02: only the whole and proven one, and only of those who want that; others answer as nobody does."""
    searcher, other = people(tenant, 2)
    edit(other, name="Grace", settings={"find": "nobody"})
    assert found(searcher, other.email) == []
    edit(other, settings={"find_by_email": "everyone"})
    admin_sql("UPDATE core.account SET email_verified_at = NULL WHERE id = $1", other.account_id)
    assert found(searcher, other.email) == []
    admin_sql("UPDATE core.account SET email_verified_at = now() WHERE id = $1", other.account_id)
    assert found(searcher, f" {other.email.upper()} ") == ["Grace"]
    assert found(searcher, other.email[1:]) == []
    assert found(other_tenant.owner, other.email) == []
    block(other, searcher)
    assert found(searcher, other.email) == []


def test_finding_by_number(
    tenant: Tenant, other_tenant: Tenant, admin_sql: Callable[..., list[dict[str, Any]]]
) -> None:
    """S-02: only the whole and proven one, however it is written, and only of those who want that; else as nobody's."""
    searcher, other, third = people(tenant, 3)
    edit(other, name="Grace", settings={"find": "nobody"})
    number, written = "+4915123456789", "+49 (151) 2345-6789"
    assert other.post("/v1/core/me/phone", json={"phone": number}).status_code == 202
    edit(other, settings={"find_by_phone": "everyone"})
    assert found(searcher, number) == []
    digits = digits_for(tenant, number)
    assert other.post("/v1/core/me/phone/confirm", json={"code": digits}).status_code == 204
    assert found(searcher, number) == found(searcher, f" {written} ") == ["Grace"]
    edit(other, settings={"find_by_phone": "nobody"})
    assert found(searcher, number) == []
    edit(other, settings={"find_by_phone": "everyone"})
    for wrong in (number[:-1], f"{number}0", "015123456789", number[1:], "+999123456789", "+4", "+49{$gt: 0}"):
        assert found(searcher, wrong) == [], wrong
    assert found(other_tenant.owner, number) == []
    assert third.get(PEOPLE_HERE, params={"q": number}).json()["items"][0]["id"] == other.account_id
    block(other, third)
    assert found(third, number) == []
    admin_sql("UPDATE core.account SET status = 'disabled' WHERE id = $1", other.account_id)
    assert found(searcher, number) == []
    admin_sql("UPDATE core.account SET status = 'active' WHERE id = $1", other.account_id)
    assert found(searcher, number) == ["Grace"]
    assert other.delete("/v1/core/me/phone").status_code == 204
    assert found(searcher, number) == []


def test_names_change_what_finds(tenant: Tenant) -> None:
    """S-03: at once; by the handle as well."""
    searcher, other = people(tenant, 2)
    edit(other, name="Hedy Lamarr")
    assert found(searcher, "hedy") == ["Hedy Lamarr"]
    edit(other, name="Grace Hopper")
    assert (found(searcher, "hedy"), found(searcher, "hopper")) == ([], ["Grace Hopper"])
    other.put(f"{ME}/handle", json={"handle": "amazing_grace"})
    assert found(searcher, "amazing") == found(searcher, "amazinggrace"[:7]) == ["Grace Hopper"]


def test_queries_that_find_nobody(tenant: Tenant) -> None:
    """S-03: signs alone, operators, too much; and nobody searches without signing in."""
    owner = tenant.owner
    for query in ("!?", "$ne", "zzzzzz", ".*", "_"):
        assert found(owner, query) == []
    for params in ({}, {"q": ""}, {"q": "x" * 101}, {"q": "x", "limit": 0}, {"q": "x", "limit": 101}):
        assert owner.get(PEOPLE_HERE, params=params).status_code == 422
    assert tenant.visitor.get(PEOPLE_HERE, params={"q": "ada"}).status_code == 401

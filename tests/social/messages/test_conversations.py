"""Conversations over HTTP: begun, listed, joined, left, and refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from fourfold.ground.ids import new_id
from fourfold.social.messages.documents import CONVERSATIONS, MEMBERSHIPS, MESSAGES
from tests.builders.chat import (
    CONVERSATIONS_HERE,
    at,
    heard,
    is_gone,
    listed,
    members_of,
    say,
    seen,
    talk,
    texts,
)
from tests.builders.community import put, set_person
from tests.builders.ties import befriend, block, edit, follow, people
from tests.conftest import Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]


def test_two_have_one_conversation(tenant: Tenant, documents_of: Documents) -> None:
    """S-42: whoever begins it, and however often, two people talk in one place, which both see."""
    ada, bob = people(tenant, 2)
    first = ada.post(CONVERSATIONS_HERE, json={"people": [bob.account_id]})
    assert first.status_code == 201, first.text
    made = first.json()
    assert first.headers["Location"] == at(made)
    assert (made["kind"], made["name"], made["unread"], made["last_message"]) == ("direct", None, 0, None)
    assert set(members_of(made)) == {ada.account_id, bob.account_id}
    handle = ada.get("/v1/social/me").json()["handle"]
    again = bob.post(CONVERSATIONS_HERE, json={"people": [ada.account_id, handle.upper(), handle]})
    assert (again.status_code, again.json()["id"]) == (200, made["id"])
    assert [each["id"] for each in listed(bob)] == [made["id"]]
    assert len(documents_of(tenant, CONVERSATIONS)) == 1
    assert len(documents_of(tenant, MEMBERSHIPS)) == 2


def test_both_begin_at_once(tenant: Tenant, documents_of: Documents) -> None:
    """S-42: two who begin to talk to each other at the same moment, each several times, have one conversation."""
    ada, bob = people(tenant, 2)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda pair: talk(*pair)["id"], [(ada, bob), (bob, ada)] * 4))
    assert len(set(found)) == 1
    assert len(documents_of(tenant, CONVERSATIONS)) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, None),
        ({"people": []}, 422, None),
        ({"people": "ada"}, 422, None),
        ({"people": [7]}, 422, None),
        ({"people": [{"$ne": None}]}, 422, None),
        ({"people": ["ab"]}, 422, None),
        ({"people": ["x" * 37]}, 422, None),
        ({"people": ["nobody_here"]}, 404, "social.no_such_person"),
        ({"people": [str(uuid4())]}, 404, "social.no_such_person"),
        ({"people": ["ME"]}, 409, "social.yourself"),
        ({"people": ["BOB", str(uuid4())]}, 404, "social.no_such_person"),
        ({"people": ["BOB"], "name": ""}, 422, None),
        ({"people": ["BOB"], "name": " \u200b "}, 422, None),
        ({"people": ["BOB"], "name": "\u202eevil"}, 422, None),
        ({"people": ["BOB"], "name": "x" * 101}, 422, None),
        ({"people": ["BOB"], "name": {"$gt": ""}}, 422, None),
        ({"people": ["BOB"] * 100}, 422, None),
        ({"people": ["BOB"], "members": []}, 422, None),
        ("BOB", 422, None),
    ],
)
def test_what_cannot_begin(tenant: Tenant, documents_of: Documents, body: Any, status: int, code: str | None) -> None:
    """S-42: what is wrong is refused, and leaves nothing behind."""
    ada, bob = people(tenant, 2)
    named = {"BOB": bob.account_id, "ME": ada.account_id}
    if isinstance(body, dict) and isinstance(body.get("people"), list):
        body = {**body, "people": [named.get(each, each) if isinstance(each, str) else each for each in body["people"]]}
    refused = ada.post(CONVERSATIONS_HERE, json=body)
    assert refused.status_code == status, refused.text
    assert code in {None, refused.json()["code"]}
    assert documents_of(tenant, CONVERSATIONS) == []


def test_who_may_begin(tenant: Tenant) -> None:
    """S-42: only members of the tenant who are not suspended, and who are signed in."""
    ada, bob = people(tenant, 2)
    assert tenant.visitor.post(CONVERSATIONS_HERE, json={"people": [bob.account_id]}).status_code == 401
    set_person(tenant, ada, state="suspended")
    refused = ada.post(CONVERSATIONS_HERE, json={"people": [bob.account_id]})
    assert (refused.status_code, refused.json()["code"]) == (403, "social.not_active")
    assert bob.post(CONVERSATIONS_HERE, json={"people": [ada.account_id]}).status_code == 404


def may_write(one: Caller, other: Caller) -> bool:
    answer = one.post(CONVERSATIONS_HERE, json={"people": [other.account_id]})
    assert answer.status_code in {200, 201, 403}, answer.text
    if answer.status_code == 403:
        assert answer.json()["code"] == "social.not_reachable"
        return False
    return one.post(at(answer.json(), "messages"), json={"text": "Hello"}).status_code == 201


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("everyone", (True, True, True)), ("followers", (False, True, True)), ("friends", (False, False, True)),
     ("nobody", (False, False, False))],
)  # fmt: skip
def test_who_may_be_written_to(tenant: Tenant, setting: str, expected: tuple[bool, bool, bool]) -> None:
    """S-42: each person says whose messages they take: everybody's, their followers', their friends', or nobody's."""
    person, stranger, follower, friend = people(tenant, 4)
    follow(follower, person)
    befriend(friend, person)
    edit(person, settings={"message": setting})
    assert tuple(may_write(each, person) for each in (stranger, follower, friend)) == expected


def test_answers_are_taken(tenant: Tenant) -> None:
    """S-42: whoever writes to somebody can be answered, unless they want nobody's messages at all."""
    person, stranger = people(tenant, 2)
    edit(person, settings={"message": "friends"})
    talked = talk(person, stranger)
    refused = stranger.post(at(talked, "messages"), json={"text": "Who is it?"})
    assert (refused.status_code, refused.json()["code"]) == (403, "social.not_reachable")
    say(person, talked)
    say(stranger, talked)
    edit(person, settings={"message": "nobody"})
    assert stranger.post(at(talked, "messages"), json={"text": "And now?"}).status_code == 403
    assert texts(heard(stranger, talked)) == ["Hello", "Hello"]


def test_a_group(tenant: Tenant) -> None:
    """S-42: a group has a name and an owner; it is no conversation of two, even between two."""
    ada, bob, eve = people(tenant, 3)
    group = talk(ada, bob, eve, name="  Climbers   of  the north ")
    assert (group["kind"], group["name"], group["role"]) == ("group", "Climbers of the north", "owner")
    roles = {ada.account_id: "owner", bob.account_id: "member", eve.account_id: "member"}
    assert members_of(seen(bob, group)) == roles
    assert talk(ada, bob, name="Pair")["id"] != talk(ada, bob)["id"]
    assert talk(ada, bob, eve)["id"] != group["id"]
    renamed = ada.patch(at(group), json={"name": None})
    assert (renamed.status_code, renamed.json()["name"]) == (200, None)
    refused = bob.patch(at(group), json={"name": "Mine"})
    assert (refused.status_code, refused.json()["code"]) == (403, "social.not_your_group")
    for body in ({}, {"name": 7}, {"name": ""}, {"name": "x" * 101}, {"name": "x", "by": bob.account_id}):
        assert ada.patch(at(group), json=body).status_code == 422


def test_coming_and_going(tenant: Tenant) -> None:
    """S-42, I5: whoever comes reads what is said from then on; whoever goes reads nothing any more."""
    ada, bob, eve = people(tenant, 3)
    group = talk(ada, bob, name="Climbers")
    say(ada, group, "Before")
    refused = bob.post(at(group, "members"), json={"people": [eve.account_id]})
    assert (refused.status_code, refused.json()["code"]) == (403, "social.not_your_group")
    assert is_gone(eve, group)
    for _ in range(2):
        added = ada.post(at(group, "members"), json={"people": [eve.account_id, bob.account_id]})
        assert added.status_code == 200, added.text
        assert set(members_of(added.json())) == {ada.account_id, bob.account_id, eve.account_id}
    assert (texts(heard(eve, group)), seen(eve, group)["last_message"], seen(eve, group)["unread"]) == ([], None, 0)
    say(bob, group, "After")
    assert texts(heard(eve, group)) == ["After"]
    assert eve.delete(at(group, "members", bob.account_id)).json()["code"] == "social.not_your_group"
    assert eve.delete(at(group, "members", eve.account_id)).status_code == 204
    assert is_gone(eve, group)
    assert eve.delete(at(group, "members", eve.account_id)).status_code == 404
    assert eve.post(at(group, "messages"), json={"text": "Still here"}).status_code == 404
    say(bob, group, "Between")
    assert ada.post(at(group, "members"), json={"people": [eve.account_id]}).status_code == 200
    assert texts(heard(eve, group)) == []


def test_roles(tenant: Tenant) -> None:
    """S-42: owners name admins and other owners; admins let people in and take members out, but not each other."""
    ada, bob, eve, dan = people(tenant, 4)
    group = talk(ada, bob, eve, dan, name="Climbers")

    def role(caller: Caller, person: Caller, value: Any) -> int:
        return caller.put(at(group, "members", person.account_id), json={"role": value}).status_code

    assert [role(bob, eve, "admin"), role(ada, bob, "admin"), role(ada, eve, "admin")] == [403, 200, 200]
    assert [role(ada, bob, value) for value in ("king", 7, None)] == [422] * 3
    assert role(ada, ada, "member") == 403
    assert bob.delete(at(group, "members", eve.account_id)).status_code == 403
    assert bob.delete(at(group, "members", ada.account_id)).status_code == 403
    assert bob.delete(at(group, "members", dan.account_id)).status_code == 204
    assert role(ada, dan, "admin") == 404
    assert role(ada, eve, "owner") == 200
    assert members_of(seen(bob, group)) == {
        ada.account_id: "admin", bob.account_id: "admin", eve.account_id: "owner",
    }  # fmt: skip
    assert eve.delete(at(group, "members", ada.account_id)).status_code == 204
    assert is_gone(ada, group)


def test_an_owner_leaves(tenant: Tenant, documents_of: Documents, eventually: Callable[..., Any]) -> None:
    """S-42: the first admin owns it then, else the first member; a group that all have left is erased."""
    ada, bob, eve = people(tenant, 3)
    group = talk(ada, bob, eve, name="Climbers")
    say(ada, group)
    ada.put(at(group, "members", eve.account_id), json={"role": "admin"})
    assert ada.delete(at(group, "members", ada.account_id)).status_code == 204
    assert members_of(seen(bob, group)) == {bob.account_id: "member", eve.account_id: "owner"}
    assert eve.delete(at(group, "members", eve.account_id)).status_code == 204
    assert members_of(seen(bob, group)) == {bob.account_id: "owner"}
    assert bob.delete(at(group, "members", bob.account_id)).status_code == 204
    eventually(lambda: documents_of(tenant, CONVERSATIONS) == [])
    assert (documents_of(tenant, MEMBERSHIPS), documents_of(tenant, MESSAGES)) == ([], [])


def test_two_stay_two(tenant: Tenant) -> None:
    """S-42: nobody joins a conversation of two, names it, or leaves it."""
    ada, bob, eve = people(tenant, 3)
    talked = talk(ada, bob)
    answers = [
        ada.patch(at(talked), json={"name": "Us"}),
        ada.post(at(talked, "members"), json={"people": [eve.account_id]}),
        ada.put(at(talked, "members", bob.account_id), json={"role": "admin"}),
        ada.delete(at(talked, "members", ada.account_id)),
    ]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(409, "social.not_a_group")] * 4


def test_a_group_has_room_for_a_hundred(tenant: Tenant) -> None:
    """S-42: one more than a hundred is refused, however they come."""
    ada, bob, eve = people(tenant, 3)
    group = talk(ada, bob, name="Many")
    full = [str(new_id()) for _ in range(100)]
    assert ada.post(CONVERSATIONS_HERE, json={"people": full}).status_code == 422
    assert ada.post(at(group, "members"), json={"people": full}).status_code == 422
    held = [UUID(each.account_id) for each in (ada, bob)] + [new_id() for _ in range(98)]
    put(tenant, CONVERSATIONS, {"_id": UUID(group["id"])}, {"members": held})
    refused = ada.post(at(group, "members"), json={"people": [eve.account_id]})
    assert (refused.status_code, refused.json()["code"]) == (409, "social.too_many_members")


def test_the_list(tenant: Tenant) -> None:
    """S-42, I18: where something was said last comes first; pages hold each conversation once."""
    ada, *others = people(tenant, 4)
    talks = [talk(ada, each) for each in others]
    say(others[0], talks[0], "The latest")
    first = ada.get(CONVERSATIONS_HERE, params={"limit": 2}).json()
    then = ada.get(CONVERSATIONS_HERE, params={"limit": 2, "cursor": first["next"]}).json()
    found = [each["id"] for each in (*first["items"], *then["items"])]
    assert found == [talks[0]["id"], talks[2]["id"], talks[1]["id"]]
    assert then["next"] is None
    assert (first["items"][0]["last_message"]["text"], first["items"][0]["unread"]) == ("The latest", 1)
    assert others[1].get(CONVERSATIONS_HERE, params={"cursor": first["next"]}).status_code == 400


def test_another_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-42, I4, I8: conversations of another tenant, and people there, are as none."""
    ada, bob = people(tenant, 2)
    [stranger] = people(other_tenant, 1)
    talked, group = talk(ada, bob), talk(ada, bob, name="Ours")
    message = say(ada, talked)
    for each in (talked, group):
        assert is_gone(stranger, each)
    ways: list[Callable[[Caller, str, str], Any]] = [
        lambda caller, there, _: caller.get(f"{there}/messages"),
        lambda caller, there, _: caller.post(f"{there}/messages", json={"text": "x"}),
        lambda caller, there, _: caller.patch(there, json={"name": "x"}),
        lambda caller, there, _: caller.post(f"{there}/members", json={"people": [stranger.account_id]}),
        lambda caller, there, _: caller.put(f"{there}/members/{ada.account_id}", json={"role": "admin"}),
        lambda caller, there, _: caller.delete(f"{there}/members/{ada.account_id}"),
        lambda caller, there, _: caller.put(f"{there}/read", json={"seq": 1}),
        lambda caller, there, _: caller.put(f"{there}/delivered", json={"seq": 1}),
        lambda caller, there, _: caller.put(f"{there}/mute"),
        lambda caller, there, _: caller.delete(f"{there}/mute"),
        lambda caller, there, _: caller.post(f"{there}/typing"),
        lambda caller, _, said: caller.get(said),
        lambda caller, _, said: caller.get(f"{said}/versions"),
        lambda caller, _, said: caller.get(f"{said}/files/{new_id()}"),
        lambda caller, _, said: caller.patch(said, json={"text": "x"}),
        lambda caller, _, said: caller.delete(said),
    ]
    nothing, nowhere = at({"id": str(new_id())}), f"/v1/social/messages/{new_id()}"
    for way in ways:
        answers = [way(stranger, at(talked), at(message)), way(stranger, nothing, nowhere)]
        bodies = [{**each.json(), "request_id": ""} for each in answers]
        assert [each.status_code for each in answers] == [404, 404]
        assert bodies[0] == bodies[1]
    assert ada.post(CONVERSATIONS_HERE, json={"people": [stranger.account_id]}).status_code == 404
    assert ada.post(at(group, "members"), json={"people": [stranger.account_id]}).status_code == 404


def test_muting(tenant: Tenant) -> None:
    """S-42: a muted conversation says so to whoever muted it; its badge counts all the same."""
    ada, bob = people(tenant, 2)
    talked = talk(ada, bob)
    assert [ada.put(at(talked, "mute")).status_code for _ in range(2)] == [204, 204]
    say(bob, talked)
    standing = [seen(each, talked) for each in (ada, bob)]
    assert [(each["muted"], each["unread"]) for each in standing] == [(True, 1), (False, 0)]
    assert ada.delete(at(talked, "mute")).status_code == 204
    assert not seen(ada, talked)["muted"]


def test_who_is_blocked_is_not_invited(tenant: Tenant) -> None:
    """S-42, I1, I4: a block answers as nobody does, in whichever direction, by twos and in groups."""
    ada, bob, eve = people(tenant, 3)
    block(bob, ada)
    group = talk(ada, eve, name="Climbers")
    for one, other in ((ada, bob), (bob, ada)):
        answers = [one.post(CONVERSATIONS_HERE, json={"people": [each]}) for each in (other.account_id, str(new_id()))]
        assert [each.status_code for each in answers] == [404, 404]
        assert {**answers[0].json(), "request_id": ""} == {**answers[1].json(), "request_id": ""}
    assert ada.post(at(group, "members"), json={"people": [bob.account_id]}).status_code == 404
    assert ada.delete(at(group, "members", bob.account_id)).json()["code"] == "social.no_such_person"

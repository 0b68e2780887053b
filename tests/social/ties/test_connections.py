"""Lists of connections over HTTP: after the rules, in pages; mutual friends and suggestions; counts after any mix."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fourfold.social.people.documents import PEOPLE
from fourfold.social.ties.documents import TIES
from fourfold.social.ties.queries import bond_in
from fourfold.social.ties.rules import mirrored_parts_of
from tests.builders.community import set_person
from tests.builders.ties import (
    FRIEND_REQUESTS,
    accounts,
    befriend,
    block,
    counts,
    edit,
    follow,
    ids,
    people,
    way,
)
from tests.conftest import Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]
LISTS = ("followers", "following", "friends", "mutuals")


def suggested(caller: Caller) -> dict[str, int]:
    """Whom somebody may know, with how many friends they have in common."""
    answer = caller.get("/v1/social/suggestions")
    assert answer.status_code == 200, answer.text
    return {each["person"]["id"]: each["mutuals"] for each in answer.json()["items"]}


def test_hidden_connections_stay_hidden(tenant: Tenant) -> None:
    """S-02, I6: in the lists of either, in mutual friends, in counts and suggestions."""
    me, hider, friend, stranger = people(tenant, 4)
    befriend(hider, friend)
    befriend(me, friend)
    befriend(stranger, hider)
    follow(hider, friend)
    assert ids(me.get(way(friend, "friends"))) == accounts(me, hider)
    assert suggested(me) == {hider.account_id: 1}
    edit(hider, settings={"connections": "me"})
    for kind in LISTS:
        hidden = me.get(way(hider, kind))
        assert (hidden.status_code, hidden.json()["code"]) == (403, "social.connections_hidden")
    assert me.get(way(hider)).json()["counts"] == {"followers": None, "following": None, "friends": None, "posts": 0}
    assert ids(me.get(way(friend, "friends"))) == accounts(me)
    assert ids(me.get(way(friend, "followers"))) == set()
    assert suggested(me) == {}
    assert ids(friend.get(way(friend, "friends"))) == accounts(me, hider)
    assert ids(hider.get(way(hider, "friends"))) == accounts(friend, stranger)
    befriend(me, hider)
    assert suggested(me) == {}
    edit(hider, settings={"connections": "friends"})
    assert suggested(me) == {stranger.account_id: 1}
    assert ids(me.get(way(hider, "friends"))) == accounts(me, friend, stranger)
    assert tenant.owner.get(way(hider, "friends")).status_code == 403


def test_connections_of_protected_people(tenant: Tenant) -> None:
    """S-06, I6: are for their followers."""
    one, other, third = people(tenant, 3)
    follow(third, other)
    follow(one, other)
    edit(other, visibility="protected")
    assert ids(one.get(way(other, "followers"))) == accounts(one, third)
    other.delete(way(one, "follower"))
    assert one.get(way(other, "followers")).status_code == 403
    assert one.get(way(other)).json()["counts"]["followers"] is None


def test_mutual_friends_after_the_rules(tenant: Tenant) -> None:
    """S-03, I6: the list and its total hold the same people: not those who hide, block or are suspended."""
    me, other, *between = people(tenant, 7)
    for each in between:
        befriend(each, me)
        befriend(each, other)
    path = way(other, "mutuals")
    assert (ids(me.get(path)), me.get(path).json()["total"]) == (accounts(*between), 5)
    edit(between[0], settings={"connections": "me"})
    set_person(tenant, between[1], state="suspended")
    block(between[2], me)
    assert (ids(me.get(path)), me.get(path).json()["total"]) == (accounts(*between[3:]), 2)
    first = me.get(path, params={"limit": 1}).json()
    second = me.get(path, params={"limit": 1, "cursor": first["next"]}).json()
    assert {first["items"][0]["id"], second["items"][0]["id"]} == accounts(*between[3:])
    assert (first["total"], second["total"], second["next"]) == (2, 2, None)
    assert me.get(path, params={"cursor": f"{first['next']}x"}).status_code == 400
    assert other.get(path, params={"cursor": first["next"]}).status_code == 400
    assert tenant.visitor.get(path).status_code == 401


def test_lists_are_filled_and_end(tenant: Tenant) -> None:
    """S-06, I18: paging shows each follower once, past those who are not shown."""
    me, other, *followers = people(tenant, 8)
    for each in followers:
        follow(each, other)
    for each in followers[1:4]:
        block(each, me)
    found, cursor = [], None
    while True:
        page = me.get(way(other, "followers"), params={"limit": 1, **({"cursor": cursor} if cursor else {})}).json()
        found.append([each["id"] for each in page["items"]])
        cursor = page["next"]
        if cursor is None:
            break
    assert found == [[each.account_id] for each in reversed([followers[0], *followers[4:]])]


def test_suggestions(tenant: Tenant) -> None:
    """S-03, I1: friends of friends, by how many they have in common; never those tied, blocked, hiding or suspended."""
    me, first, second, both, once, blocked, blocker, unfindable, followed, asked, away = people(tenant, 11)
    for friend in (first, second):
        befriend(me, friend)
        befriend(friend, both)
    for each in (once, blocked, blocker, unfindable, followed, asked, away):
        befriend(first, each)
    assert suggested(me)[both.account_id] == 2
    block(me, blocked)
    block(blocker, me)
    edit(unfindable, settings={"find": "nobody"})
    follow(me, followed)
    me.post(FRIEND_REQUESTS, json={"to": asked.account_id})
    set_person(tenant, away, state="suspended")
    assert suggested(me) == {both.account_id: 2, once.account_id: 1}
    assert list(suggested(me)) == [both.account_id, once.account_id]
    assert len(me.get("/v1/social/suggestions", params={"limit": 1}).json()["items"]) == 1
    assert tenant.owner.get("/v1/social/suggestions").json()["items"] == []


def test_counts_are_exact_after_any_mix(tenant: Tenant, documents_of: Documents) -> None:
    """S-05, S-06, I23: after many acts at once, each count is what a recount gives, and each tie has its mirror."""
    chance = random.Random(23)
    members = people(tenant, 5)
    edit(members[4], visibility="protected")
    acts = [("PUT", "follow"), ("DELETE", "follow"), ("DELETE", "follower"), ("DELETE", "friend"), ("PUT", "block")]
    acts += [("DELETE", "block"), ("PUT", "mute"), ("POST", "ask"), ("POST", "ask"), ("POST", "accept")]

    def act(one: Caller, other: Caller, method: str, what: str) -> int:
        if what == "ask":
            return one.post(FRIEND_REQUESTS, json={"to": other.account_id}).status_code
        if what == "accept":
            waiting = one.get(FRIEND_REQUESTS).json()["items"]
            paths = [f"{FRIEND_REQUESTS}/{each['id']}/accept" for each in waiting]
            return max((one.post(path).status_code for path in paths), default=200)
        return one.request(method, way(other, what)).status_code

    done = []
    with ThreadPoolExecutor(4) as threads:
        for _ in range(150):
            (one, other), (method, what) = chance.sample(members, 2), chance.choice(acts)
            done.append(threads.submit(act, one, other, method, what))
    assert {each.result() for each in done} <= {200, 201, 204, 403, 404, 409}
    ties = {(each["u"], each["v"]): each for each in documents_of(tenant, TIES)}
    for (u, v), each in ties.items():
        mirror = mirrored_parts_of(bond_in(each))
        assert {name: ties[v, u][name] for name in mirror} == mirror
    expected = Counter[tuple[Any, str]]()
    for each in ties.values():
        expected[each["u"], "following"] += each["follow"] == "yes"
        expected[each["u"], "followers"] += each["followed"] == "yes"
        expected[each["u"], "friends"] += each["friend"] == "friends"
    for person in documents_of(tenant, PEOPLE):
        told = {name: person["counts"][name] for name in ("following", "followers", "friends")}
        assert told == {name: expected[person["_id"], name] for name in told}
    assert all(number >= 0 for each in members for number in counts(each, each))

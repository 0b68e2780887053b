"""Blocks and mutes over HTTP: immediate, mutual, not to be told from nobody; lists, and taking them back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fourfold.social.ties.documents import TIES
from tests.builders.community import sees, write
from tests.builders.ties import (
    FRIEND_REQUESTS,
    PEOPLE_HERE,
    accounts,
    ask_friend,
    befriend,
    between,
    block,
    counts,
    follow,
    ids,
    is_as_missing,
    people,
    way,
)
from tests.conftest import Tenant

WAYS = [
    ("GET", ""), ("GET", "/followers"), ("GET", "/following"), ("GET", "/friends"), ("GET", "/mutuals"),
    ("GET", "/posts"), ("GET", "/avatar"), ("PUT", "/follow"), ("DELETE", "/follow"), ("DELETE", "/follower"),
    ("DELETE", "/friend"), ("PUT", "/mute"), ("DELETE", "/mute"),
]  # fmt: skip


def test_a_block_ends_everything(tenant: Tenant) -> None:
    """S-07, I1, I23: following, friendship and requests end in both directions at once, and are no longer counted."""
    one, other, third = people(tenant, 3)
    befriend(one, other)
    follow(one, other)
    follow(other, one)
    ask_friend(third, one)
    block(one, other)
    block(one, third)
    assert (counts(one, one), counts(other, other)) == ((0, 0, 0), (0, 0, 0))
    assert one.get(FRIEND_REQUESTS).json()["items"] == []
    assert third.get(FRIEND_REQUESTS, params={"direction": "sent"}).json()["items"] == []
    assert one.delete(way(other, "block")).status_code == 204
    assert between(one, other) == {"follow": "no", "followed": "no", "friend": "no", "muted": False}


@pytest.mark.parametrize(("method", "path"), WAYS)
def test_blocked_is_as_missing(tenant: Tenant, method: str, path: str) -> None:
    """S-07, I4: for both of them the other one answers as nobody does."""
    one, other = people(tenant, 2)
    block(one, other)
    assert is_as_missing(other, method, f"{PEOPLE_HERE}/{{}}{path}", one)
    assert is_as_missing(one, method, f"{PEOPLE_HERE}/{{}}{path}", other)


def test_who_is_blocked_learns_nothing(tenant: Tenant) -> None:
    """S-07, I4: neither blocking back nor unblocking tells them; only who blocks can take it back."""
    one, other = people(tenant, 2)
    block(one, other)
    assert is_as_missing(other, "PUT", f"{PEOPLE_HERE}/{{}}/block", one)
    assert is_as_missing(other, "DELETE", f"{PEOPLE_HERE}/{{}}/block", one)
    assert other.get("/v1/social/blocks").json()["items"] == []
    assert ids(one.get("/v1/social/blocks")) == accounts(other)
    block(one, other)
    assert one.delete(way(other, "block")).status_code == 204
    assert one.delete(way(other, "block")).status_code == 204
    assert ids(one.get("/v1/social/blocks")) == set()
    assert other.get(way(one)).status_code == 200


def test_third_parties_do_not_show_them(tenant: Tenant) -> None:
    """S-07, I1: nor do the lists, counts and mutual friends of people whom both know."""
    one, other, friend = people(tenant, 3)
    for each in (one, other):
        befriend(each, friend)
        follow(each, friend)
    assert counts(one, friend) == (2, 0, 2)
    block(other, one)
    for viewer, left in ((one, other), (other, one)):
        assert counts(viewer, friend) == (1, 0, 1)
        for kind in ("followers", "friends"):
            assert left.account_id not in viewer.get(way(friend, kind)).text
    assert counts(friend, friend) == (2, 0, 2)
    assert ids(friend.get(way(friend, "followers"))) == accounts(one, other)


def test_blocking_while_the_other_follows(tenant: Tenant, documents_of: Callable[..., list[dict[str, Any]]]) -> None:
    """S-07, I23: whatever meets a block, nothing is left but the block."""
    one, other = people(tenant, 2)
    with ThreadPoolExecutor(4) as threads:
        for _ in range(4):
            done = [
                threads.submit(one.put, way(other, "block")),
                threads.submit(other.put, way(one, "follow")),
                threads.submit(other.post, FRIEND_REQUESTS, json={"to": one.account_id}),
                threads.submit(one.put, way(other, "follow")),
            ]
            assert done[0].result().status_code == 204
            assert {each.result().status_code for each in done[1:]} <= {200, 201, 404}
            assert (counts(one, one), counts(other, other)) == ((0, 0, 0), (0, 0, 0))
            parts = [{each["follow"], each["followed"], each["friend"]} for each in documents_of(tenant, TIES)]
            assert parts == [{"no"}] * 2
            assert one.delete(way(other, "block")).status_code == 204


def test_blocks_are_told(
    tenant: Tenant, eventually: Callable[..., Any], admin_sql: Callable[..., list[dict[str, Any]]]
) -> None:
    """S-07: with all that ended by it, so that others forget as well."""
    one, other = people(tenant, 2)
    befriend(one, other)
    follow(other, one)
    block(one, other)
    block(one, other)
    one.delete(way(other, "block"))
    told = "SELECT type FROM ground.event WHERE type ~ '^social.(person|friendship)[.]' AND tenant_id = $1"
    wanted = ["person.blocked", "person.followed", "person.unblocked", "person.unfollowed"]
    wanted = ["friendship.ended", "friendship.made", "friendship.requested", *wanted]
    expected = [f"social.{each}" for each in wanted]
    eventually(lambda: sorted(row["type"] for row in admin_sql(told, tenant.id)) == expected)


def test_mutes_are_ones_own(tenant: Tenant) -> None:
    """S-07: who is muted stays there, still follows, and is not told."""
    one, other = people(tenant, 2)
    follow(other, one)
    post = write(other)
    muted = [one.put(way(other, "mute")) for _ in range(2)]
    assert [(each.status_code, each.json()["muted"]) for each in muted] == [(200, True)] * 2
    assert (between(one, other)["muted"], between(other, one)["muted"]) == (True, False)
    assert (between(other, one)["follow"], sees(one, post)) == ("yes", True)
    assert (ids(one.get("/v1/social/mutes")), ids(other.get("/v1/social/mutes"))) == (accounts(other), set())
    assert [one.delete(way(other, "mute")).status_code for _ in range(2)] == [204, 204]
    assert ids(one.get("/v1/social/mutes")) == set()


def test_a_mute_outlives_a_block(tenant: Tenant) -> None:
    """S-07: while they are cut off, muted people are not listed either."""
    one, other = people(tenant, 2)
    one.put(way(other, "mute"))
    block(other, one)
    assert ids(one.get("/v1/social/mutes")) == set()
    other.delete(way(one, "block"))
    assert between(one, other)["muted"] is True

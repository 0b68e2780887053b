"""Who sees what, over HTTP: audiences, blocks, reposts and quotes, visitors, other tenants, pages and explanations."""

from collections.abc import Callable
from typing import Any

import pytest

from fourfold.ground.ids import new_id
from tests.builders.community import POSTS_HERE, handle_of, joined, repost, sees, set_person, tie, write
from tests.conftest import Caller, Tenant


@pytest.fixture
def cast(tenant: Tenant) -> dict[str, Caller]:
    """An author, and everybody whom a post may be for."""
    author, follower, friend, stranger = joined(tenant, 4)
    tie(tenant, follower, author, follow="yes")
    tie(tenant, friend, author, friend="friends")
    return {
        "author": author, "friend": friend, "follower": follower, "stranger": stranger, "owner": tenant.owner,
        "visitor": tenant.visitor,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("audience", "those"),
    [
        ("public", "author friend follower stranger owner visitor"),
        ("followers", "author friend follower"),
        ("friends", "author friend"),
        ("me", "author"),
    ],
)
def test_audiences(cast: dict[str, Caller], audience: str, those: str) -> None:
    """S-20, I3: each audience is who it says, staff included."""
    post = write(cast["author"], audience=audience)
    assert [name for name, caller in cast.items() if sees(caller, post)] == those.split()


def test_protected_people_have_followers_only(tenant: Tenant, cast: dict[str, Caller]) -> None:
    """S-02, S-06: public posts of protected people are for those who follow them."""
    post = write(cast["author"])
    set_person(tenant, cast["author"], visibility="protected")
    assert [name for name, caller in cast.items() if sees(caller, post)] == ["author", "friend", "follower"]


def test_narrowing_takes_effect_at_once(cast: dict[str, Caller]) -> None:
    """S-20, I5: who is no longer meant sees nothing from the next request on."""
    post = write(cast["author"])
    assert sees(cast["stranger"], post)
    narrowed = cast["author"].patch(f"{POSTS_HERE}/{post['id']}", json={"audience": "friends"})
    assert narrowed.json()["audience"] == "friends"
    assert [name for name, caller in cast.items() if sees(caller, post)] == ["author", "friend"]


def test_restricted_is_as_missing(cast: dict[str, Caller]) -> None:
    """S-20, I4: a post that is not for the caller answers word by word as one that never was, on every way."""
    post = write(cast["author"], audience="me")
    ways: list[Callable[[Caller, str], Any]] = [
        lambda caller, there: caller.get(there),
        lambda caller, there: caller.get(f"{there}/versions"),
        lambda caller, there: caller.patch(there, json={"text": "Mine"}),
        lambda caller, there: caller.delete(there),
        lambda caller, there: caller.post(f"{there}/publish"),
        lambda caller, there: caller.put(f"{there}/repost", json={}),
        lambda caller, there: caller.put(f"{there}/bookmark", json={}),
        lambda caller, there: caller.delete(f"{there}/versions/1"),
        lambda caller, there: caller.get(f"{there}/visibility", params={"viewer": caller.account_id}),
        lambda caller, there: caller.post(POSTS_HERE, json={"text": "x", "quote_of": there.rpartition("/")[2]}),
    ]
    for way in ways:
        answers = [way(cast["stranger"], f"{POSTS_HERE}/{each}") for each in (post["id"], new_id())]
        bodies = [{**each.json(), "request_id": ""} for each in answers]
        assert [each.status_code for each in answers] == [404, 404]
        assert bodies[0] == bodies[1]


def test_blocks_are_mutual_and_everywhere(tenant: Tenant) -> None:
    """S-07, I1, I2: after a block neither sees the other, through posts, mentions, quotes, reposts, counts or lists."""
    one, other, third = joined(tenant, 3)
    handle = handle_of(one)
    posts = {
        "own": write(one),
        "naming": write(third, f"Hello @{handle}"),
        "quoting": write(third, "Look", quote_of=write(one, "A thought")["id"]),
    }
    posts["passed on"] = repost(third, posts["own"])
    posts["quoting a quote"] = write(third, "Look again", quote_of=posts["quoting"]["id"])
    assert all(sees(other, each) for each in posts.values())
    tie(tenant, other, one, block=True)
    assert [name for name, each in posts.items() if sees(other, each)] == []
    theirs = write(other)
    assert not sees(one, theirs)
    assert sees(third, theirs)
    assert other.get(f"/v1/social/people/{handle}/posts").status_code == 404
    listed = other.get(f"/v1/social/people/{third.account_id}/posts").json()["items"]
    assert listed == []


def test_counts_leave_out_who_is_cut_off(tenant: Tenant) -> None:
    """S-07, I1: what a blocked person has passed on is not even counted."""
    author, sharer, viewer = joined(tenant, 3)
    post = write(author)
    repost(sharer, post)
    there = f"{POSTS_HERE}/{post['id']}"
    assert viewer.get(there).json()["counts"]["shares"] == 1
    tie(tenant, viewer, sharer, block=True)
    assert viewer.get(there).json()["counts"]["shares"] == 0
    assert author.get(there).json()["counts"]["shares"] == 1


def test_mentions_of_the_blocked_stay_words(tenant: Tenant) -> None:
    """S-07, S-64: naming somebody by whom one is blocked looks just as naming nobody."""
    one, other = joined(tenant, 2)
    handle = handle_of(other)
    assert [each["handle"] for each in write(one, f"@{handle}")["mentions"]] == [handle]
    tie(tenant, other, one, block=True)
    post = write(one, f"@{handle} @nobody_here")
    assert post["mentions"] == []
    assert post["html"] == f"<p>@{handle} @nobody_here</p>"


def test_a_repost_never_widens(cast: dict[str, Caller]) -> None:
    """S-26, I2: a public repost of a post for friends is for those friends; it ends with the original."""
    post = write(cast["author"], audience="friends")
    passed_on = repost(cast["friend"], post)
    assert passed_on["original"]["text"] == "Hello"
    assert [name for name, caller in cast.items() if sees(caller, passed_on)] == ["author", "friend"]
    quote = write(cast["friend"], "Look", quote_of=post["id"])
    assert cast["stranger"].get(f"{POSTS_HERE}/{quote['id']}").json()["original"] == {"unavailable": True}
    assert cast["author"].delete(f"{POSTS_HERE}/{post['id']}").status_code == 204
    assert not sees(cast["friend"], passed_on)
    assert cast["friend"].get(f"{POSTS_HERE}/{quote['id']}").json()["original"] == {"unavailable": True}


def test_another_tenant_reaches_nothing(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-83, I8: ids of one tenant mean nothing in another one, whatever they are put into."""
    post, foreign = write(tenant.owner), other_tenant.owner
    there = f"{POSTS_HERE}/{post['id']}"
    answers = [
        foreign.get(there),
        foreign.get(f"{there}/versions"),
        foreign.patch(there, json={"text": "Mine"}),
        foreign.put(f"{there}/repost", json={}),
        foreign.put(f"{there}/bookmark", json={}),
        foreign.delete(f"{there}/bookmark"),
        foreign.delete(f"{there}/repost"),
        foreign.post(POSTS_HERE, json={"text": "Look", "quote_of": post["id"]}),
        foreign.get(f"/v1/social/people/{tenant.owner.account_id}/posts"),
        foreign.get(f"{there}/visibility", params={"viewer": foreign.account_id}),
    ]
    assert [each.status_code for each in answers] == [404] * len(answers)
    assert post["id"] not in foreign.get(f"/v1/social/people/{post['author']['handle']}/posts").text
    assert tenant.owner.get(there).json()["version"] == 1


def test_pages_are_full_and_end(cast: dict[str, Caller]) -> None:
    """S-20, I18: a page is filled past what is left out, and paging shows each post once."""
    author = cast["author"]
    shown = []
    for number in range(12):
        post = write(author, str(number), audience="me" if number % 3 else "public")
        shown += [] if number % 3 else [post["id"]]
    there = f"/v1/social/people/{author.account_id}/posts"
    found, cursor = [], None
    for _ in range(10):
        page = cast["stranger"].get(there, params={"limit": 3, **({"cursor": cursor} if cursor else {})}).json()
        found.append([each["id"] for each in page["items"]])
        cursor = page["next"]
        if cursor is None:
            break
    assert found == [shown[:0:-1], shown[:1]]
    assert len(author.get(there, params={"limit": 100}).json()["items"]) == 13


def test_visitors_see_what_is_public(tenant: Tenant, cast: dict[str, Caller]) -> None:
    """S-20: visitors read public posts, and are asked to sign in for everything else."""
    post = write(cast["author"])
    there = f"{POSTS_HERE}/{post['id']}"
    shown = tenant.visitor.get(there).json()
    assert (shown["own_reaction"], shown["bookmarked"]) == (None, False)
    assert [
        each["id"]
        for each in tenant.visitor.get(f"/v1/social/people/{cast['author'].account_id}/posts").json()["items"]
    ] == [post["id"]]
    for way in (f"{there}/visibility?viewer=x", "/v1/social/drafts", "/v1/social/scheduled", "/v1/social/bookmarks"):
        assert tenant.visitor.get(way).status_code == 401


def test_suspended_people_are_gone(tenant: Tenant, cast: dict[str, Caller]) -> None:
    """S-28: what a suspended person has written is for moderators only, and they write nothing more."""
    post = write(cast["author"])
    set_person(tenant, cast["author"], state="suspended")
    assert [name for name, caller in cast.items() if sees(caller, post)] == ["owner"]
    refused = cast["author"].post(POSTS_HERE, json={"text": "Still here"})
    assert (refused.status_code, refused.json()["code"]) == (403, "social.not_active")


def test_explanations(tenant: Tenant, cast: dict[str, Caller]) -> None:
    """S-28: staff and the author learn why somebody sees a post; authors learn nothing of blocks between others."""
    author, stranger, owner = cast["author"], cast["stranger"], cast["owner"]
    post = write(author, f"Hello @{handle_of(cast['friend'])}", audience="followers")
    there = f"{POSTS_HERE}/{post['id']}/visibility"

    def asked(caller: Caller, viewer: Caller) -> dict[str, Any]:
        return dict(caller.get(there, params={"viewer": viewer.account_id}).json())

    assert asked(owner, cast["follower"])["allow"]
    told = asked(author, stranger)
    assert (told["allow"], told["reason"], told["trace"][0]) == (
        False,
        "audience",
        {"rule": "deleted", "says": "go on"},
    )
    tie(tenant, cast["follower"], cast["friend"], block=True)
    assert asked(owner, cast["follower"])["reason"] == "cut_with_others"
    assert asked(author, cast["follower"]) == {"allow": False, "reason": "hidden", "trace": []}
    assert cast["follower"].get(there, params={"viewer": "x"}).status_code == 404
    public = f"{POSTS_HERE}/{write(author)['id']}/visibility"
    assert stranger.get(public, params={"viewer": stranger.account_id}).json()["code"] == "social.not_your_post"
    assert owner.get(public, params={"viewer": "nobody_here"}).status_code == 404

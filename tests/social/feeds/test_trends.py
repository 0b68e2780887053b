"""Trends over HTTP: of public things only, by people and not by posts, and without those who are cut off."""

from typing import Any
from uuid import UUID

from fourfold.social.posts.documents import POSTS
from tests.builders.community import POSTS_HERE, joined, put, set_person, tie, write
from tests.conftest import Caller, Tenant

TRENDS = "/v1/social/trending"


def hashtags(caller: Caller) -> dict[str, int]:
    answer = caller.get(TRENDS)
    assert answer.status_code == 200, answer.text
    return {each["hashtag"]: each["people"] for each in answer.json()["hashtags"]}


def posts(caller: Caller) -> list[str]:
    return [each["id"] for each in caller.get(TRENDS).json()["posts"]]


def liked(tenant: Tenant, post: dict[str, Any], number: int) -> None:
    put(tenant, POSTS, {"_id": UUID(post["id"])}, {"counts.like": number})


def test_hashtags_that_spread(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-61, I3: three people are a trend, one who says it often is none; nothing private counts; tenants are apart."""
    people = joined(tenant, 4)
    for each in people:
        write(each, "Look at my #garden, my #Garden")
    for number in range(5):
        write(people[0], f"#buy {number}")
    for each in people:
        write(each, "#secret", audience="followers")
    assert hashtags(people[0]) == {"garden": 4}
    assert hashtags(other_tenant.owner) == {}
    set_person(tenant, people[3], visibility="protected")
    assert hashtags(people[0]) == {"garden": 3}


def test_trends_follow_what_is_there(tenant: Tenant) -> None:
    """S-61, I30: what is deleted, and whoever is suspended, counts no more at the next look."""
    people = joined(tenant, 4)
    written = [write(each, "#goal") for each in people]
    assert hashtags(people[0]) == {"goal": 4}
    assert people[0].delete(f"{POSTS_HERE}/{written[0]['id']}").status_code == 204
    assert hashtags(people[0]) == {"goal": 3}
    set_person(tenant, people[1], state="suspended")
    assert hashtags(people[0]) == {}


def test_posts_of_which_much_is_made(tenant: Tenant) -> None:
    """S-61, I3: the hottest public posts first, in the same shape as everywhere."""
    reader, one, other = joined(tenant, 3)
    quiet, loved, hot = write(one, "Quiet"), write(one, "Loved"), write(other, "Hot")
    private = write(other, "Private", audience="followers")
    for post, number in ((loved, 3), (hot, 30), (private, 300)):
        liked(tenant, post, number)
    assert posts(reader) == [hot["id"], loved["id"]]
    assert quiet["id"] not in posts(reader)
    assert len(reader.get(TRENDS, params={"limit": 1}).json()["posts"]) == 1


def test_trends_without_those_who_are_cut_off(tenant: Tenant) -> None:
    """S-61, I1: neither their posts nor their part in a count, for both of a block."""
    reader, *people = joined(tenant, 5)
    written = [write(each, "#tulips") for each in people]
    liked(tenant, written[0], 9)
    tie(tenant, reader, people[0], block=True)
    assert hashtags(reader) == {"tulips": 3}
    assert posts(reader) == []
    assert hashtags(people[1]) == {"tulips": 4}
    assert posts(people[1]) == [written[0]["id"]]


def test_trends_refuse(tenant: Tenant) -> None:
    """S-61: visitors read none; a limit is 1 to 100."""
    assert tenant.visitor.get(TRENDS).status_code == 401
    for bad in (0, 101, "many"):
        assert tenant.owner.get(TRENDS, params={"limit": bad}).status_code == 422

"""The feed over HTTP: what is in it and why, its pages, and what never is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from fourfold.ground.clock import ShiftedClock
from fourfold.social.posts.documents import POSTS
from tests.builders.community import POSTS_HERE, joined, put, repost, set_person, tie, write
from tests.builders.feeds import FEED, feed, follow, ids
from tests.conftest import Tenant


def reasons(posts: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    return {each["id"]: (each["why"]["kind"], each["why"]["by"]) for each in posts}


def test_what_is_in_a_feed_and_why(tenant: Tenant) -> None:
    """S-60: one's own posts, those of followed people and of friends, and what they pass on; the latest first."""
    reader, followed, friend, stranger = joined(tenant, 4)
    follow(tenant, reader, followed)
    tie(tenant, reader, friend, friend="friends")
    own = write(reader, "Mine")
    theirs = write(followed, "For followers", audience="followers")
    near = write(friend, "For friends", audience="friends")
    far = write(stranger, "Far away")
    passed_on = repost(followed, far)
    quote = write(friend, "Look", quote_of=far["id"])
    for hidden in (write(followed, audience="friends"), write(stranger, audience="me"), write(followed, draft=True)):
        assert hidden["id"] not in ids(feed(reader))
    posts = [each for each in feed(reader) if each["audience"] != "me"]
    assert ids(posts) == [quote["id"], passed_on["id"], near["id"], theirs["id"], own["id"]]
    assert reasons(posts) == {
        own["id"]: ("own", reader.account_id),
        theirs["id"]: ("following", followed.account_id),
        near["id"]: ("friend", friend.account_id),
        passed_on["id"]: ("repost", followed.account_id),
        quote["id"]: ("friend", friend.account_id),
    }
    assert posts[1]["original"]["id"] == far["id"]
    assert far["id"] not in ids(feed(followed))


def test_muted_people_are_left_out(tenant: Tenant) -> None:
    """S-60, S-07: neither what they write nor what others pass on of it; unmuted it is back, on each page as before."""
    reader, loud, other = joined(tenant, 3)
    follow(tenant, reader, loud, other)
    post = write(loud, "Loud")
    passed_on = repost(other, post)
    assert {post["id"], passed_on["id"]} <= set(ids(feed(reader)))
    tie(tenant, reader, loud, follow="yes", mute=True)
    assert not {post["id"], passed_on["id"]} & set(ids(feed(reader)))
    tie(tenant, reader, loud, follow="yes", mute=False)
    assert ids(feed(reader))[:2] == [passed_on["id"], post["id"]]


def test_blocked_people_are_not_there(tenant: Tenant) -> None:
    """S-07, I1, I2: in neither feed anything of the other, not through somebody else either, from the next look on."""
    one, other, between = joined(tenant, 3)
    follow(tenant, one, other, between)
    follow(tenant, other, one, between)
    posts = [write(one), write(other)]
    posts += [repost(between, posts[0]), repost(between, posts[1])]
    posts.append(write(between, "Both", quote_of=posts[0]["id"]))
    assert {posts[1]["id"], posts[3]["id"]} <= set(ids(feed(one)))
    tie(tenant, one, other, follow="no", block=True)
    tie(tenant, other, one, follow="no", blocked=True)
    assert not {posts[1]["id"], posts[3]["id"]} & set(ids(feed(one)))
    assert not {posts[0]["id"], posts[2]["id"], posts[4]["id"]} & set(ids(feed(other)))
    assert {posts[2]["id"], posts[4]["id"]} <= set(ids(feed(one)))


def test_paging_to_the_end(tenant: Tenant) -> None:
    """S-60, I18: each post once, no hole and no repeat, while others are written and deleted."""
    reader, *authors = joined(tenant, 4)
    follow(tenant, reader, *authors)
    written = [write(authors[number % 3], str(number)) for number in range(24)]
    expected = [each["id"] for each in reversed(written)]
    found: list[str] = []
    following: str | None = None
    for turn in range(20):
        page = reader.get(FEED, params={"limit": 5, **({"cursor": following} if following else {})}).json()
        found += ids(page["items"])
        write(authors[turn % 3], "Meanwhile")
        if turn == 1:
            assert authors[0].delete(f"{POSTS_HERE}/{written[0]['id']}").status_code == 204
        following = page["next"]
        if following is None:
            break
    mine = [each for each in found if each in expected]
    assert mine == expected[:-1]
    assert len(found) == len(set(found))


def test_pages_are_full(tenant: Tenant) -> None:
    """S-60, I21: what is not for the reader does not thin out a page; the cursor of the end is none."""
    reader, author = joined(tenant, 2)
    follow(tenant, reader, author)
    shown = [write(author, "Public")["id"]]
    for _ in range(12):
        write(author, "Private", audience="friends")
    shown += [write(author, "Public")["id"] for _ in range(2)]
    page = reader.get(FEED, params={"limit": 3}).json()
    assert ids(page["items"]) == shown[::-1]
    assert len(page["items"]) == 3


@pytest.mark.parametrize("sort", ["latest", "ranked"])
def test_refusals(tenant: Tenant, other_tenant: Tenant, sort: str) -> None:
    """S-60, I8: nobody's feed is nobody's; a cursor belongs to one reader, one order and one tenant."""
    reader, author = joined(tenant, 2)
    follow(tenant, reader, author)
    for number in range(3):
        write(author, str(number))
    cursor = reader.get(FEED, params={"limit": 1, "sort": sort}).json()["next"]
    assert cursor
    other = "ranked" if sort == "latest" else "latest"
    for caller, asked in (
        (author, {"sort": sort}), (other_tenant.owner, {"sort": sort}), (reader, {"sort": other}),
        (reader, {"sort": sort, "media": True}),
    ):  # fmt: skip
        answer = caller.get(FEED, params={"cursor": cursor, **asked})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_cursor")
    assert reader.get(FEED, params={"cursor": "x" * 8, "sort": sort}).status_code == 400
    for bad in ({"limit": 0}, {"limit": 101}, {"sort": "best"}, {"hashtag": "x" * 66}, {"cursor": "x" * 1001}):
        assert reader.get(FEED, params=bad).status_code == 422, bad
    assert tenant.visitor.get(FEED, params={"sort": sort}).status_code == 401
    assert feed(other_tenant.owner, sort=sort) == []


def test_filters(tenant: Tenant) -> None:
    """S-60: only posts with a hashtag, however it is written, or with media."""
    reader, author = joined(tenant, 2)
    follow(tenant, reader, author)
    tagged = write(author, "A #Garden at last")
    write(author, "Nothing")
    passed_on = repost(reader, tagged)
    for written in ("garden", "#GARDEN"):
        assert ids(feed(reader, hashtag=written)) == [passed_on["id"], tagged["id"]]
    assert feed(reader, hashtag="gardens") == []
    assert feed(reader, media=True) == []


def test_followed_hashtags(tenant: Tenant) -> None:
    """S-60, S-64: what others write for everybody with a hashtag that one follows, unless they are muted."""
    reader, author = joined(tenant, 2)
    there = "/v1/social/hashtags/Garden/follow"
    assert reader.put(there).status_code == 204
    post = write(author, "My #tulips in the #garden")
    hidden = [write(author, "My #garden", audience="followers"), write(author, "Nothing")]
    assert reasons(feed(reader))[post["id"]] == ("hashtag", "garden")
    assert not set(ids(hidden)) & set(ids(feed(reader)))
    follow(tenant, reader, author)
    assert reasons(feed(reader))[post["id"]] == ("following", author.account_id)
    assert set(ids(hidden)) <= set(ids(feed(reader)))
    tie(tenant, reader, author, follow="no", mute=True)
    assert post["id"] not in ids(feed(reader))
    tie(tenant, reader, author, mute=False)
    assert ids(feed(reader, limit=1, sort="ranked")).count(post["id"]) == 1
    assert reader.delete(there).status_code == 204
    assert post["id"] not in ids(feed(reader))


def test_the_hottest_first(tenant: Tenant) -> None:
    """S-60, I18: much is made of one post, so it comes first; each comes once, whatever is made of them meanwhile."""
    reader, author, other = joined(tenant, 3)
    follow(tenant, reader, author, other)
    written = [write(author if number % 2 else other, str(number)) for number in range(9)]
    put(tenant, POSTS, {"_id": _uuid(written[2])}, {"counts.like": 40})
    first = reader.get(FEED, params={"sort": "ranked", "limit": 4}).json()
    assert first["items"][0]["id"] == written[2]["id"]
    assert all(each["why"] for each in first["items"])
    put(tenant, POSTS, {"_id": _uuid(written[0])}, {"counts.like": 4000})
    write(other, "Meanwhile")
    found, following = ids(first["items"]), first["next"]
    while following:
        page = reader.get(FEED, params={"sort": "ranked", "limit": 4, "cursor": following}).json()
        found += ids(page["items"])
        following = page["next"]
    mine = {each["id"] for each in written}
    assert len(found) == len(set(found))
    assert mine <= set(found)
    assert ids(feed(reader, sort="ranked"))[0] == written[0]["id"]


def test_a_scheduled_post_comes_when_it_is_out(
    tenant: Tenant, clock: ShiftedClock, eventually: Callable[..., Any]
) -> None:
    """S-60, S-22: not before, and then at the place of the moment at which it came out."""
    reader, author = joined(tenant, 2)
    follow(tenant, reader, author)
    in_a_month = (clock.now() + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    later = write(author, "Later", publish_at=in_a_month)
    now = write(author, "Now")
    assert later["id"] not in ids(feed(reader))
    assert author.post(f"{POSTS_HERE}/{later['id']}/publish").status_code == 200
    eventually(lambda: ids(feed(reader))[:2] == [later["id"], now["id"]])


def test_those_who_may_not_be_read_any_more(tenant: Tenant) -> None:
    """S-60, I5: suspended people go from feeds at once, and come back with all they wrote."""
    reader, author = joined(tenant, 2)
    follow(tenant, reader, author)
    post = write(author)
    assert post["id"] in ids(feed(reader))
    set_person(tenant, author, state="suspended")
    assert post["id"] not in ids(feed(reader))
    set_person(tenant, author, state="active")
    assert post["id"] in ids(feed(reader))


def _uuid(post: dict[str, Any]) -> UUID:
    return UUID(post["id"])

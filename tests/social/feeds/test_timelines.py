"""Timelines: a feed is the same with them and without them, whatever happens to them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pymongo import MongoClient
from redis import Redis

from fourfold.ground.ids import new_id
from fourfold.social.feeds.documents import PULLED_AUTHORS
from fourfold.social.feeds.timelines import CAP
from fourfold.social.posts.documents import POSTS
from tests.builders.community import POSTS_HERE, joined, put, repost, tie, write
from tests.builders.feeds import FEED, feed, follow, ids
from tests.conftest import Caller, Running, Tenant, documents_url

Eventually = Callable[..., Any]
# What its commands answer with depends on too much for types.
Valkey = Any


@pytest.fixture
def valkey(running: Running) -> Iterator[Valkey]:
    """Valkey, to look into it and to harm it."""
    with Redis.from_url(str(running.settings.valkey_url)) as client:
        yield client


def key_of(tenant: Tenant, reader: Caller) -> str:
    return f"t:{tenant.id}:tl:{reader.account_id}"


def put_there(tenant: Tenant, reader: Caller, valkey: Valkey) -> list[str]:
    """The ids of the posts in a reader's timeline, the newest first."""
    return [str(UUID(bytes=each[:16])) for each in valkey.zrevrange(key_of(tenant, reader), 0, -1) if each]


def without_timeline(tenant: Tenant, reader: Caller, valkey: Valkey) -> list[str]:
    """The reader's feed as it is out of the documents alone: somebody seems to be building the timeline."""
    key = key_of(tenant, reader)
    valkey.delete(key, f"{key}:facts")
    valkey.hset(f"{key}:facts", "token", "somebody")
    found = ids(feed(reader))
    valkey.delete(key, f"{key}:facts")
    return found


def agreed(tenant: Tenant, reader: Caller, valkey: Valkey) -> list[str]:
    """The reader's feed with their timeline, without it, and with a new one: the same each time."""
    warm = ids(feed(reader))
    assert warm == without_timeline(tenant, reader, valkey)
    assert warm == ids(feed(reader)) == ids(feed(reader, limit=3))
    return warm


def empty(tenant: Tenant, valkey: Valkey) -> None:
    """All that Valkey holds for a tenant is lost."""
    valkey.delete(*valkey.scan_iter(f"t:{tenant.id}:*"))


def copies(tenant: Tenant, post: dict[str, Any], number: int) -> list[str]:
    """Posts like this one, each a second older than the one before: their ids."""
    url = documents_url(tenant.running.database)
    with MongoClient[dict[str, Any]](url, uuidRepresentation="standard", tz_aware=True) as client:
        raw = client.get_default_database()[POSTS.name]
        like = raw.find_one({"t": UUID(tenant.id), "_id": UUID(post["id"])})
        assert like is not None
        rows = [
            {**like, "_id": new_id(), "published_at": like["published_at"] - timedelta(seconds=each)}
            for each in range(1, number + 1)
        ]
        raw.insert_many(rows)
    return [str(row["_id"]) for row in rows]


def test_warm_is_cold(tenant: Tenant, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, I17: after any mix of following, blocking, deleting, editing and publishing."""
    reader, *authors = joined(tenant, 5)
    follow(tenant, reader, *authors[:2])
    written = [write(each, "First") for each in authors]
    assert {each["id"] for each in written[:2]} <= set(agreed(tenant, reader, valkey))
    written += [write(each, "Second") for each in authors]
    passed_on = repost(authors[0], written[3])
    eventually(lambda: passed_on["id"] in put_there(tenant, reader, valkey))
    tie(tenant, reader, authors[2], friend="friends")
    assert authors[0].delete(f"{POSTS_HERE}/{written[0]['id']}").status_code == 204
    assert authors[1].patch(f"{POSTS_HERE}/{written[1]['id']}", json={"audience": "friends"}).status_code == 200
    found = agreed(tenant, reader, valkey)
    assert passed_on["id"] in found
    assert {written[2]["id"], written[6]["id"]} <= set(found)
    assert not {written[0]["id"], written[1]["id"]} & set(found)
    tie(tenant, reader, authors[1], follow="no", block=True)
    assert authors[0].delete(f"{POSTS_HERE}/{written[3]['id']}/repost").status_code == 204
    found = agreed(tenant, reader, valkey)
    assert not {written[5]["id"], passed_on["id"]} & set(found)
    again = repost(authors[0], written[3])
    eventually(lambda: put_there(tenant, reader, valkey)[:1] == [again["id"]])
    assert agreed(tenant, reader, valkey)[0] == again["id"]


def test_posts_arrive_in_timelines(tenant: Tenant, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, I19: in those that there are, of readers and of nobody else; deleted they leave them."""
    reader, sleeper, author = joined(tenant, 3)
    follow(tenant, reader, author)
    follow(tenant, sleeper, author)
    assert author.account_id not in {each["author"]["id"] for each in feed(reader)}
    post = write(author, "News")
    eventually(lambda: put_there(tenant, reader, valkey)[:1] == [post["id"]])
    assert ids(feed(reader))[0] == post["id"]
    assert not valkey.exists(key_of(tenant, sleeper))
    assert ids(feed(sleeper))[0] == post["id"]
    assert 0 < valkey.ttl(key_of(tenant, reader)) <= 14 * 24 * 3600
    assert author.delete(f"{POSTS_HERE}/{post['id']}").status_code == 204
    assert post["id"] not in ids(feed(reader))
    eventually(lambda: post["id"] not in put_there(tenant, reader, valkey))


def test_an_emptied_valkey_changes_nothing(tenant: Tenant, valkey: Valkey) -> None:
    """S-60, I17, I21, I40: in the middle of a feed, and for whoever comes back after a long time: a full first page."""
    reader, author = joined(tenant, 2)
    follow(tenant, reader, author)
    written = [write(author, str(number))["id"] for number in range(12)]
    first = reader.get(FEED, params={"limit": 5}).json()
    empty(tenant, valkey)
    second = reader.get(FEED, params={"limit": 5, "cursor": first["next"]}).json()
    assert ids(first["items"]) + ids(second["items"]) == written[::-1][:10]
    empty(tenant, valkey)
    assert ids(reader.get(FEED, params={"limit": 5}).json()["items"]) == written[::-1][:5]
    assert put_there(tenant, reader, valkey)[:12] == written[::-1]


def test_what_cannot_be_relied_on_is_built_anew(tenant: Tenant, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, I20: after a fan-out that broke off, another run of Valkey, or the loss of one key, nothing is missing."""
    reader, author = joined(tenant, 2)
    follow(tenant, reader, author)
    feed(reader)
    post = write(author, "Lost")
    key = key_of(tenant, reader)

    def lose() -> None:
        eventually(lambda: post["id"] in put_there(tenant, reader, valkey))
        valkey.zrem(key, UUID(post["id"]).bytes + UUID(author.account_id).bytes)
        valkey.hdel(f"{key}:facts", "page")
        assert post["id"] not in ids(feed(reader))

    lose()
    valkey.incr(f"t:{tenant.id}:tl")
    assert post["id"] in ids(feed(reader))
    lose()
    valkey.hset(f"{key}:facts", "stamp", "1 of another run")
    assert post["id"] in ids(feed(reader))
    lose()
    valkey.delete(key)
    assert post["id"] in ids(feed(reader))
    lose()
    valkey.delete(f"{key}:facts")
    assert post["id"] in ids(feed(reader))


def test_a_fan_out_that_breaks_off_loses_nothing(tenant: Tenant, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, I20: some readers' timelines have the post and some have not, so none is believed; then all have it."""
    readers = joined(tenant, 3)
    author = readers.pop()
    for reader in readers:
        follow(tenant, reader, author)
        feed(reader)
    broken = key_of(tenant, readers[1])
    valkey.delete(broken)
    valkey.set(broken, "not a timeline at all")
    post = write(author, "To everybody")
    eventually(lambda: valkey.get(f"t:{tenant.id}:tl"))
    for reader in readers:
        assert post["id"] in ids(feed(reader))
    valkey.delete(broken)
    for reader in readers:
        assert post["id"] in agreed(tenant, reader, valkey)


def test_a_timeline_knows_its_floor(tenant: Tenant, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, I18: below what fits into a timeline the feed goes on out of the documents, without hole or repeat."""
    reader, author = joined(tenant, 2)
    follow(tenant, reader, author)
    post = write(author, "Many")
    older = copies(tenant, post, CAP + 30)
    expected = [post["id"], *older]
    for _ in range(2):
        found = ids(feed(reader, limit=100))
        assert [each for each in found if each in set(expected)] == expected
        assert len(put_there(tenant, reader, valkey)) == CAP
    fresh = write(author, "One more")
    eventually(lambda: put_there(tenant, reader, valkey)[:1] == [fresh["id"]])
    assert len(put_there(tenant, reader, valkey)) == CAP
    found = ids(feed(reader, limit=70))
    assert [each for each in found if each in {fresh["id"], *expected}] == [fresh["id"], *expected]


def test_authors_with_many_readers(tenant: Tenant, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, I22: their posts are not put into timelines but looked for, and stand between the others by time."""
    assert tenant.owner.patch("/v1/core/settings", json={"values": {"social.pushed_readers": 1}}).status_code == 200
    reader, fan, star, other = joined(tenant, 4)
    follow(tenant, reader, star, other)
    feed(reader)
    early = write(star, "One reader")
    eventually(lambda: early["id"] in put_there(tenant, reader, valkey))
    follow(tenant, fan, star)
    written = [write(star if number % 2 else other, str(number))["id"] for number in range(6)]
    eventually(lambda: set(written[::2]) <= set(put_there(tenant, reader, valkey)))
    assert not set(written[1::2]) & set(put_there(tenant, reader, valkey))
    expected = [*written[::-1], early["id"]]
    assert [each for each in agreed(tenant, reader, valkey) if each in expected] == expected
    assert [each for each in agreed(tenant, fan, valkey) if each in expected] == [
        each for each in expected if each not in written[::2]
    ]
    tie(tenant, reader, star, follow="no")
    assert not set(written[1::2]) & set(agreed(tenant, reader, valkey))


def test_marked_authors_are_found(tenant: Tenant, valkey: Valkey) -> None:
    """S-60, I20: an author is looked for as soon as it is written down, whatever is in timelines."""
    reader, author = joined(tenant, 2)
    follow(tenant, reader, author)
    feed(reader)
    put(tenant, PULLED_AUTHORS, {"_id": UUID(author.account_id)}, {"since": tenant.running.clock.now()})
    post = write(author, "At once")
    assert ids(feed(reader))[0] == post["id"]
    assert agreed(tenant, reader, valkey)[0] == post["id"]


def test_whom_somebody_reads_changes(tenant: Tenant, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, S-06, I17: following, befriending, leaving and blocking hold at the next look, with what was before."""
    reader, author, friend = joined(tenant, 3)
    post, near = write(author, "Before"), write(friend, "Before", audience="friends")
    assert post["id"] not in ids(feed(reader))
    there = f"/v1/social/people/{author.account_id}"
    for _ in range(2):
        assert reader.put(f"{there}/follow").status_code < 300
        assert post["id"] in ids(feed(reader))
        assert reader.delete(f"{there}/follow").status_code < 300
        assert post["id"] not in ids(feed(reader))
    assert reader.put(f"{there}/follow").status_code < 300
    asked = reader.post("/v1/social/friend-requests", json={"to": friend.account_id}).json()["id"]
    assert near["id"] not in ids(feed(reader))
    assert friend.post(f"/v1/social/friend-requests/{asked}/accept").status_code < 300
    assert {post["id"], near["id"]} <= set(agreed(tenant, reader, valkey))
    assert reader.put(f"{there}/block").status_code < 300
    assert post["id"] not in agreed(tenant, reader, valkey)
    # What waits of this is told by now: the timeline stays whole.
    eventually(lambda: near["id"] in ids(feed(reader)) and near["id"] in put_there(tenant, reader, valkey))
    assert post["id"] not in put_there(tenant, reader, valkey)


def test_reading_and_writing_at_once(tenant: Tenant, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, I17, I20: what comes out while timelines are built and dropped is in the feed in the end."""
    reader, *authors = joined(tenant, 4)
    follow(tenant, reader, *authors)
    key = key_of(tenant, reader)

    def disturb(number: int) -> str | None:
        if number % 3 == 0:
            valkey.delete(key, f"{key}:facts")
        if number % 3 == 1:
            assert reader.get(FEED).status_code == 200
            return None
        return str(write(authors[number % len(authors)], str(number))["id"])

    with ThreadPoolExecutor(6) as threads:
        written = {each for each in threads.map(disturb, range(36)) if each}
    eventually(lambda: written <= set(ids(feed(reader))))
    assert written <= set(agreed(tenant, reader, valkey))

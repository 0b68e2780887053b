"""The beginning of a feed is kept, and is never of before a change, whoever makes the change and wherever."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from fourfold.ground.again import until_done
from fourfold.ground.document_work import DocumentView, DocumentWork, begin_documents
from fourfold.ground.house import House
from fourfold.ground.parcel import Parcel
from fourfold.ground.touched import MadeOf, Touching, things
from fourfold.social.feeds.pages import Began, FeedPages
from fourfold.social.feeds.read import Wanted, latest_answer
from fourfold.social.posts.documents import POSTS
from fourfold.social.posts.edit import EditPost, edit_post
from fourfold.social.ties.block import block
from tests.builders.community import COMMENTS_HERE, POSTS_HERE, comment, joined, react, repost, write
from tests.builders.feeds import FEED
from tests.builders.kept_feeds import KEPT, Eventually, Valkey, anew, answer, elsewhere, facts_of, kept, who_is
from tests.builders.ties import edit, follow, way
from tests.conftest import Caller, Tenant


@pytest.fixture
def scene(tenant: Tenant) -> tuple[Tenant, Caller, Caller, Caller, list[dict[str, Any]]]:
    """A reader of an author, somebody else, and posts of the author's; the first one names the other person."""
    reader, author, other = joined(tenant, 3)
    follow(reader, author)
    handle = write(other, "Here")["author"]["handle"]
    return tenant, reader, author, other, [write(author, f"To @{handle} #garden"), write(author, "Second")]


def acts(
    reader: Caller, author: Caller, other: Caller, posts: list[dict[str, Any]]
) -> list[tuple[str, Callable[[], object]]]:
    """All kinds of changes of what the reader's feed shows, each with its name; what one does another may undo."""
    there = f"{POSTS_HERE}/{posts[0]['id']}"
    said: list[dict[str, Any]] = []
    return [
        ("edit", lambda: author.patch(there, json={"text": "Otherwise"})),
        ("name", lambda: edit(author, name="Somebody Else")),
        ("handle", lambda: author.put("/v1/social/me/handle", json={"handle": "someone_else"})),
        ("own reaction", lambda: react(reader, posts[0], "love")),
        ("reaction of another", lambda: react(other, posts[0])),
        ("comment", lambda: said.append(comment(other, posts[0]))),
        ("comment gone", lambda: other.delete(f"{COMMENTS_HERE}/{said[0]['id']}")),
        ("bookmark", lambda: reader.put(f"{there}/bookmark", json={})),
        ("bookmark gone", lambda: reader.delete(f"{there}/bookmark")),
        ("repost", lambda: repost(other, posts[0])),
        ("own repost", lambda: repost(reader, posts[1])),
        ("own repost gone", lambda: reader.delete(f"{POSTS_HERE}/{posts[1]['id']}/repost")),
        ("own post", lambda: write(reader, "Mine")),
        ("block by another", lambda: other.put(way(reader, "block"))),
        ("mute", lambda: reader.put(way(author, "mute"))),
        ("mute gone", lambda: reader.delete(way(author, "mute"))),
        ("protected", lambda: edit(author, visibility="protected")),
        ("public again", lambda: edit(author, visibility="public")),
        ("hashtag", lambda: reader.put("/v1/social/hashtags/garden/follow")),
        ("audience", lambda: author.patch(there, json={"audience": "friends"})),
        ("audience back", lambda: author.patch(there, json={"audience": "public"})),
        ("tagged", lambda: write(other, "A #garden")),
        ("deleted", lambda: author.delete(there)),
        ("unfollow", lambda: reader.delete(way(author, "follow"))),
        ("follow again", lambda: reader.put(way(author, "follow"))),
        ("removed", lambda: author.delete(way(reader, "follower"))),
        ("follow once more", lambda: reader.put(way(author, "follow"))),
        ("block", lambda: author.put(way(reader, "block"))),
    ]


def test_what_is_kept_is_what_would_be_made(scene: Any, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, I1, I5, I17, I19, I23: after each kind of change the next answer is the one that is made anew."""
    tenant, reader, author, other, posts = scene
    unseen = []
    for name, act in acts(reader, author, other, posts):
        before = kept(tenant, reader, valkey, eventually)
        act()
        after = answer(reader)
        assert after == anew(tenant, reader, valkey), name
        if after == before:
            unseen.append(name)
    # A follower still reads who is protected now, and whoever blocks the reader is not there with a hashtag either.
    assert set(unseen) <= {"protected", "public again", "hashtag", "tagged"}, unseen


def test_a_post_of_others_comes_with_the_timeline(scene: Any, valkey: Valkey, eventually: Eventually) -> None:
    """S-60: what is put into the timeline ends the kept page, and what is taken out of it does."""
    tenant, reader, author, _, _ = scene
    kept(tenant, reader, valkey, eventually)
    post = write(author, "News")
    eventually(lambda: answer(reader)["items"][0]["id"] == post["id"])
    assert kept(tenant, reader, valkey, eventually)["items"][0]["id"] == post["id"]


def test_through_another_process(scene: Any, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, I1, I5: an edit and a block elsewhere hold here with the next look."""
    tenant, reader, author, _, posts = scene

    async def change(house: House, act: Callable[[DocumentWork], Awaitable[object]]) -> None:
        async def once() -> None:
            async with begin_documents(house, who_is(tenant, author)) as work:
                await act(work)

        await until_done(once)

    def rewrite(work: DocumentWork) -> Awaitable[None]:
        return edit_post(work, UUID(posts[1]["id"]), EditPost(text="Elsewhere"), lambda _: None)

    kept(tenant, reader, valkey, eventually)
    elsewhere(tenant, lambda house: change(house, rewrite))
    assert answer(reader)["items"][0]["text"] == "Elsewhere"
    kept(tenant, reader, valkey, eventually)
    elsewhere(tenant, lambda house: change(house, lambda work: block(work, reader.account_id)))
    assert author.account_id not in {each["author"]["id"] for each in answer(reader)["items"]}


def test_both_processes_answer_the_same(scene: Any, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, I17: what one has kept another one answers; for other rights it is made anew."""
    tenant, reader, _, _, _ = scene
    shown = kept(tenant, reader, valkey, eventually)

    async def look(house: House) -> bytes:
        return await latest_answer(DocumentView(house, who_is(tenant, reader)), Wanted(), None, 20)

    def is_same() -> bool:
        # What goes on in the background may end the page in between: then it is made anew, and looked at again.
        shown.update(kept(tenant, reader, valkey, eventually))
        valkey.hset(facts_of(tenant, reader), "body", b"kept")
        return bool(elsewhere(tenant, look) == b"kept")

    eventually(is_same)
    valkey.hdel(facts_of(tenant, reader), "page")
    assert reader.get(FEED, params={"limit": 19}).json()["items"] == shown["items"]


def test_nothing_is_kept_of_what_is_being_changed(scene: Any, valkey: Valkey, eventually: Eventually) -> None:
    """S-60: neither answered nor kept, until all who change it have done so; also when one of them has died."""
    tenant, reader, author, _, posts = scene
    changed = things(POSTS, [posts[0]["id"]])
    kept(tenant, reader, valkey, eventually)

    def touching(house: House) -> Touching:
        return Touching(house.valkey, UUID(tenant.id), Parcel(house, who_is(tenant, reader)).store, things=changed)

    async def two(house: House) -> None:
        async with touching(house):
            async with touching(house):
                await asyncio.to_thread(_is_made, tenant, reader, valkey)
            await asyncio.to_thread(_is_made, tenant, reader, valkey)

    elsewhere(tenant, two)
    kept(tenant, reader, valkey, eventually)

    async def die(house: House) -> None:
        await touching(house).__aenter__()

    elsewhere(tenant, die)
    _is_made(tenant, reader, valkey)
    assert author.patch(f"{POSTS_HERE}/{posts[0]['id']}", json={"text": "After"}).status_code == 200
    assert "After" in {each["text"] for each in answer(reader)["items"]}


def _is_made(tenant: Tenant, reader: Caller, valkey: Valkey) -> None:
    valkey.hset(facts_of(tenant, reader), "body", KEPT)
    for _ in range(2):
        assert answer(reader)["next"] != "kept"


def test_what_was_made_before_a_change_is_not_kept(scene: Any, valkey: Valkey) -> None:
    """S-60, I17, I40: a change, another turn of the timeline, or the loss of all while a page was being made."""
    tenant, reader, author, _, posts = scene
    answer(reader)

    async def keep(house: House, meanwhile: Callable[[], object], made_of: set[str]) -> bytes | Began | None:
        pages = await FeedPages.of(DocumentView(house, who_is(tenant, reader)), 20)
        began = await pages.fetch()
        assert isinstance(began, Began)
        turn = valkey.hget(facts_of(tenant, reader), "turn")
        await asyncio.to_thread(meanwhile)
        await pages.keep(began, turn, MadeOf(made_of), b"kept")
        return await pages.fetch()

    made_of = things(POSTS, [each["id"] for each in posts])
    there = f"{POSTS_HERE}/{posts[0]['id']}"

    def turn_over() -> None:
        valkey.hset(facts_of(tenant, reader), "turn", b"another")

    def lose_all() -> None:
        valkey.delete(*valkey.scan_iter(f"t:{tenant.id}:*"))
        answer(reader)

    for meanwhile in (lambda: author.patch(there, json={"text": "Meanwhile"}), turn_over, lose_all):
        valkey.hdel(facts_of(tenant, reader), "page")
        assert elsewhere(tenant, partial(keep, meanwhile=meanwhile, made_of=made_of)) != b"kept"
    valkey.hdel(facts_of(tenant, reader), "page")
    assert elsewhere(tenant, lambda house: keep(house, lambda: None, made_of)) == b"kept"


def test_marks_that_are_lost_end_a_page(scene: Any, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, I40: without one of its marks, or all that Valkey holds, a page is made anew."""
    tenant, reader, _, _, posts = scene
    shown = kept(tenant, reader, valkey, eventually)
    valkey.delete(f"t:{tenant.id}:touched:{POSTS.name}:{posts[0]['id']}")
    _is_made(tenant, reader, valkey)
    kept(tenant, reader, valkey, eventually)
    valkey.delete(*valkey.scan_iter(f"t:{tenant.id}:*"))
    assert answer(reader) == shown


def test_a_page_is_its_readers(scene: Any, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, I8: of one person, in one tenant; other lists and orders are never answered with it."""
    tenant, reader, author, _, _ = scene
    shown = kept(tenant, reader, valkey, eventually)
    valkey.hset(facts_of(tenant, reader), "body", KEPT)
    for asked in ({"limit": 3}, {"media": True}, {"hashtag": "garden"}, {"sort": "ranked"}):
        assert reader.get(FEED, params=asked).json()["next"] != "kept"
    assert answer(author)["next"] != "kept"
    assert answer(reader)["items"] in ([], shown["items"])

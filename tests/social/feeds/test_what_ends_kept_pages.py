"""What people mute, ask, link to and leave ends kept feeds, also when Valkey never hears of it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from fourfold.ground.again import until_done
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.document_work import DocumentView, DocumentWork, begin_documents
from fourfold.ground.house import House
from fourfold.ground.parcel import Parcel
from fourfold.ground.touched import UNTOLD, MadeOf, Touching, things
from fourfold.ground.valkey import open_valkey
from fourfold.ground.who import Who
from fourfold.ground.work import begin
from fourfold.social.mutes.words import MuteWord, mute_word
from fourfold.social.posts.delete import AllPosts, delete_outdated_posts, delete_post, erase_posts_of
from fourfold.social.posts.documents import POSTS
from fourfold.social.posts.edit import EditPost, edit_post
from fourfold.social.ties.block import block
from fourfold.social.ties.documents import TIES
from tests.builders.at_work import at_work
from tests.builders.chosen import choose
from tests.builders.community import COMMENTS_HERE, POSTS_HERE, comment, joined, react, repost, write
from tests.builders.kept_feeds import KEPT, Eventually, Valkey, anew, answer, elsewhere, facts_of, kept, who_is
from tests.builders.media import picture, sent
from tests.builders.pages import page, site
from tests.builders.polls import ask_poll, vote
from tests.builders.ties import a_picture, befriend, edit, follow, way
from tests.conftest import PASSWORD, Caller, Tenant

Scene = tuple[Tenant, Caller, Caller, Caller, list[dict[str, Any]]]
Documents = Callable[..., list[dict[str, Any]]]
WORDS = "/v1/social/muted-words"
# Nobody listens there.
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def scene(tenant: Tenant, eventually: Eventually) -> Scene:
    """A reader of an author, somebody else, and posts of the author's: one asks, one is quoted, one shows a picture."""
    reader, author, other = joined(tenant, 3)
    follow(reader, author)
    asked = ask_poll(author, "What would you like in the garden?", hide_results=True)
    quote = write(author, "Look", quote_of=write(other, "In the park")["id"])
    seen = write(author, media_ids=[sent(author, picture())])
    eventually(lambda: answer(reader)["items"][0]["id"] == seen["id"])
    eventually(lambda: answer(reader)["items"][0]["media"][0]["state"] == "ready")
    return tenant, reader, author, other, [asked, quote, seen]


def done(answered: httpx.Response) -> dict[str, Any]:
    """What an act was answered with, which was done."""
    assert answered.is_success, answered.text
    return dict(answered.json()) if answered.content else {}


def texts(reader: Caller) -> list[str]:
    """What is said in the reader's feed."""
    return [each["text"] for each in answer(reader)["items"]]


def acts(reader: Caller, author: Caller, other: Caller, posts: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    """Changes of what the reader's feed shows, each with its name; what one does the next may undo."""
    asked, quote, seen = posts
    words: list[dict[str, Any]] = []
    said: list[dict[str, Any]] = []

    def word() -> str:
        return f"{WORDS}/{words[-1]['id']}"

    def said_there() -> str:
        return f"{COMMENTS_HERE}/{said[0]['id']}"

    def place(post: dict[str, Any], *rest: str) -> str:
        return "/".join([POSTS_HERE, post["id"], *rest])

    return [
        ("vote of another", lambda: done(vote(other, asked, "Tea"))),
        ("own vote", lambda: done(vote(reader, asked, "Tea"))),
        ("another own vote", lambda: done(vote(reader, asked, "Water"))),
        ("own vote gone", lambda: done(reader.delete(place(asked, "vote")))),
        ("vote of another gone", lambda: done(other.delete(place(asked, "vote")))),
        ("another poll", lambda: done(author.patch(place(asked), json={"poll": {"choices": ["Rum", "Ale"]}}))),
        ("no poll", lambda: done(author.patch(place(asked), json={"without_poll": True}))),
        ("word", lambda: words.append(done(reader.post(WORDS, json={"text": "Garden"})))),
        ("word elsewhere", lambda: done(reader.patch(word(), json={"places": ["search"]}))),
        ("word here", lambda: done(reader.patch(word(), json={"places": ["feed"]}))),
        ("other word", lambda: done(reader.patch(word(), json={"text": "Park"}))),
        ("word gone", lambda: done(reader.delete(word()))),
        ("thread", lambda: done(reader.put(place(asked, "mute")))),
        ("thread gone", lambda: done(reader.delete(place(asked, "mute")))),
        ("what is quoted", lambda: done(other.patch(place(quote["original"]), json={"text": "In the wood"}))),
        ("the same words", lambda: done(author.patch(place(quote), json={"text": "Look"}))),
        ("picture of the author", lambda: edit(author, avatar_id=a_picture(author))),
        ("pictures gone", lambda: done(author.patch(place(seen), json={"media_ids": [], "text": "Nothing to see"}))),
        ("own reaction", lambda: react(reader, seen, "love")),
        ("another own reaction", lambda: react(reader, seen, "sad")),
        ("own reaction gone", lambda: done(reader.delete(place(seen, "reaction")))),
        ("reaction of somebody", lambda: react(other, seen)),
        ("answer of somebody", lambda: said.append(comment(other, seen))),
        ("block", lambda: done(reader.put(way(other, "block")))),
        ("answer of somebody blocked", lambda: done(other.patch(said_there(), json={"text": "No"}))),
        ("no block", lambda: done(reader.delete(way(other, "block")))),
        ("for nobody", lambda: done(author.patch(place(asked), json={"audience": "me"}))),
        ("for friends", lambda: done(author.patch(place(asked), json={"audience": "friends"}))),
        ("friends", lambda: befriend(author, reader)),
        ("passed on", lambda: repost(reader, asked)),
        ("word that is passed on", lambda: words.append(done(reader.post(WORDS, json={"text": "garden"})))),
        ("deleted", lambda: done(author.delete(place(asked)))),
    ]  # fmt: skip


def test_each_change_is_there_at_once(scene: Scene, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, S-07, I1, I5, I17, I19, I23: polls, mutes, media, quotes: the next answer is the one that is made anew."""
    tenant, reader, author, other, posts = scene
    unseen = []
    for name, act in acts(reader, author, other, posts):
        before = kept(tenant, reader, valkey, eventually)
        act()
        after = answer(reader)
        assert after == anew(tenant, reader, valkey), name
        if after == before:
            unseen.append(name)
    # What says the same is no edit; of somebody blocked nothing is shown; they are no friends yet.
    assert unseen == ["the same words", "answer of somebody blocked", "for friends"], unseen


def test_the_end_of_a_mute_is_met(scene: Scene, valkey: Valkey, clock: ShiftedClock, eventually: Eventually) -> None:
    """S-07, S-60: nobody changes anything when a mute ends; what is kept ends with it, to the moment."""
    tenant, reader, _, _, _ = scene
    end = clock.now() + timedelta(minutes=1)
    later = end + timedelta(minutes=2)
    for text, until in (("garden", end), ("park", later), ("nothing", None)):
        told = {"text": text, "until": until.isoformat() if until else None}
        assert reader.post(WORDS, json=told).status_code == 201
    for moment, seen in ((end, ["garden"]), (later, ["garden", "Look"])):
        clock.offset += moment - clock.now() - timedelta(seconds=30)
        shown = kept(tenant, reader, valkey, eventually)
        clock.offset += timedelta(seconds=31)
        assert answer(reader) == anew(tenant, reader, valkey) != shown
        assert [each for each in seen if any(each in text for text in texts(reader))] == seen


def test_the_end_of_a_poll_is_seen(scene: Scene, valkey: Valkey, clock: ShiftedClock, eventually: Eventually) -> None:
    """S-25, S-60: with its time its results are shown to those who have not voted, whether or not it was closed."""
    tenant, reader, _, other, posts = scene
    assert vote(other, posts[0], "Tea").is_success
    assert _poll(kept(tenant, reader, valkey, eventually))["choices"][0]["votes"] is None
    clock.offset += datetime.fromisoformat(posts[0]["poll"]["ends_at"]) - clock.now() + timedelta(milliseconds=1)
    shown = _poll(answer(reader))
    assert (shown["ended"], shown["choices"][0]["votes"]) == (True, 1)


def _poll(shown: dict[str, Any]) -> dict[str, Any]:
    [poll] = [each["poll"] for each in shown["items"] if each["poll"]]
    return dict(poll)


def test_a_preview_that_comes_is_shown(scene: Scene, valkey: Valkey, eventually: Eventually) -> None:
    """S-20, S-60: also when the feed was kept before the page was looked at; and not where nobody wants any."""
    tenant, reader, author, _, _ = scene

    def preview() -> Any:
        return answer(reader)["items"][0]["preview"]

    with site() as here:
        url = here.at("/news")
        first = write(author, f"Look: {url}")
        # Nothing is there yet, and that is believed for a day.
        eventually(lambda: here.times("/news"))
        eventually(lambda: answer(reader)["items"][0]["id"] == first["id"])
        assert kept(tenant, reader, valkey, eventually)["items"][0]["preview"] is None
        other = here.serve("/other", page("Other news"))
        assert author.patch(f"{POSTS_HERE}/{first['id']}", json={"text": f"Look: {other}"}).status_code == 200
        kept(tenant, reader, valkey, eventually)
        eventually(lambda: preview() is not None)
        assert preview()["title"] == "Other news"
    kept(tenant, reader, valkey, eventually)
    for wanted in (False, True):
        change = {"values": {"social.link_previews": wanted}}
        assert tenant.owner.patch("/v1/core/settings", json=change).status_code == 200
        eventually(lambda wanted=wanted: (preview() is not None) == wanted)
        kept(tenant, reader, valkey, eventually)


def test_who_is_named_in_an_answer_changes_what_is_counted(
    scene: Scene, valkey: Valkey, eventually: Eventually
) -> None:
    """S-24, I2: an answer in which somebody blocked is named is not counted, from the edit on that names them."""
    tenant, reader, author, other, posts = scene
    handle = write(other)["author"]["handle"]
    said = comment(author, posts[1], "Well")
    assert reader.put(way(other, "block")).is_success

    def counted() -> list[int]:
        return [each["counts"]["comments"] for each in answer(reader)["items"] if each["id"] == posts[0]["id"]]

    said = comment(author, posts[0], "Well")
    kept(tenant, reader, valkey, eventually)
    assert counted() == [1]
    named = {"text": f"Well, @{handle}"}
    assert author.patch(f"{COMMENTS_HERE}/{said['id']}", json=named).status_code == 200
    assert counted() == [0]
    assert answer(reader) == anew(tenant, reader, valkey)


def test_whoever_leaves_is_not_kept(scene: Scene, valkey: Valkey, eventually: Eventually) -> None:
    """S-60, I14: with the erasure of a person all goes that they have said, asked and voted."""
    tenant, reader, _, other, posts = scene
    for each in (vote(other, posts[0], "Tea"), vote(reader, posts[0], "Tea")):
        assert each.is_success
    react(other, posts[0])
    follow(reader, other)
    gone = write(other, "Farewell")
    eventually(lambda: answer(reader)["items"][0]["id"] == gone["id"])
    kept(tenant, reader, valkey, eventually)
    assert other.post("/v1/core/me/erasure", json={"password": PASSWORD}).status_code in {200, 202}

    def is_gone() -> bool:
        shown = {each["id"]: each for each in answer(reader)["items"]}
        asked = shown[posts[0]["id"]]
        return gone["id"] not in shown and (asked["poll"]["voters"], asked["counts"]["like"]) == (1, 0)

    # Each look keeps what it shows, until the next one of the things that go.
    eventually(is_gone, seconds=60)
    eventually(lambda: tenant.owner.post(f"/v1/core/accounts/{other.account_id}/erasure").json()["status"] == "done")
    assert answer(reader) == anew(tenant, reader, valkey)


def test_posts_that_are_kept_no_longer(scene: Scene, valkey: Valkey, eventually: Eventually) -> None:
    """S-83, S-60: posts that are deleted because of their age are in no kept feed."""
    tenant, reader, _, _, posts = scene
    choose(tenant, keep_posts_days=30)
    kept(tenant, reader, valkey, eventually)
    at_work(tenant, lambda desk: delete_outdated_posts.act(desk, AllPosts()), timedelta(days=31))
    assert not {each["id"] for each in posts} & {each["id"] for each in answer(reader)["items"]}


@pytest.mark.parametrize("what", ["block", "word", "edit", "deletion"])
def test_who_cannot_reach_valkey_ends_pages_all_the_same(
    scene: Scene, valkey: Valkey, eventually: Eventually, documents_of: Documents, what: str
) -> None:
    """S-07, S-60, I1, I5, I40: a process that dies, and never told Valkey of what it has changed."""
    tenant, reader, author, _, posts = scene
    post_id = UUID(posts[0]["id"])
    changes: dict[str, tuple[Caller, Callable[[DocumentWork], Awaitable[object]]]] = {
        "block": (author, lambda work: block(work, reader.account_id)),
        "word": (reader, lambda work: mute_word(work, MuteWord(text="garden"))),
        "edit": (author, lambda work: edit_post(work, post_id, EditPost(text="No more"), lambda _: None)),
        "deletion": (author, lambda work: delete_post(work, post_id, lambda _: None)),
    }
    who, act = changes[what]

    async def change(house: House) -> None:
        async def once() -> None:
            async with begin_documents(house, who_is(tenant, who)) as work:
                await act(work)

        await until_done(once)

    assert posts[0]["text"] in [each["text"] for each in kept(tenant, reader, valkey, eventually)["items"]]
    elsewhere(tenant, change, valkey_url=NOWHERE)
    # The worker, which hears of a block and of a deletion, may have taken it away by now.
    assert what in {"block", "deletion"} or valkey.hexists(facts_of(tenant, reader), "page")
    for _ in range(2):
        assert posts[0]["text"] not in texts(reader)
    assert len(documents_of(tenant, UNTOLD)) == 1


@pytest.mark.parametrize("what", ["erasure", "story"])
def test_background_work_ends_pages_without_valkey(
    scene: Scene, valkey: Valkey, eventually: Eventually, documents_of: Documents, what: str
) -> None:
    """S-60, I14, I40: what is written beside a transaction of PostgreSQL, by itself or several things together."""
    tenant, reader, author, _, posts = scene
    kept(tenant, reader, valkey, eventually)

    async def change(house: House) -> None:
        async with begin(house, Who.system(UUID(tenant.id), tenant.slug)) as work:
            if what == "erasure":
                await erase_posts_of(work, UUID(author.account_id))
                return
            async with work.story() as documents:
                tie = {"u": UUID(reader.account_id), "v": UUID(author.account_id)}
                await documents(TIES).update_one(tie, {"$set": {"mute": True}})

    elsewhere(tenant, change, valkey_url=NOWHERE)
    assert what == "erasure" or valkey.hexists(facts_of(tenant, reader), "page")
    assert not {each["id"] for each in posts} & {each["id"] for each in answer(reader)["items"]}
    assert documents_of(tenant, UNTOLD)


def test_valkey_is_told_as_soon_as_it_hears(
    scene: Scene, valkey: Valkey, eventually: Eventually, documents_of: Documents
) -> None:
    """S-60, I40: until then nothing is kept; whoever comes late does not end what another one has begun."""
    tenant, reader, _, _, posts = scene
    changed = things(POSTS, [UUID(posts[0]["id"])])

    def is_made() -> None:
        valkey.hset(facts_of(tenant, reader), "body", KEPT)
        for _ in range(2):
            assert answer(reader)["next"] != "kept"

    def is_made_by_now() -> bool:
        valkey.hset(facts_of(tenant, reader), "body", KEPT)
        return answer(reader)["next"] != "kept"

    async def change(house: House) -> None:
        view = DocumentView(house, who_is(tenant, reader))
        away = open_valkey(NOWHERE)

        def touching() -> Touching:
            return Touching(away, UUID(tenant.id), Parcel(house, view.who).store, things=set(changed))

        async with (back := touching()):
            await asyncio.to_thread(eventually, is_made_by_now)
            assert await view.documents(UNTOLD).count({}) == 1
            back.valkey = house.valkey
        assert not await view.documents(UNTOLD).count({})
        await asyncio.to_thread(kept, tenant, reader, valkey, eventually)

        begun = touching()
        begun.valkey = house.valkey
        async with begun:
            async with (late := touching()):
                late.valkey = house.valkey
            assert not await view.documents(UNTOLD).count({})
            await asyncio.to_thread(is_made)
        await asyncio.to_thread(kept, tenant, reader, valkey, eventually)

        async with (later := touching()):
            pass
        await asyncio.to_thread(is_made)
        later.valkey = house.valkey
        await asyncio.to_thread(eventually, lambda: not documents_of(tenant, UNTOLD))
        await asyncio.to_thread(kept, tenant, reader, valkey, eventually)

        # It has heard of the beginning, and nothing more.
        begun = touching()
        begun.valkey = house.valkey
        async with begun:
            begun.valkey = away
        assert await view.documents(UNTOLD).count({}) == 1
        await asyncio.to_thread(is_made)

    elsewhere(tenant, change)
    assert len(documents_of(tenant, UNTOLD)) == 1


def test_until_when_an_answer_is_the_same(clock: ShiftedClock) -> None:
    """S-60: until the first of the moments that are still to come."""
    now, made_of = clock.now(), MadeOf()
    made_of.ends(now, [None, now - timedelta(hours=1), now])
    assert made_of.until is None
    for hours, first in ((3, 3), (5, 3), (2, 2)):
        made_of.ends(now, [now + timedelta(hours=hours), None])
        assert made_of.until == now + timedelta(hours=first)

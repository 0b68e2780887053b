"""Words and threads that somebody does not want to meet, over HTTP: where they are not met, and where they are."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from fourfold.social.mutes.documents import MUTES
from fourfold.social.ties.documents import TIES
from tests.builders.community import POSTS_HERE, comment, joined, react, repost, sees, write
from tests.builders.feeds import feed, follow, ids
from tests.builders.graph import answer_to
from tests.builders.notified import lines, listed
from tests.conftest import Caller, Tenant

WORDS, THREADS = "/v1/social/muted-words", "/v1/social/muted-threads"


def mute(caller: Caller, text: str, **rest: Any) -> dict[str, Any]:
    """A word that the caller has muted."""
    answer = caller.post(WORDS, json={"text": text, **rest})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def mute_thread(caller: Caller, post: dict[str, Any]) -> None:
    """The caller mutes a post with all below it."""
    assert caller.put(f"{POSTS_HERE}/{post['id']}/mute").status_code == 204


def words_of(caller: Caller) -> list[str]:
    """The words that the caller has muted, the latest first."""
    return [each["text"] for each in caller.get(WORDS).json()["items"]]


def searched(caller: Caller, text: str) -> list[str]:
    """What the caller finds."""
    return ids(caller.get("/v1/social/search", params={"q": text, "type": "posts"}).json()["items"])


def test_words_are_not_met_in_feeds(tenant: Tenant) -> None:
    """S-07, S-60: nor in what others pass on or quote, in no order, on no way; opened, it is there; unmuted, back."""
    reader, author, other = joined(tenant, 3)
    follow(tenant, reader, author, other)
    loud, calm = write(author, "My **Garden**!"), write(author, "Gardens")
    passed_on, quote = repost(other, loud), write(other, "Look", quote_of=loud["id"])
    hidden = {loud["id"], passed_on["id"], quote["id"]}
    assert hidden <= set(ids(feed(reader)))
    word = mute(reader, "gárden")
    own = write(reader, "My own garden")
    for sort in ("latest", "ranked"):
        shown = set(ids(feed(reader, sort=sort)))
        assert not hidden & shown
        assert {calm["id"], own["id"]} <= shown
    graph = answer_to(reader, "{ feed { items { id } } }")["feed"]["items"]
    assert not hidden & set(ids(graph))
    assert sees(reader, loud)
    assert loud["id"] in ids(feed(author))
    assert passed_on["id"] in ids(reader.get(f"/v1/social/people/{other.account_id}/posts").json()["items"])
    assert reader.delete(f"{WORDS}/{word['id']}").status_code == 204
    assert hidden <= set(ids(feed(reader)))


def test_places(tenant: Tenant) -> None:
    """S-07, S-63: a word is muted where that was said: in the feed, or in searches with what they count."""
    reader, author = joined(tenant, 2)
    follow(tenant, reader, author)
    post = write(author, "My #tulips")
    word = mute(reader, "#Tulips", places=["search", "search"])
    assert (word["places"], word["until"], word["version"]) == (["search"], None, 1)
    tags = {"q": "tul", "type": "hashtags"}
    assert searched(reader, "tulips") == []
    assert reader.get("/v1/social/search", params=tags).json()["items"] == []
    assert post["id"] in ids(feed(reader))
    changed = reader.patch(f"{WORDS}/{word['id']}", json={"places": ["feed"]})
    assert (changed.status_code, changed.json()["places"], changed.json()["version"]) == (200, ["feed"], 2)
    assert searched(reader, "tulips") == [post["id"]]
    assert [each["posts"] for each in reader.get("/v1/social/search", params=tags).json()["items"]] == [1]
    assert post["id"] not in ids(feed(reader))
    assert searched(author, "tulips") == [post["id"]]


def test_words_are_not_told_of(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """S-07, S-40: comments, answers, mentions and quotes that say it, in the list and on the badge; the rest is."""
    author, other = joined(tenant, 2)
    post = write(author, "My garden")
    mute(author, "spam")
    mute(author, "garden", places=["feed"])
    comment(other, post, "This is SPAM")
    write(other, "More spam", quote_of=post["id"])
    comment(other, post, "In the garden")
    react(other, post)
    # Whichever was told first: what meets another change is told a little later.
    eventually(lambda: sorted(lines(author)) == [("comment", 1), ("reaction", 1)])
    assert listed(author)["unread"] == 2


def test_what_was_told_goes_and_comes(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """S-07, S-40: a line of the list is there as long as nothing mutes it; the badge agrees."""
    author, other = joined(tenant, 2)
    post = write(author, "My house")
    comment(other, post, "A garden")
    eventually(lambda: lines(author) == [("comment", 1)])
    word = mute(author, "garden", places=["notifications"])
    assert (lines(author), listed(author)["unread"]) == ([], 0)
    assert author.delete(f"{WORDS}/{word['id']}").status_code == 204
    assert (lines(author), listed(author)["unread"]) == ([("comment", 1)], 1)


def test_threads(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """S-07: no more of a post and of what is said below it, in feed and notifications; of a repost its original."""
    reader, author, other = joined(tenant, 3)
    follow(tenant, reader, author, other)
    post = write(author, "Long talk")
    passed_on = repost(other, post)
    said = comment(reader, post, "Well")
    comment(other, post, "No", said)
    eventually(lambda: lines(reader) == [("reply", 1)])
    for _ in range(2):
        mute_thread(reader, passed_on)
    assert (lines(reader), listed(reader)["unread"]) == ([], 0)
    assert not {post["id"], passed_on["id"]} & set(ids(feed(reader)))
    assert sees(reader, post)
    assert searched(reader, "talk") == [post["id"]]
    [thread] = reader.get(THREADS).json()["items"]
    assert (thread["post_id"], thread["post"]["text"]) == (post["id"], "Long talk")
    for _ in range(2):
        assert reader.delete(f"{POSTS_HERE}/{passed_on['id']}/mute").status_code == 204
    assert lines(reader) == [("reply", 1)]
    assert {post["id"], passed_on["id"]} <= set(ids(feed(reader)))
    assert reader.get(THREADS).json()["items"] == []


def test_ones_own_thread(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """S-07: whoever has written it hears no more of it, and has it in their feed."""
    author, other = joined(tenant, 2)
    post, second = write(author, "Everybody answers"), write(author, "Nobody does")
    mute_thread(author, post)
    for each in (post, second):
        comment(other, each)
        react(other, each)
    eventually(lambda: {kind for kind, _ in lines(author)} == {"comment", "reaction"})
    assert {each["post_id"] for each in listed(author)["items"]} == {second["id"]}
    assert post["id"] in ids(feed(author))


def test_trends(tenant: Tenant) -> None:
    """S-07, S-61: whoever mutes a hashtag, or a word of a post, does not meet it among the trends; others do."""
    reader, *people = joined(tenant, 5)
    posts = [write(each, "In the #orchard, apples") for each in people]
    for each in people:
        react(each, posts[0])

    def trends(caller: Caller) -> tuple[list[str], list[str]]:
        told = caller.get("/v1/social/trending").json()
        return [each["hashtag"] for each in told["hashtags"]], ids(told["posts"])

    assert (["orchard"], [posts[0]["id"]]) == trends(reader)
    mute(reader, "#orchard")
    assert trends(reader) == ([], [])
    assert trends(people[0])[0] == ["orchard"]


def test_hidden_originals_are_not_guessed(tenant: Tenant) -> None:
    """S-07, I3: whether a quote goes tells nothing of what it quotes when that is not for the reader."""
    reader, author, other = joined(tenant, 3)
    follow(tenant, reader, other)
    follow(tenant, other, author)
    quote = write(other, "Look", quote_of=write(author, "The secret garden", audience="followers")["id"])
    mute(reader, "secret")
    mute_thread(reader, write(author))
    assert quote["id"] in ids(feed(reader))


def test_words_end(tenant: Tenant, clock: ShiftedClock) -> None:
    """S-07: by themselves, when that was said; then the word may be muted again."""
    reader, author = joined(tenant, 2)
    follow(tenant, reader, author)
    post = write(author, "The final")
    soon = (clock.now() + timedelta(minutes=5)).isoformat()
    mute(reader, "final", until=soon)
    assert post["id"] not in ids(feed(reader))
    clock.advance(timedelta(minutes=6))
    assert post["id"] in ids(feed(reader))
    assert words_of(reader) == []
    mute(reader, "final")
    assert words_of(reader) == ["final"]


def test_mutes_are_ones_own(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-07, I4, I8: nobody else sees, changes or takes them; those of others are as those of nobody."""
    one, other = joined(tenant, 2)
    word = mute(one, "garden")
    post = write(one, audience="me")
    for caller in (other, tenant.owner, other_tenant.owner):
        assert words_of(caller) == []
        for word_id in (word["id"], str(new_id())):
            there = f"{WORDS}/{word_id}"
            for answer in (caller.patch(there, json={"places": ["feed"]}), caller.delete(there)):
                assert (answer.status_code, answer.json()["code"]) == (404, "social.no_such_muted_word")
        for answer in (caller.put(f"{POSTS_HERE}/{post['id']}/mute"), caller.delete(f"{POSTS_HERE}/{post['id']}/mute")):
            assert (answer.status_code, answer.json()["code"]) == (404, "social.no_such_post")
    assert tenant.visitor.get(WORDS).status_code == tenant.visitor.get(THREADS).status_code == 401
    assert one.get("/v1/social/mutes").json()["items"] == []


BAD = [
    {"text": ""}, {"text": "x" * 101}, {"text": 7}, {"text": None}, {"text": {"$gt": ""}}, {"text": "!?"}, {},
    {"text": "a\u202eb"}, {"text": "a\x00b"}, {"text": "x", "places": []}, {"text": "x", "places": ["mail"]},
    {"text": "x", "places": "feed"}, {"text": "x", "until": "2001-01-01T00:00:00Z"}, {"text": "x", "until": 5},
    {"text": "x", "until": "9999-12-31T23:59:59Z"}, {"text": "x", "until": "soon"}, {"text": "x", "by": "me"},
    {"text": "x", "places": [{"$ne": 1}]},
]  # fmt: skip


@pytest.mark.parametrize("body", BAD, ids=str)
def test_refusals(tenant: Tenant, body: dict[str, Any]) -> None:
    """S-07, T11: what is no word, no place and no moment is refused, and the field is named."""
    answer = tenant.owner.post(WORDS, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"].split(".")[0] in {"text", "places", "until", "by"}


def test_changing(tenant: Tenant) -> None:
    """S-07: the version that was read; another word that is not muted already; until when, and for ever again."""
    [one] = joined(tenant, 1)
    first, second = mute(one, "Garden"), mute(one, "spoiler alert", until="2031-01-31T12:00:00Z")
    again = one.post(WORDS, json={"text": "gárden!"})
    assert (again.status_code, again.json()["code"]) == (409, "social.muted_already")
    there = f"{WORDS}/{second['id']}"
    assert one.patch(there, json={"text": "GARDEN"}).json()["code"] == "social.muted_already"
    changed = one.patch(there, json={"until": None, "text": "Spoiler"}, headers={"If-Match": '"1"'})
    assert (changed.json()["until"], changed.json()["text"], changed.headers["ETag"]) == (None, "Spoiler", '"2"')
    late = one.patch(there, json={"text": "alert"}, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    assert one.patch(there, json={}).json()["version"] == 2
    assert one.patch(there, json={"places": None, "text": 5}).status_code == 422
    assert words_of(one) == ["Spoiler", "Garden"]
    page = one.get(WORDS, params={"limit": 1}).json()
    assert [each["id"] for each in one.get(WORDS, params={"cursor": page["next"]}).json()["items"]] == [first["id"]]


def test_all_at_once(tenant: Tenant, documents_of: Callable[..., list[dict[str, Any]]]) -> None:
    """S-07: whatever meets, what is decided by is what is listed; a word or a thread is muted once."""
    [one, author] = joined(tenant, 2)
    posts = [write(author) for _ in range(3)]
    with ThreadPoolExecutor(6) as threads:
        added = [threads.submit(one.post, WORDS, json={"text": text}) for text in ("a", "b", "c", "a", "b", "c")]
        muted = [threads.submit(one.put, f"{POSTS_HERE}/{each['id']}/mute") for each in (*posts, *posts)]
    assert sorted(each.result().status_code for each in added) == [201] * 3 + [409] * 3
    assert {each.result().status_code for each in muted} == {204}
    kept = documents_of(tenant, MUTES)
    [own] = [each for each in documents_of(tenant, TIES) if each["u"] == each["v"]]
    assert sorted(each["words"] for each in own["muted"]["words"]) == ["a", "b", "c"]
    assert sorted(own["muted"]["threads"]) == sorted(UUID(each["id"]) for each in posts)
    assert len(kept) == 6


def test_nothing_is_left_when_all_is_unmuted(tenant: Tenant, documents_of: Callable[..., list[dict[str, Any]]]) -> None:
    """S-07: whoever mutes nothing costs nothing."""
    [one, author] = joined(tenant, 2)
    post, word = write(author), mute(one, "a")
    mute_thread(one, post)
    assert one.delete(f"{WORDS}/{word['id']}").status_code == 204
    assert one.delete(f"{POSTS_HERE}/{post['id']}/mute").status_code == 204
    assert documents_of(tenant, MUTES) == documents_of(tenant, TIES) == []

"""What people do all day asks one shard for each thing, and not all of them."""

from collections.abc import Callable
from typing import Any

from pymongo import monitoring

from tests.builders.chat import at, say, talk
from tests.builders.community import COMMENTS_HERE, POSTS_HERE, comment, joined, react, tie, write
from tests.builders.notified import lines
from tests.builders.shard_watch import ShardWatch, names
from tests.conftest import Caller, Tenant

WATCH = ShardWatch()
monitoring.register(WATCH)
HERE = "/v1/social"
Asked = tuple[str, str, dict[str, Any] | None]

# What asks all shards of the tenant, by the fields that it names, and why that is so.
SCATTERED: dict[tuple[str, str], str] = {
    ("social.comments", "_id"): "Paths name a comment by its id alone; where it stands is known behind that.",
    ("social.conversations", "members"): "A list of one's own: who sits where is kept with the conversations.",
    ("social.posts", "author published_at"): "What somebody has written stands where each post stands.",
    ("social.posts", "author state"): "A timeline or an author's list that Valkey has lost is made anew.",
    ("social.pulled_authors", ""): "Those whom most people follow: a few in a tenant, kept by each process.",
}


def all_day(tenant: Tenant, caller: Caller, other: Caller, eventually: Callable[..., Any]) -> list[Asked]:
    """What is asked for on the pages that everybody has open: feed, post, notifications, conversations."""
    tie(tenant, caller, other, follow="yes")
    post, own = write(other, "Hello #tag"), write(caller, "Here I am")
    said = comment(other, own)
    react(other, own)
    talked = talk(caller, other)
    message = say(other, talked)
    there, below = f"{POSTS_HERE}/{post['id']}", f"{COMMENTS_HERE}/{said['id']}"
    eventually(lambda: len(lines(caller)) == 2)
    return [
        ("GET", f"{HERE}/feed", None),
        ("GET", there, None),
        ("GET", f"{there}/comments", None),
        ("GET", f"{POSTS_HERE}/{own['id']}/comments", None),
        ("GET", f"{HERE}/people/{post['author']['handle']}", None),
        ("GET", f"{HERE}/notifications", None),
        ("GET", f"{HERE}/notifications/unread", None),
        ("GET", f"{HERE}/bookmarks", None),
        ("GET", at(talked), None),
        ("GET", at(talked, "messages"), None),
        ("GET", f"{HERE}/sync?cursors=user:{caller.account_id}:0", None),
        ("POST", POSTS_HERE, {"text": f"Hello @{post['author']['handle']}"}),
        ("PUT", f"{there}/reaction", {"kind": "like"}),
        ("PUT", f"{there}/repost", {"audience": "public"}),
        ("PUT", f"{there}/bookmark", {}),
        ("POST", f"{there}/comments", {"text": "Indeed"}),
        ("PUT", f"{below}/reaction", {"kind": "like"}),
        ("POST", at(talked, "messages"), {"text": "Hello"}),
        ("PUT", at(talked, "read"), {"seq": message["seq"]}),
        ("PUT", f"{HERE}/people/{other.account_id}/follow", None),
        ("GET", f"{HERE}/conversations", None),
    ]


def test_hot_queries_are_targeted(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """S-83: each query names the tenant and the rest of its collection's shard key, but for those that say why not."""
    caller, other = joined(tenant, 2)
    asked = all_day(tenant, caller, other, eventually)
    with WATCH.over(tenant.id) as found:
        for method, path, body in asked:
            answer = caller.request(method, path, **({"json": body} if body is not None else {}))
            assert answer.is_success, (path, answer.text)
    assert {each: found[each] for each in found if each not in SCATTERED} == {}
    assert {"social.posts", "social.people", "social.ties", "social.messages", "social.reactions"} <= WATCH.seen


def test_the_watch_knows_what_is_targeted() -> None:
    """S-83: values tell where to look, wherever they stand; a range, or one branch of two, does not."""
    key = ("t", "post")
    for there in ({"post": 1}, {"post": {"$in": [1, 2]}}, {"$or": [{"post": 1}, {"post": 2}]}, {"$and": [{"post": 1}]}):
        assert names({"t": 1, **there}, key)
    for nowhere in ({}, {"post": {"$gt": 1}}, {"$or": [{"post": 1}, {"author": 2}]}, {"$nor": [{"post": 1}]}):
        assert not names({"t": 1, **nowhere}, key)
    assert not names({"post": 1}, key)

"""Reposts and quotes: one repost of each person, counts that follow, chains of quotes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fourfold.social.posts.documents import POSTS
from tests.builders.community import POSTS_HERE, joined, repost, sees, write
from tests.conftest import Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]


def shares(caller: Caller, post: dict[str, Any]) -> int:
    return int(caller.get(f"{POSTS_HERE}/{post['id']}").json()["counts"]["shares"])


def test_reposting_twice_is_reposting_once(tenant: Tenant, documents_of: Documents) -> None:
    """S-26, I24: a repost is there once, however often it is asked for; it can be taken back, and made again."""
    author, other = joined(tenant, 2)
    post = write(author)
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: repost(other, post), range(6)))
    assert len({each["id"] for each in answers}) == 1
    assert (answers[0]["kind"], answers[0]["text"], answers[0]["original"]["id"]) == ("repost", "", post["id"])
    assert shares(author, post) == 1
    for _ in range(2):
        assert other.delete(f"{POSTS_HERE}/{post['id']}/repost").status_code == 204
        assert shares(author, post) == 0
    assert not sees(author, answers[0])
    assert repost(other, post)["id"] == answers[0]["id"]
    assert other.delete(f"{POSTS_HERE}/{answers[0]['id']}").status_code == 204
    assert shares(author, post) == 0
    assert repost(other, post)["id"] == answers[0]["id"]
    assert len([each for each in documents_of(tenant, POSTS) if each["kind"] == "repost"]) == 1


def test_a_repost_of_a_repost_is_of_the_original(tenant: Tenant) -> None:
    """S-26: what is passed on is always the post itself."""
    author, one, other = joined(tenant, 3)
    post = write(author)
    again = repost(other, repost(one, post))
    assert again["original"]["id"] == post["id"]
    assert shares(author, post) == 2
    quote = write(other, "Look", quote_of=again["id"])
    assert quote["original"]["id"] == post["id"]
    assert shares(author, post) == 3
    assert other.delete(f"{POSTS_HERE}/{quote['id']}").status_code == 204
    assert shares(author, post) == 2


def test_quotes_of_quotes(tenant: Tenant) -> None:
    """S-26: a repost of a quote shows both posts; deeper ones are opened by themselves."""
    author, one, other = joined(tenant, 3)
    first = write(author, "First")
    second = write(one, "Second", quote_of=first["id"])
    third = write(other, "Third", quote_of=second["id"])
    passed_on = repost(author, third)
    assert passed_on["original"]["text"] == "Third"
    assert passed_on["original"]["original"]["text"] == "Second"
    assert passed_on["original"]["original"]["original"] is None


def test_only_what_is_out_is_passed_on(tenant: Tenant) -> None:
    """S-22, S-26: drafts and scheduled posts cannot be passed on, not by their author either."""
    draft = write(tenant.owner, draft=True)
    for answer in (
        tenant.owner.put(f"{POSTS_HERE}/{draft['id']}/repost", json={}),
        tenant.owner.post(POSTS_HERE, json={"text": "Look", "quote_of": draft["id"]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "social.no_such_post")
    assert tenant.owner.put(f"{POSTS_HERE}/{draft['id']}/repost", json={"audience": "me"}).status_code == 422

"""Who sees what through the graph: the same rules as everywhere, by whichever way in somebody comes."""

from typing import Any

import pytest

from tests.builders.community import comment, joined, react, repost, tie, write
from tests.builders.graph import answer_to, asked, refusal_of
from tests.builders.ties import follow
from tests.conftest import Caller, Tenant

NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"
BY_ID = {
    "post": "query ($id: UUID!) { post(id: $id) { id } }",
    "comment": "query ($id: UUID!) { comment(id: $id) { id } }",
    "node": "query ($id: UUID!) { node(id: $id) { __typename } }",
    "comments": "query ($id: UUID!) { comments(postId: $id) { items { id } } }",
}
EVERYWHERE = """
  query ($handle: String!, $q: String!) {
    feed { items { id text author { id } original { id } comments { items { author { id } } } } }
    search(q: $q) { items { ... on Post { id } } }
    people: search(q: $handle, type: people) { items { ... on Person { id } } }
    tags: search(q: "medl", type: hashtags) { items { ... on Hashtag { tag } } }
    hashtagPosts(tag: "medlars") { items { id } }
    trending { posts { id } }
    followers(handle: $handle) { items { id } }
    postsOfPerson(handle: $handle) { items { id } }
    person(handle: $handle) { id }
    mutuals(handle: $handle) { total }
    notifications { items { actors { id } } unread }
    suggestions { person { id } }
    bookmarks { items { id } }
  }
"""


def without_request(error: dict[str, Any]) -> dict[str, Any]:
    """An error without what differs from request to request."""
    told = dict(error["extensions"])
    told.pop("request_id")
    return {"message": error["message"], "path": error["path"], **told}


@pytest.mark.parametrize("way", BY_ID)
def test_restricted_is_missing(tenant: Tenant, way: str) -> None:
    """S-20, S-82, I3, I4: what is not for the viewer is refused in the words for what is not there."""
    author, viewer = joined(tenant, 2)
    private = write(author, audience="me")
    said = comment(author, private)
    wanted = said["id"] if way == "comment" else private["id"]
    document = BY_ID[way]
    assert answer_to(author, document, id=wanted)[way] is not None
    for each in (viewer, tenant.visitor):
        [restricted] = asked(each, document, id=wanted).json()["errors"]
        [missing] = asked(each, document, id=NOBODY).json()["errors"]
        assert without_request(restricted) == without_request(missing)
        assert restricted["extensions"]["status"] == 404


def test_a_blocked_pair_is_not_there_for_each_other(tenant: Tenant) -> None:
    """S-02, S-82, I1, I2: neither posts nor names, counts, shares, answers or notifications, by any way in."""
    one, other, third = joined(tenant, 3)
    for each in (one, other):
        follow(third, each)
        follow(each, third)
        tie(tenant, each, third, friend="friends")
    follow(one, other)
    post = write(other, "Ripe #medlars")
    shared = write(third, "Everybody's")
    repost(third, post)
    comment(other, shared, "From the other")
    react(other, write(one, "Mine"))
    react(other, shared, "love")
    assert one.put(f"/v1/social/people/{other.account_id}/block").status_code == 204
    for looking, hidden in ((one, other), (other, one)):
        told = asked(looking, EVERYWHERE, handle=hidden.account_id, q="ripe").json()
        text = str(told["data"])
        assert hidden.account_id not in text, text
        assert told["data"]["person"] is None
        assert told["data"]["followers"] is None
        assert told["data"]["mutuals"] is None
    told = asked(one, EVERYWHERE, handle=other.account_id, q="ripe").json()["data"]
    assert post["id"] not in str(told)
    assert told["tags"]["items"] == told["hashtagPosts"]["items"] == []
    counts = """
      query ($id: UUID!) {
        post(id: $id) { counts { comments love } reactions { items { kind } } comments { items { text } } }
      }
    """
    assert answer_to(one, counts, id=shared["id"])["post"] == {
        "counts": {"comments": 0, "love": 0}, "reactions": {"items": []}, "comments": {"items": []},
    }  # fmt: skip
    assert answer_to(third, counts, id=shared["id"])["post"]["counts"] == {"comments": 1, "love": 1}


def test_first_comments_and_answers_follow_the_rules(tenant: Tenant) -> None:
    """S-24, S-82, I1: those that are read for many posts together are judged as those of one."""
    author, viewer, cut = joined(tenant, 3)
    tie(tenant, viewer, cut, block=True)
    post = write(author)
    said = comment(author, post, "Mine")
    comment(cut, post, "Of somebody cut off")
    comment(cut, post, "Answered", said)
    comment(viewer, post, "Answered too", said)
    document = "query ($id: UUID!) { post(id: $id) { comments { items { text kids replies { items { text } } } } } }"
    assert answer_to(viewer, document, id=post["id"])["post"]["comments"]["items"] == [
        {"text": "Mine", "kids": 1, "replies": {"items": [{"text": "Answered too"}]}}
    ]
    assert len(answer_to(author, document, id=post["id"])["post"]["comments"]["items"]) == 2


def test_another_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-82, I8: ids of another tenant lead nowhere, in every argument."""
    [author] = joined(tenant, 1)
    [stranger] = joined(other_tenant, 1)
    post = write(author)
    said = comment(author, post)
    for way, document in BY_ID.items():
        wanted = said["id"] if way == "comment" else post["id"]
        assert refusal_of(stranger, document, id=wanted)[0] == 404
    for name in ("follow", "mute"):
        document = f"mutation ($who: String!) {{ {name}(person: $who) {{ follow }} }}"
        assert refusal_of(stranger, document, who=author.account_id) == (404, "social.no_such_person")
    for document in (
        "mutation ($id: UUID!) { react(kind: like, postId: $id) { kind } }",
        "mutation ($id: UUID!) { bookmark(postId: $id) }",
        "mutation ($id: UUID!) { repost(id: $id) { id } }",
        'mutation ($id: UUID!) { comment(postId: $id, text: "Hello") { id } }',
        'mutation ($id: UUID!) { createPost(input: {text: "Look", quoteOf: $id}) { id } }',
    ):
        assert refusal_of(stranger, document, id=post["id"]) == (404, "social.no_such_post")
    named = Caller(tenant.running.client, {**stranger.headers, "X-Tenant": tenant.slug})
    assert asked(named, "{ badge { unread } }").status_code == 403


def test_visitors_see_what_is_public(tenant: Tenant) -> None:
    """S-20, S-82: visitors read public posts and people, and nothing that is for members."""
    [author] = joined(tenant, 1)
    post = write(author, "Hello")
    write(author, "For followers", audience="followers")
    document = "query ($handle: String!) { person(handle: $handle) { handle posts { items { text ownReaction } } } }"
    told = answer_to(tenant.visitor, document, handle=author.account_id)["person"]
    assert told["posts"]["items"] == [{"text": "Hello", "ownReaction": None}]
    assert told["handle"] == post["author"]["handle"]
    nobody = Caller(tenant.running.client, {})
    assert asked(nobody, "{ badge { unread } }").status_code == 400
    wrong = Caller(tenant.running.client, {"Authorization": "Bearer nonsense"})
    assert asked(wrong, "{ badge { unread } }").status_code == 401

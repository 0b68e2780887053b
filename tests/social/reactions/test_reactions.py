"""Reactions over HTTP: one of each person on each target, changed, taken back, counted, listed and refused."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from fourfold.ground.ids import new_id
from fourfold.social.reactions.documents import REACTIONS
from tests.builders.community import COMMENTS_HERE, POSTS_HERE, comment, joined, react, repost, set_person, write
from tests.conftest import Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]
KINDS = ("like", "love", "laugh", "angry", "sad")
NONE = dict.fromkeys(KINDS, 0)


def targets(tenant: Tenant, author: Caller) -> list[str]:
    """A post and a comment, as their addresses."""
    post = write(author)
    return [f"{POSTS_HERE}/{post['id']}", f"{COMMENTS_HERE}/{comment(author, post)['id']}"]


def counts(caller: Caller, there: str) -> dict[str, int]:
    shown = caller.get(there).json()["counts"]
    return {kind: shown[kind] for kind in KINDS}


def test_one_reaction_each(tenant: Tenant, documents_of: Documents) -> None:
    """S-25: a person has one reaction to a post or a comment; another kind takes its place."""
    author, other = joined(tenant, 2)
    for there in targets(tenant, author):
        given = other.put(f"{there}/reaction", json={"kind": "like"})
        assert given.status_code == 200
        assert given.json() == {
            "target_kind": "post" if there.startswith(POSTS_HERE) else "comment",
            "target_id": there.rpartition("/")[2],
            "kind": "like",
        }
        react_again = other.put(f"{there}/reaction", json={"kind": "like"})
        assert (react_again.json(), counts(author, there)) == (given.json(), NONE | {"like": 1})
        assert other.put(f"{there}/reaction", json={"kind": "sad"}).status_code == 200
        assert author.put(f"{there}/reaction", json={"kind": "sad"}).status_code == 200
        assert counts(author, there) == NONE | {"sad": 2}
        assert [caller.get(there).json()["own_reaction"] for caller in (other, tenant.visitor)] == ["sad", None]
        for _ in range(2):
            assert other.delete(f"{there}/reaction").status_code == 204
        assert counts(other, there) == NONE | {"sad": 1}
        assert other.get(there).json()["own_reaction"] is None
    assert len(documents_of(tenant, REACTIONS)) == 2


def test_events_of_reactions(
    tenant: Tenant, eventually: Callable[..., Any], admin_sql: Callable[..., list[dict[str, Any]]]
) -> None:
    """S-25, S-44: others are told of each change once, and of what changes nothing not at all."""
    post = write(tenant.owner)
    there = f"{POSTS_HERE}/{post['id']}/reaction"
    for kind in ("like", "like", "love"):
        tenant.owner.put(there, json={"kind": kind})
    tenant.owner.delete(there)
    tenant.owner.delete(there)
    told = "SELECT type, data FROM ground.event WHERE subject = $1 AND type LIKE 'social.reaction.%'"
    eventually(lambda: len(admin_sql(told, post["id"])) == 3)
    assert Counter(each["type"] for each in admin_sql(told, post["id"])) == {
        "social.reaction.given": 2, "social.reaction.taken": 1,
    }  # fmt: skip


def test_clicked_many_times_at_once(tenant: Tenant, documents_of: Documents) -> None:
    """S-25, I24: the same click eight times at once is one reaction, and one is counted."""
    author, other = joined(tenant, 2)
    for there in targets(tenant, author):
        with ThreadPoolExecutor(8) as threads:
            clicks = [threads.submit(other.put, f"{there}/reaction", json={"kind": "like"}) for _ in range(8)]
            answers = [each.result() for each in clicks]
        assert {each.status_code for each in answers} == {200}
        assert counts(author, there) == NONE | {"like": 1}
    assert len(documents_of(tenant, REACTIONS)) == 2


def test_changed_many_times_at_once(tenant: Tenant, documents_of: Documents) -> None:
    """S-25, I23, I24: several kinds at once, taken back in between: one reaction or none, and the counts say which."""
    author, other = joined(tenant, 2)
    for there in targets(tenant, author):

        def change(kind: str, at: str = there) -> int:
            if kind == "none":
                return other.delete(f"{at}/reaction").status_code
            return other.put(f"{at}/reaction", json={"kind": kind}).status_code

        with ThreadPoolExecutor(6) as threads:
            answers = set(threads.map(change, [*KINDS, "none", *KINDS]))
        assert answers == {200, 204}
        rows = [each for each in documents_of(tenant, REACTIONS) if str(each["target"]) in there]
        assert len(rows) <= 1
        assert counts(author, there) == NONE | {each["kind"]: 1 for each in rows}


def test_many_people_at_once(tenant: Tenant) -> None:
    """S-25, I23: nobody's reaction is lost when many react to one post."""
    callers = joined(tenant, 6)
    there = f"{POSTS_HERE}/{write(tenant.owner)['id']}"
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda each: each.put(f"{there}/reaction", json={"kind": "laugh"}), callers))
    assert {each.status_code for each in answers} == {200}
    assert counts(tenant.owner, there) == NONE | {"laugh": 6}


@pytest.mark.parametrize(
    "body", [{}, {"kind": "meh"}, {"kind": ""}, {"kind": None}, {"kind": ["like"]}, {"kind": {"$ne": 1}},
             {"kind": "like", "by": "me"}, "like", {"kind": "x" * 10_000}],
)  # fmt: skip
def test_what_is_no_reaction(tenant: Tenant, documents_of: Documents, body: Any) -> None:
    """S-25: there are five kinds, and nothing else is kept."""
    for there in targets(tenant, tenant.owner):
        assert tenant.owner.put(f"{there}/reaction", json=body).status_code == 422
        assert counts(tenant.owner, there) == NONE
    assert documents_of(tenant, REACTIONS) == []


def test_what_cannot_be_reacted_to(tenant: Tenant, other_tenant: Tenant, documents_of: Documents) -> None:
    """S-25, I4, I8: what is not for the caller, not out yet, gone, or of another tenant, is as if it were not there."""
    author, other = joined(tenant, 2)
    private, draft, gone = write(author, audience="me"), write(author, draft=True), write(author)
    said = comment(author, private)
    author.delete(f"{POSTS_HERE}/{gone['id']}")
    missing = other.put(f"{POSTS_HERE}/{new_id()}/reaction", json={"kind": "like"}).json()
    for each in (private, draft, gone, write(other_tenant.owner), said):
        for way in (other.put, partial(other.request, "DELETE")):
            refused = way(f"{POSTS_HERE}/{each['id']}/reaction", json={"kind": "like"})
            assert refused.json() | {"request_id": ""} == missing | {"request_id": ""}
        assert other.get(f"{POSTS_HERE}/{each['id']}/reactions").status_code == 404
    assert author.put(f"{POSTS_HERE}/{draft['id']}/reaction", json={"kind": "like"}).status_code == 404
    hidden = other.put(f"{COMMENTS_HERE}/{said['id']}/reaction", json={"kind": "like"})
    assert (hidden.status_code, hidden.json()["code"]) == (404, "social.no_such_comment")
    assert tenant.visitor.put(f"{POSTS_HERE}/{private['id']}/reaction", json={"kind": "like"}).status_code == 401
    set_person(tenant, author, state="suspended")
    refused = author.put(f"{POSTS_HERE}/{write(other)['id']}/reaction", json={"kind": "like"})
    assert refused.json()["code"] == "social.not_active"
    assert documents_of(tenant, REACTIONS) == []


def test_taken_back_from_what_is_hidden_by_now(tenant: Tenant) -> None:
    """S-25: one's own reaction can be taken back whoever the post is for by now."""
    author, other = joined(tenant, 2)
    post = write(author)
    react(other, post)
    author.patch(f"{POSTS_HERE}/{post['id']}", json={"audience": "me"})
    there = f"{POSTS_HERE}/{post['id']}/reaction"
    assert [other.delete(there).status_code for _ in range(2)] == [204, 404]
    assert counts(author, f"{POSTS_HERE}/{post['id']}") == NONE


def test_reactions_to_reposts_are_to_their_originals(tenant: Tenant) -> None:
    """S-25, S-26: whoever likes a repost likes what it passes on, once."""
    author, sharer, reader = joined(tenant, 3)
    post = write(author)
    passed_on = repost(sharer, post)
    for each in (post, passed_on):
        react(reader, each, "love")
    assert counts(author, f"{POSTS_HERE}/{post['id']}") == NONE | {"love": 1}
    shown = reader.get(f"{POSTS_HERE}/{passed_on['id']}").json()["original"]
    assert (shown["own_reaction"], shown["counts"]["love"]) == ("love", 1)
    assert len(reader.get(f"{POSTS_HERE}/{passed_on['id']}/reactions").json()["items"]) == 1
    assert reader.delete(f"{POSTS_HERE}/{passed_on['id']}/reaction").status_code == 204
    assert counts(author, f"{POSTS_HERE}/{post['id']}") == NONE


def test_who_has_reacted(tenant: Tenant) -> None:
    """S-25: people and how they reacted, the latest first, in pages, or those of one kind."""
    callers = joined(tenant, 3)
    for there in targets(tenant, tenant.owner):
        for caller, kind in zip(callers, ("like", "sad", "like"), strict=True):
            assert caller.put(f"{there}/reaction", json={"kind": kind}).status_code == 200
        page = tenant.visitor.get(f"{there}/reactions", params={"limit": 2}).json()
        rest = tenant.visitor.get(f"{there}/reactions", params={"limit": 2, "cursor": page["next"]}).json()
        found = [(each["person"]["id"], each["kind"]) for each in (*page["items"], *rest["items"])]
        first, second, third = (each.account_id for each in callers)
        assert found == [(third, "like"), (second, "sad"), (first, "like")]
        assert rest["next"] is None
        liked = tenant.visitor.get(f"{there}/reactions", params={"kind": "like"}).json()["items"]
        assert [each["person"]["id"] for each in liked] == [callers[2].account_id, callers[0].account_id]
        assert tenant.visitor.get(f"{there}/reactions", params={"kind": "meh"}).status_code == 422
        strayed = {"kind": "sad", "cursor": page["next"]}
        assert tenant.visitor.get(f"{there}/reactions", params=strayed).status_code == 400

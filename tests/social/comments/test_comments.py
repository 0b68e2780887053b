"""Comments over HTTP: written, answered, listed, edited, deleted, and refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from fourfold.ground.ids import new_id
from fourfold.social.comments.documents import COMMENTS
from tests.builders.community import (
    COMMENTS_HERE,
    POSTS_HERE,
    comment,
    handle_of,
    joined,
    react,
    repost,
    set_person,
    write,
)
from tests.conftest import Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]


def below(post: dict[str, Any]) -> str:
    return f"{POSTS_HERE}/{post['id']}/comments"


def at(said: dict[str, Any]) -> str:
    return f"{COMMENTS_HERE}/{said['id']}"


def listed(caller: Caller, there: str, **params: Any) -> list[dict[str, Any]]:
    answer = caller.get(there, params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def count_of(caller: Caller, post: dict[str, Any]) -> int:
    return int(caller.get(f"{POSTS_HERE}/{post['id']}").json()["counts"]["comments"])


def test_a_thread(tenant: Tenant, documents_of: Documents) -> None:
    """S-24: comments answer to a post and to each other; each knows where it stands, and how many answer to it."""
    author, other = joined(tenant, 2)
    handle = handle_of(author)
    post = write(author)
    answer = other.post(below(post), json={"text": f"*Indeed*, @{handle}<script>"})
    said = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, at(said))
    assert said["html"].startswith("<p><em>Indeed</em>, <span")
    assert "<script" not in said["html"]
    reply = comment(author, post, "Thanks", said)
    deeper = comment(other, post, "Welcome", reply)
    assert [(each["depth"], each["parent_id"]) for each in (said, reply, deeper)] == [
        (0, None), (1, said["id"]), (2, reply["id"]),
    ]  # fmt: skip
    shown = other.get(at(said)).json()
    assert (shown["kids"], shown["author"]["id"], shown["version"]) == (1, other.account_id, 1)
    assert shown | {"kids": 0} == said
    [first] = listed(other, below(post))
    assert [each["text"] for each in first["replies"]["items"]] == ["Thanks"]
    assert [each["id"] for each in listed(tenant.visitor, f"{at(reply)}/replies")] == [deeper["id"]]
    assert count_of(author, post) == 3
    rows = {each["text"]: each for each in documents_of(tenant, COMMENTS)}
    assert rows["Welcome"]["path"] == "/".join(each["id"] for each in (said, reply, deeper))
    assert {str(each) for each in rows["Welcome"]["above"]} == {author.account_id, other.account_id}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"text": ""}, 422),
        ({"text": " \u200b\n"}, 422),
        ({"text": "\u202eevil"}, 422),
        ({"text": 7}, 422),
        ({"text": {"$gt": ""}}, 422),
        ({"text": "x" * 5001}, 422),
        ({"text": "x", "author": str(uuid4())}, 422),
        ({"text": "x", "parent_id": "first"}, 422),
        ({"text": "x", "parent_id": {"$ne": None}}, 422),
        ({"text": "x", "parent_id": str(uuid4())}, 404),
        ({"text": " ".join(f"@handle{number}" for number in range(51))}, 422),
        ("x", 422),
    ],
)
def test_what_cannot_be_said(tenant: Tenant, documents_of: Documents, body: Any, status: int) -> None:
    """S-24: what is wrong is refused, and leaves nothing behind."""
    post = write(tenant.owner)
    assert tenant.owner.post(below(post), json=body).status_code == status
    assert documents_of(tenant, COMMENTS) == []
    assert count_of(tenant.owner, post) == 0


def test_where_nothing_can_be_said(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-24, I4, I8: below what one does not see, in answer to something elsewhere, or without signing in."""
    author, other = joined(tenant, 2)
    post, elsewhere, private = write(author), write(author), write(author, audience="me")
    draft = write(author, draft=True)
    stray = comment(author, elsewhere)
    foreign = write(other_tenant.owner)
    missing = other.post(f"{POSTS_HERE}/{new_id()}/comments", json={"text": "x"}).json()
    for each in (private, draft, foreign):
        refused = other.post(below(each), json={"text": "x"})
        assert refused.json() | {"request_id": ""} == missing | {"request_id": ""}
    assert author.post(below(draft), json={"text": "x"}).status_code == 404
    wrong = other.post(below(post), json={"text": "x", "parent_id": stray["id"]})
    assert (wrong.status_code, wrong.json()["code"]) == (404, "social.no_such_comment")
    assert tenant.visitor.post(below(post), json={"text": "x"}).status_code == 401
    set_person(tenant, other, state="suspended")
    assert other.post(below(post), json={"text": "x"}).json()["code"] == "social.not_active"


def test_restricted_is_as_missing(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-24, I4, I8: comments below a post that is not for the caller are word for word as none, in every way."""
    author, stranger = joined(tenant, 2)
    post = write(author)
    said = comment(author, post)
    author.patch(f"{POSTS_HERE}/{post['id']}", json={"audience": "me"})
    ways: list[Callable[[Caller, str], Any]] = [
        lambda caller, there: caller.get(there),
        lambda caller, there: caller.get(f"{there}/replies"),
        lambda caller, there: caller.get(f"{there}/reactions"),
        lambda caller, there: caller.patch(there, json={"text": "Mine"}),
        lambda caller, there: caller.delete(there),
        lambda caller, there: caller.put(f"{there}/reaction", json={"kind": "like"}),
        lambda caller, there: caller.delete(f"{there}/reaction"),
    ]
    for way in ways:
        answers = [
            way(stranger, at(said)), way(other_tenant.owner, at(said)), way(stranger, f"{COMMENTS_HERE}/{new_id()}"),
        ]  # fmt: skip
        assert [each.status_code for each in answers] == [404, 404, 404]
        bodies = [{**each.json(), "request_id": ""} for each in answers]
        assert bodies[0] == bodies[1] == bodies[2]
    assert stranger.get(below(post)).json()["code"] == "social.no_such_post"


def test_orders(tenant: Tenant) -> None:
    """S-24: by their time, or by what most have reacted to and answered."""
    author, other, third = joined(tenant, 3)
    post = write(author)
    first, second, last = (comment(author, post, str(number)) for number in range(3))
    for caller in (other, third):
        react(caller, second)
    comment(other, post, parent=last)
    expected = {"top": [second, last, first], "new": [last, second, first], "old": [first, second, last]}
    for sort, those in expected.items():
        assert [each["id"] for each in listed(other, below(post), sort=sort)] == [each["id"] for each in those]
        found, cursor = [], None
        for _ in those:
            page = other.get(below(post), params={"sort": sort, "limit": 1, **({"cursor": cursor} if cursor else {})})
            found += [each["id"] for each in page.json()["items"]]
            cursor = page.json()["next"]
        assert (found, cursor) == ([each["id"] for each in those], None)
    assert other.get(below(post), params={"sort": "worst"}).status_code == 422
    assert other.get(below(post), params={"cursor": "x"}).status_code == 400


def test_pages_inside_of_threads(tenant: Tenant) -> None:
    """S-24: a page shows the first answers to each comment, and goes on with the others where they are listed."""
    author = tenant.owner
    post = write(author)
    top = [comment(author, post, f"Top {number}") for number in range(2)]
    answers = [comment(author, post, f"Answer {number}", top[0])["id"] for number in range(5)]
    few = [comment(author, post, f"Answer {number}", top[1])["id"] for number in range(3)]
    busy, quiet = listed(author, below(post), sort="old")
    assert (busy["kids"], quiet["kids"]) == (5, 3)
    assert [each["id"] for each in quiet["replies"]["items"]] == few
    assert quiet["replies"]["next"] is None
    assert [each["id"] for each in busy["replies"]["items"]] == answers[:3]
    rest = author.get(f"{at(top[0])}/replies", params={"cursor": busy["replies"]["next"]}).json()
    assert ([each["id"] for each in rest["items"]], rest["next"]) == (answers[3:], None)
    assert author.get(f"{at(top[1])}/replies", params={"cursor": busy["replies"]["next"]}).status_code == 400


def test_threads_of_any_depth(tenant: Tenant, documents_of: Documents) -> None:
    """S-24, I26: forty answers to answers: each is found from the one above, and none is an orphan."""
    post = write(tenant.owner)
    said = None
    chain = []
    for number in range(40):
        said = comment(tenant.owner, post, str(number), said)
        chain.append(said["id"])
    found = [listed(tenant.owner, below(post))[0]["id"]]
    while answers := listed(tenant.owner, f"{COMMENTS_HERE}/{found[-1]}/replies"):
        found.append(answers[0]["id"])
    assert found == chain
    assert count_of(tenant.owner, post) == 40
    assert {each["kids"] for each in documents_of(tenant, COMMENTS)[:-1]} == {1}


def test_edits(tenant: Tenant) -> None:
    """S-24: its author changes what a comment says, and only the version that was meant."""
    author, other = joined(tenant, 2)
    post = write(other)
    said = comment(author, post)
    tag = author.get(at(said)).headers["ETag"]
    edited = author.patch(at(said), json={"text": "Indeed **so**"}, headers={"If-Match": tag})
    assert (edited.status_code, edited.json()["version"]) == (200, 2)
    assert edited.json()["html"] == "<p>Indeed <strong>so</strong></p>"
    assert edited.json()["edited_at"] is not None
    late = author.patch(at(said), json={"text": "No"}, headers={"If-Match": tag})
    assert late.status_code == 412
    assert author.patch(at(said), json={"text": "Indeed **so**"}).json()["version"] == 2
    assert other.patch(at(said), json={"text": "Mine"}).json()["code"] == "social.not_your_comment"
    for body in ({}, {"text": ""}, {"text": 7}, {"text": "x" * 5001}, {"text": "x", "state": "held"}):
        assert author.patch(at(said), json=body).status_code == 422
    assert other.get(at(said)).json()["text"] == "Indeed **so**"


def test_deletes_leave_places(tenant: Tenant, documents_of: Documents) -> None:
    """S-24, I26: a deleted comment with answers is a place without author and words; the last answer takes it along."""
    author, other = joined(tenant, 2)
    post = write(tenant.owner)
    said = comment(author, post, "A secret")
    reply = comment(other, post, "Really?", said)
    last = comment(author, post, "Really", reply)
    assert other.delete(at(said)).json()["code"] == "social.not_your_comment"
    assert author.delete(at(said), headers={"If-Match": '"7"'}).status_code == 412
    assert author.delete(at(said)).status_code == 204
    assert other.delete(at(reply)).status_code == 204
    place = other.get(at(said)).json()
    assert {name: place[name] for name in ("author", "text", "html", "state", "kids")} == {
        "author": None, "text": "", "html": "", "state": "deleted", "kids": 1,
    }  # fmt: skip
    assert "secret" not in str(documents_of(tenant, COMMENTS))
    assert count_of(other, post) == 1
    for way in (author.delete, author.get):
        assert way(at(said)).status_code == (404 if way == author.delete else 200)
    assert author.patch(at(said), json={"text": "x"}).status_code == 404
    assert other.post(below(post), json={"text": "x", "parent_id": said["id"]}).status_code == 404
    assert author.delete(at(last)).status_code == 204
    assert documents_of(tenant, COMMENTS) == []
    assert other.get(at(said)).status_code == 404
    assert (listed(other, below(post)), count_of(other, post)) == ([], 0)


def test_who_else_deletes(tenant: Tenant) -> None:
    """S-24, S-28: whose post it is, and moderators, take comments of others away."""
    author, writer, third = joined(tenant, 3)
    moderator = tenant.sign_up("moderator")
    post = write(author)
    one, other = comment(writer, post), comment(writer, post)
    assert third.delete(at(one)).status_code == 403
    assert author.delete(at(one)).status_code == 204
    assert moderator.delete(at(other)).status_code == 204
    assert count_of(author, post) == 0


def test_reposts_share_their_originals_comments(tenant: Tenant) -> None:
    """S-24, S-26: what is said below a repost is said to what it passes on."""
    author, sharer = joined(tenant, 2)
    post = write(author)
    passed_on = repost(sharer, post)
    said = comment(author, passed_on)
    assert said["post_id"] == post["id"]
    for each in (post, passed_on):
        assert [found["id"] for found in listed(sharer, below(each))] == [said["id"]]
    assert count_of(author, post) == 1


def test_all_at_once(tenant: Tenant, documents_of: Documents) -> None:
    """S-24, I23, I26: many at one thread, some deleting: no answer without what it answers to, each count right."""
    callers = joined(tenant, 4)
    post = write(tenant.owner)
    first = comment(tenant.owner, post)

    def talk(caller: Caller) -> None:
        for turn in range(4):
            said = comment(caller, post, str(turn), first)
            if turn % 2:
                assert caller.delete(at(said)).status_code == 204

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(talk, callers))
    rows = documents_of(tenant, COMMENTS)
    assert len(rows) == 9
    assert next(each["kids"] for each in rows if str(each["_id"]) == first["id"]) == 8
    assert count_of(tenant.owner, post) == 9
    with ThreadPoolExecutor(2) as threads:
        race = [
            threads.submit(tenant.owner.delete, at(first)),
            threads.submit(callers[0].post, below(post), json={"text": "x", "parent_id": first["id"]}),
        ]
        deleted, answered = (each.result().status_code for each in race)
    assert (deleted, answered in {201, 404}) == (204, True)
    rows = documents_of(tenant, COMMENTS)
    assert next(each["kids"] for each in rows if str(each["_id"]) == first["id"]) == len(rows) - 1
    assert count_of(tenant.owner, post) == len(rows) - 1


def test_said_once_with_one_key(tenant: Tenant, documents_of: Documents) -> None:
    """S-24, I24: the same request again, by its key, says nothing more."""
    post = write(tenant.owner)
    headers = {"Idempotency-Key": new_id().hex}
    answers = [tenant.owner.post(below(post), json={"text": "Once"}, headers=headers) for _ in range(3)]
    assert {(each.status_code, each.json()["id"]) for each in answers} == {(201, answers[0].json()["id"])}
    assert len(documents_of(tenant, COMMENTS)) == 1
    assert count_of(tenant.owner, post) == 1

"""Writing posts: what is kept and shown of them, and what is refused without a trace."""

from collections.abc import Callable
from typing import Any

import pytest

from fourfold.social.people.documents import PEOPLE
from fourfold.social.posts.documents import POST_VERSIONS, POSTS
from tests.builders.community import POSTS_HERE, handle_of, joined, set_person, tie, write
from tests.conftest import Tenant

Documents = Callable[..., list[dict[str, Any]]]
MEGABYTE = 1_000_000

# The same in every test process, as names of tests must be.
NOBODYS = "01890a5d-ac96-774b-bcce-b302099a8057"


def test_a_post_shows_what_it_is(tenant: Tenant) -> None:
    """S-20, S-64: the answer holds the text, clean HTML, whom and what it names, and counts that begin at nought."""
    author, other = joined(tenant, 2)
    handle = handle_of(other)
    answer = author.post(POSTS_HERE, json={"text": f" Hello *@{handle}*, #World! \r\n", "audience": "followers"})
    post = answer.json()
    assert answer.headers["Location"] == f"{POSTS_HERE}/{post['id']}"
    assert post["text"] == f"Hello *@{handle}*, #World!"
    assert f'data-person="{other.account_id}">@{handle}</span></em>' in post["html"]
    assert [each["id"] for each in post["mentions"]] == [other.account_id]
    assert (post["hashtags"], post["audience"], post["state"], post["kind"]) == (
        ["world"], "followers", "published", "post",
    )  # fmt: skip
    assert set(post["counts"].values()) == {0}
    assert (post["version"], post["edited_at"], post["original"]) == (1, None, None)


@pytest.mark.parametrize(
    "rest",
    [
        {}, {"audience": "me"}, {"draft": True}, {"text": "To @somebody #here"}, {"text": "See http://localhost:1/"},
        {"poll": {"choices": ["Tea", "Coffee"], "hide_results": True}},
        {"publish_at": "2027-05-01T12:00:00.123456+02:00", "time_zone": "Europe/Berlin"},
    ],
)  # fmt: skip
def test_the_answer_is_what_is_read_later(tenant: Tenant, rest: dict[str, Any]) -> None:
    """S-20: to the last millisecond, with the same entity tag, although a new post is not read again to be shown."""
    author = tenant.sign_up()
    answer = author.post(POSTS_HERE, json={"text": "Hello *you*", **rest})
    assert answer.status_code == 201, answer.text
    later = author.get(f"{POSTS_HERE}/{answer.json()['id']}")
    assert (answer.json(), answer.headers["ETag"]) == (later.json(), later.headers["ETag"])


@pytest.mark.parametrize(
    ("setting", "those"),
    [("everyone", "stranger follower friend"), ("followers", "follower friend"), ("friends", "friend"), ("nobody", "")],
)
def test_people_say_who_may_mention_them(tenant: Tenant, setting: str, those: str) -> None:
    """S-02, S-64: a mention that its person does not want stays plain words."""
    person, stranger, follower, friend = joined(tenant, 4)
    handle = handle_of(person)
    tie(tenant, follower, person, follow="yes")
    tie(tenant, friend, person, friend="friends")
    set_person(tenant, person, settings={"mention": setting})
    callers = {"stranger": stranger, "follower": follower, "friend": friend}
    assert [name for name, each in callers.items() if write(each, f"@{handle}")["mentions"]] == those.split()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, None),
        ({"text": ""}, 422, None),
        ({"text": " \u200b\u2060\n"}, 422, "social.unreadable_text"),
        ({"text": "a\u202eb"}, 422, "social.unreadable_text"),
        ({"text": "a\x1b[2Jb"}, 422, "social.unreadable_text"),
        ({"text": "a\x00b"}, 422, "bad_text"),
        ({"text": "a" * 10_001}, 422, None),
        ({"text": "a" * MEGABYTE}, 422, None),
        ({"text": " ".join(f"@person{number}" for number in range(10_000))}, 422, None),
        ({"text": " ".join(f"@person{number}" for number in range(51))}, 422, "social.too_many_named"),
        ({"text": " ".join(f"#tag{number}" for number in range(31))}, 422, "social.too_many_named"),
        ({"text": {"$gt": ""}}, 422, None),
        ({"text": "x", "audience": "everybody"}, 422, None),
        ({"text": "x", "audience": {"$ne": "me"}}, 422, None),
        ({"text": "x", "audience": "group"}, 422, None),
        ({"text": "x", "author": NOBODYS}, 422, None),
        ({"text": "x", "t": NOBODYS}, 422, None),
        ({"text": "x", "state": "published"}, 422, None),
        ({"text": "x", "media_ids": [NOBODYS] * 11}, 422, None),
        ({"text": "x", "media_ids": [{"$ne": 1}]}, 422, None),
        ({"text": "x", "quote_of": "x"}, 422, None),
        ({"text": "x", "quote_of": NOBODYS}, 404, "social.no_such_post"),
        ({"text": "x", "publish_at": "2020-01-01T00:00:00Z"}, 422, "social.bad_schedule"),
        ({"text": "x", "publish_at": "9999-12-31T23:59:59Z"}, 422, "social.bad_schedule"),
        ({"text": "x", "publish_at": 1900000000}, 422, None),
        ({"text": "x", "publish_at": "2031-01-31T12:00:00"}, 422, "social.bad_schedule"),
        ({"text": "x", "time_zone": "../../etc/passwd"}, 422, "social.bad_schedule"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_refused(
    tenant: Tenant, documents_of: Documents, body: dict[str, Any], status: int, code: str | None
) -> None:
    """S-20, T11: what cannot be taken is refused clearly, and nothing of it is stored."""
    answer = tenant.owner.post(POSTS_HERE, json=body)
    assert answer.status_code == status, answer.text
    assert code in {None, answer.json()["code"]}
    assert documents_of(tenant, POSTS) == []


@pytest.mark.parametrize(
    "text",
    [
        "\u05e9\u05dc\u05d5\u05dd\u200f!",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f469\u200d\U0001f680",
    ],
)
def test_every_language_may_be_written(tenant: Tenant, text: str) -> None:
    """S-20: marks and joiners that scripts and emoji need stay as they are."""
    assert write(tenant.owner, text)["text"] == text


@pytest.mark.parametrize("handle", ["ad\u200ba", "$ne", "%00", "..%2f..", "x" * 65, '{"$gt":""}', "\u202eada"])
def test_strange_handles_are_nobody(tenant: Tenant, handle: str) -> None:
    """S-01, T11: what is no handle names nobody, and breaks nothing."""
    assert tenant.owner.get(f"/v1/social/people/{handle}/posts").status_code in {400, 404, 422}


def test_deleting(tenant: Tenant, documents_of: Documents) -> None:
    """S-23, I19: a deleted post is gone at once, from every list, for everybody; deleting again finds nothing."""
    author, reader = joined(tenant, 2)
    post = write(author, "Oh #no")
    there = f"{POSTS_HERE}/{post['id']}"
    assert reader.put(f"{there}/bookmark", json={}).status_code == 204
    assert reader.delete(there).json()["code"] == "social.not_your_post"
    assert author.delete(there).status_code == 204
    for caller in (author, reader, tenant.owner, tenant.visitor):
        assert caller.get(there).status_code == 404
        listed = caller.get(f"/v1/social/people/{author.account_id}/posts").json()["items"]
        assert post["id"] not in [each["id"] for each in listed]
    assert reader.get("/v1/social/bookmarks").json()["items"] == []
    assert author.delete(there).status_code == 404
    assert author.patch(there, json={"text": "Back"}).status_code == 404
    assert author.post(f"{there}/publish").status_code == 404
    [kept] = [each for each in documents_of(tenant, POSTS) if str(each["_id"]) == post["id"]]
    assert (kept["state"], kept["words"], kept["hashtags"]) == ("deleted", [], [])
    assert documents_of(tenant, POST_VERSIONS) == []


def test_public_posts_are_counted_on_their_author(tenant: Tenant, documents_of: Documents) -> None:
    """S-01, I3, I23: what not everybody may know of is not counted, and counts follow every change."""
    author = tenant.owner
    public, private = write(author), write(author, audience="friends")
    counted = [_posts_of(tenant, documents_of)]
    author.patch(f"{POSTS_HERE}/{private['id']}", json={"audience": "public"})
    counted.append(_posts_of(tenant, documents_of))
    author.patch(f"{POSTS_HERE}/{public['id']}", json={"audience": "me"})
    counted.append(_posts_of(tenant, documents_of))
    for post in (public, private):
        author.delete(f"{POSTS_HERE}/{post['id']}")
    counted.append(_posts_of(tenant, documents_of))
    assert counted == [1, 2, 1, 0]


def _posts_of(tenant: Tenant, documents_of: Documents) -> int:
    [person] = documents_of(tenant, PEOPLE)
    return int(person["counts"]["posts"])

"""Editing posts: versions without a gap, differences, erased versions, and whom all that is for."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fourfold.social.posts.documents import POST_VERSIONS
from tests.builders.community import POSTS_HERE, joined, repost, write
from tests.conftest import Tenant

Documents = Callable[..., list[dict[str, Any]]]


def test_edits_keep_what_was_said(tenant: Tenant) -> None:
    """S-23: each edit leaves a version behind, with its difference; the newest comes first."""
    author, reader = joined(tenant, 2)
    there = f"{POSTS_HERE}/{write(author, 'One cat')['id']}"
    for text in ("Two cats", "Two dogs"):
        assert author.patch(there, json={"text": text}).status_code == 200
    page = reader.get(f"{there}/versions").json()
    assert [(each["version"], each["text"]) for each in page["items"]] == [
        (3, "Two dogs"), (2, "Two cats"), (1, "One cat"),
    ]  # fmt: skip
    assert page["items"][0]["changes"] == [
        {"kind": "same", "text": "Two "}, {"kind": "removed", "text": "cats"}, {"kind": "added", "text": "dogs"},
    ]  # fmt: skip
    assert page["items"][2]["changes"] is None
    first = reader.get(f"{there}/versions", params={"limit": 1}).json()
    second = reader.get(f"{there}/versions", params={"limit": 1, "cursor": first["next"]}).json()
    last = reader.get(f"{there}/versions", params={"limit": 1, "cursor": second["next"]}).json()
    assert [*first["items"], *second["items"], *last["items"]] == page["items"]
    assert last["next"] is None


def test_edits_name_their_version(tenant: Tenant) -> None:
    """S-23: an edit of a version that is no longer there is refused, and changes nothing."""
    post = write(tenant.owner)
    there = f"{POSTS_HERE}/{post['id']}"
    tag = tenant.owner.get(there).headers["ETag"]
    edited = tenant.owner.patch(there, json={"text": "Better"}, headers={"If-Match": tag})
    assert (edited.status_code, edited.json()["version"]) == (200, 2)
    late = tenant.owner.patch(there, json={"text": "Worse"}, headers={"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    again = tenant.owner.patch(there, json={"text": "Best"}, headers={"If-Match": edited.headers["ETag"]})
    assert (again.status_code, again.json()["text"]) == (200, "Best")
    same = tenant.owner.patch(there, json={"text": "Best"})
    assert same.json()["version"] == 3


def test_versions_have_no_gap(tenant: Tenant, documents_of: Documents) -> None:
    """S-23, I28: of edits of one version at the same time one wins, and the chain of versions stays whole."""
    there = f"{POSTS_HERE}/{write(tenant.owner)['id']}"

    def edit(text: str, tag: str) -> int:
        return tenant.owner.patch(there, json={"text": text}, headers={"If-Match": tag}).status_code

    with ThreadPoolExecutor(6) as threads:
        for turn in range(3):
            tag = tenant.owner.get(there).headers["ETag"]
            answers = sorted(threads.map(edit, [f"{turn} {number}" for number in range(6)], [tag] * 6))
            assert answers == [200] + [412] * 5
        unnamed = [threads.submit(edit, f"last {number}", "*") for number in range(6)]
        assert {each.result() for each in unnamed} <= {200, 409, 412, 503}
    version = tenant.owner.get(there).json()["version"]
    assert version >= 5
    assert sorted(each["version"] for each in documents_of(tenant, POST_VERSIONS)) == list(range(1, version))


def test_history_is_for_those_who_see_the_post(tenant: Tenant) -> None:
    """S-23, I7: who no longer sees a post reads none of its versions, not even those that were for everybody."""
    author, reader = joined(tenant, 2)
    there = f"{POSTS_HERE}/{write(author, 'For all')['id']}"
    author.patch(there, json={"text": "For me"})
    assert reader.get(f"{there}/versions").status_code == 200
    author.patch(there, json={"audience": "me"})
    assert reader.get(f"{there}/versions").status_code == 404
    assert len(author.get(f"{there}/versions").json()["items"]) >= 2


def test_widening_does_not_open_the_past(tenant: Tenant) -> None:
    """S-23, I7: what a post said while it was for friends stays theirs when it comes to be for everybody."""
    author, reader = joined(tenant, 2)
    there = f"{POSTS_HERE}/{write(author, 'My secret', audience='friends')['id']}"
    author.patch(there, json={"text": "Nothing"})
    author.patch(there, json={"audience": "public"})
    answer = reader.get(f"{there}/versions")
    assert "secret" not in answer.text
    assert [(each["version"], each["text"]) for each in answer.json()["items"]] == [
        (3, "Nothing"),
        (2, None),
        (1, None),
    ]
    assert [each["text"] for each in author.get(f"{there}/versions").json()["items"]] == [
        "Nothing", "Nothing", "My secret",
    ]  # fmt: skip


def test_erased_versions_cannot_be_read(tenant: Tenant, documents_of: Documents) -> None:
    """S-23, I7: what its author has erased is nowhere any more, nor in the difference to what came next."""
    author, reader = joined(tenant, 2)
    there = f"{POSTS_HERE}/{write(author, 'My secret')['id']}"
    author.patch(there, json={"text": "Nothing"})
    assert reader.delete(f"{there}/versions/1").status_code == 403
    assert author.delete(f"{there}/versions/1").status_code == 204
    assert author.delete(f"{there}/versions/2").status_code == 404
    assert author.delete(f"{there}/versions/7").json()["code"] == "social.no_such_version"
    answer = author.get(f"{there}/versions")
    assert "secret" not in answer.text
    assert [(each["redacted"], each["text"], each["changes"]) for each in answer.json()["items"]] == [
        (False, "Nothing", None), (True, None, None),
    ]  # fmt: skip
    assert "secret" not in str(documents_of(tenant, POST_VERSIONS))


def test_what_cannot_be_edited(tenant: Tenant) -> None:
    """S-23: others' posts, reposts, and the time of what is out already."""
    author, other = joined(tenant, 2)
    post = write(author)
    there = f"{POSTS_HERE}/{post['id']}"
    assert other.patch(there, json={"text": "Mine"}).json()["code"] == "social.not_your_post"
    passed_on = repost(other, post)
    assert other.patch(f"{POSTS_HERE}/{passed_on['id']}", json={"text": "Mine"}).json()["code"] == "social.not_editable"
    late = author.patch(there, json={"publish_at": "2027-01-31T12:00:00Z"})
    assert (late.status_code, late.json()["code"]) == (422, "social.bad_schedule")
    for body in ({"text": ""}, {"text": {"$set": 1}}, {"state": "deleted"}, {"audience": "group"}, {"version": 9}):
        assert author.patch(there, json=body).status_code == 422
    assert author.get(there).json()["version"] == 1

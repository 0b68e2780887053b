"""Lists page by page while others write and delete: whatever was there all the time comes once."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.builders.community import COMMENTS_HERE, POSTS_HERE, comment, joined, tie, write
from tests.conftest import Caller, Tenant

SOCIAL = "/v1/social"
LISTS: dict[str, tuple[str, dict[str, str]]] = {
    "posts of a person": ("/people/{author}/posts", {}),
    "hashtag": ("/hashtags/tide/posts", {}),
    "search, the latest": ("/search", {"q": "tide", "sort": "latest"}),
    "search, the best": ("/search", {"q": "tide"}),
    "feed": ("/feed", {}),
    "ranked feed": ("/feed", {"sort": "ranked"}),
    "bookmarks": ("/bookmarks", {}),
}
Item = dict[str, Any]


def paged(reader: Caller, path: str, params: dict[str, str], meanwhile: Callable[[list[str]], None]) -> list[str]:
    """The ids in a list, three at a time, with something that happens after each page."""
    found: list[str] = []
    following: dict[str, str] = {}
    while True:
        page = reader.get(f"{SOCIAL}{path}", params={"limit": "3", **params, **following}).json()
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            return found
        following = {"cursor": page["next"]}
        meanwhile(found)


@pytest.mark.parametrize("where", LISTS)
def test_posts_come_once(tenant: Tenant, where: str) -> None:
    """S-20, S-27, S-60, S-63, S-64, I18, I19: no hole and no repeat in any list of posts."""
    author, reader = joined(tenant, 2)
    tie(tenant, reader, author, follow="yes")
    there = [write(author, f"#tide {number}")["id"] for number in range(14)]
    path, params = LISTS[where]
    deleted: set[str] = set()
    for each in there:
        assert reader.put(f"{POSTS_HERE}/{each}/bookmark", json={}).status_code == 204

    def meanwhile(found: list[str]) -> None:
        fresh = write(author, "#tide comes in")["id"]
        assert reader.put(f"{POSTS_HERE}/{fresh}/bookmark", json={}).status_code == 204
        waiting = [each for each in there if each not in found and each not in deleted]
        # Of what was shown and of what is to come one each goes; what is made of others moves nothing, but the best.
        for gone in {found[0], *waiting[:1]} - deleted:
            deleted.add(gone)
            assert author.delete(f"{POSTS_HERE}/{gone}").status_code == 204
        for liked in waiting[1:2] if where != "search, the best" else []:
            assert author.put(f"{POSTS_HERE}/{liked}/reaction", json={"kind": "love"}).status_code == 200

    found = paged(reader, path.format(author=author.account_id), params, meanwhile)
    assert len(found) == len(set(found))
    assert set(there) - deleted <= set(found)


@pytest.mark.parametrize("sort", ["old", "new"])
def test_comments_come_once(tenant: Tenant, sort: str) -> None:
    """S-24, I18: no hole and no repeat in comments and in answers."""
    author, reader = joined(tenant, 2)
    post = write(author)
    top = comment(author, post)
    for path, parent in ((f"/posts/{post['id']}/comments", None), (f"/comments/{top['id']}/replies", top)):
        there = [comment(author, post, f"Wave {number}", parent)["id"] for number in range(11)]
        deleted: set[str] = set()

        def meanwhile(
            found: list[str], there: list[str] = there, deleted: set[str] = deleted, parent: Item | None = parent
        ) -> None:
            comment(author, post, "Another wave", parent)
            for gone in [each for each in there if each not in found and each not in deleted][:1]:
                deleted.add(gone)
                assert author.delete(f"{COMMENTS_HERE}/{gone}").status_code == 204

        found = paged(reader, path, {"sort": sort}, meanwhile)
        assert len(found) == len(set(found))
        assert set(there) - deleted <= set(found)

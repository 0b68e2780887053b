"""Bookmarks: kept for oneself, in collections that may be shared, and never wider than the posts in them."""

from uuid import uuid4

from tests.builders.community import POSTS_HERE, joined, tie, write
from tests.conftest import Caller, Tenant

COLLECTIONS = "/v1/social/bookmark-collections"


def ids_at(caller: Caller, there: str) -> list[str]:
    answer = caller.get(there)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


def make(caller: Caller, name: str = "Recipes", *, shared: bool = False) -> str:
    answer = caller.post(COLLECTIONS, json={"name": name, "shared": shared})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_bookmarks(tenant: Tenant) -> None:
    """S-27: a bookmark is its owner's alone; keeping twice is keeping once."""
    author, reader = joined(tenant, 2)
    posts = [write(author, str(number)) for number in range(3)]
    for post in [*posts, posts[0]]:
        assert reader.put(f"{POSTS_HERE}/{post['id']}/bookmark", json={}).status_code == 204
    assert ids_at(reader, "/v1/social/bookmarks") == [post["id"] for post in reversed(posts)]
    assert ids_at(author, "/v1/social/bookmarks") == []
    assert reader.get(f"{POSTS_HERE}/{posts[0]['id']}").json()["bookmarked"]
    assert not author.get(f"{POSTS_HERE}/{posts[0]['id']}").json()["bookmarked"]
    for _ in range(2):
        assert reader.delete(f"{POSTS_HERE}/{posts[0]['id']}/bookmark").status_code == 204
    assert ids_at(reader, "/v1/social/bookmarks") == [posts[2]["id"], posts[1]["id"]]


def test_collections(tenant: Tenant) -> None:
    """S-27: bookmarks are sorted into collections, which may go without them."""
    author, reader = joined(tenant, 2)
    post, other = write(author), write(author)
    collection = make(reader)
    assert reader.post(COLLECTIONS, json={"name": "Recipes"}).json()["code"] == "social.collection_named"
    there = f"{POSTS_HERE}/{post['id']}/bookmark"
    assert reader.put(there, json={"collection_id": collection}).status_code == 204
    assert reader.put(f"{POSTS_HERE}/{other['id']}/bookmark", json={}).status_code == 204
    assert ids_at(reader, f"/v1/social/bookmarks?collection_id={collection}") == [post["id"]]
    assert ids_at(reader, COLLECTIONS) == [collection]
    changed = reader.put(f"{COLLECTIONS}/{collection}", json={"name": "Dishes", "shared": True})
    assert (changed.json()["name"], changed.json()["shared"]) == ("Dishes", True)
    assert reader.delete(f"{COLLECTIONS}/{collection}").status_code == 204
    assert reader.delete(f"{COLLECTIONS}/{collection}").status_code == 404
    assert ids_at(reader, "/v1/social/bookmarks") == [other["id"], post["id"]]


def test_shared_collections_never_widen(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-27, I3: whoever looks into a shared collection sees of it what they may see anyway."""
    author, friend, reader = joined(tenant, 3)
    tie(tenant, friend, author, friend="friends")
    private, public = write(author, audience="friends"), write(author)
    collection = make(friend, shared=True)
    for post in (private, public):
        friend.put(f"{POSTS_HERE}/{post['id']}/bookmark", json={"collection_id": collection})
    there = f"{COLLECTIONS}/{collection}/posts"
    assert ids_at(friend, there) == [public["id"], private["id"]]
    assert ids_at(reader, there) == [public["id"]]
    assert other_tenant.owner.get(there).status_code == 404
    tie(tenant, friend, reader, block=True)
    assert reader.get(there).json()["code"] == "social.no_such_collection"


def test_collections_of_others(tenant: Tenant) -> None:
    """S-27: a private collection is not there for others, and nobody puts anything into somebody else's."""
    owner, other = joined(tenant, 2)
    collection, shared = make(owner), make(owner, "Shared", shared=True)
    post = write(owner)
    answers = [
        other.get(f"{COLLECTIONS}/{collection}/posts"),
        other.get(f"{COLLECTIONS}/{uuid4()}/posts"),
        other.put(f"{COLLECTIONS}/{shared}", json={"name": "Mine"}),
        other.delete(f"{COLLECTIONS}/{shared}"),
        other.put(f"{POSTS_HERE}/{post['id']}/bookmark", json={"collection_id": shared}),
        other.get("/v1/social/bookmarks", params={"collection_id": shared}),
    ]
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, "social.no_such_collection")}
    assert tenant.visitor.get(f"{COLLECTIONS}/{shared}/posts").status_code == 401

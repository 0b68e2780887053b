"""Search over HTTP: posts, people, hashtags and mentions, and never more than the searcher may see."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.builders.community import POSTS_HERE, handle_of, joined, repost, set_person, tie, write
from tests.conftest import Caller, Tenant

SEARCH = "/v1/social/search"
HASHTAGS = "/v1/social/hashtags"


def found(caller: Caller, q: str, **params: Any) -> list[str]:
    """The ids that a search answers with, in their order."""
    answer = caller.get(SEARCH, params={"q": q, **params})
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


def tags(caller: Caller, q: str) -> dict[str, int]:
    """The hashtags that a search answers with, and how many posts each has."""
    answer = caller.get(SEARCH, params={"q": q, "type": "hashtags"})
    assert answer.status_code == 200, answer.text
    return {each["tag"]: each["posts"] for each in answer.json()["items"]}


def tagged(caller: Caller, tag: str) -> list[str]:
    answer = caller.get(f"{HASHTAGS}/{tag}/posts")
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


def mentionable(caller: Caller, q: str) -> list[str]:
    answer = caller.get("/v1/social/mentions", params={"q": q})
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


@pytest.fixture
def cast(tenant: Tenant) -> dict[str, Caller]:
    """An author, and everybody whom a post may be for."""
    author, follower, friend, stranger = joined(tenant, 4)
    tie(tenant, follower, author, follow="yes")
    tie(tenant, friend, author, friend="friends")
    return {"author": author, "friend": friend, "follower": follower, "stranger": stranger, "owner": tenant.owner}


@pytest.mark.parametrize(
    ("audience", "those"),
    [
        ("public", "author friend follower stranger owner"),
        ("followers", "author friend follower"),
        ("friends", "author friend"),
        ("me", "author"),
    ],
)
def test_only_what_they_may_see(cast: dict[str, Caller], audience: str, those: str) -> None:
    """S-63, I3: hits, counts of hashtags and lists of a hashtag have what the searcher may see, and nothing else."""
    post = write(cast["author"], "Quince jelly #quince", audience=audience)
    ways: list[Callable[[Caller], bool]] = [
        lambda caller: found(caller, "jelly") == [post["id"]],
        lambda caller: found(caller, "jelly", sort="latest") == [post["id"]],
        lambda caller: tags(caller, "qui") == {"quince": 1},
        lambda caller: tagged(caller, "quince") == [post["id"]],
    ]
    for way in ways:
        assert [name for name, caller in cast.items() if way(caller)] == those.split()
    outside = [caller for name, caller in cast.items() if name not in those.split()]
    for caller in outside:
        assert (found(caller, "jelly"), tags(caller, "qui"), tagged(caller, "quince")) == ([], {}, [])


def test_blocks_hold_in_search(tenant: Tenant, cast: dict[str, Caller]) -> None:
    """S-63, S-07, I1, I2: neither finds the other, what they say, what they quote, or where they are mentioned."""
    author, other, third = cast["author"], cast["stranger"], cast["follower"]
    handle = handle_of(author)
    for each, name in ((author, "Medea"), (other, "Jason")):
        assert each.patch("/v1/social/me", json={"name": name}).status_code == 200
    post = write(author, "Medlar wine #medlar")
    write(third, "Medlar again #medlar", quote_of=post["id"])
    write(third, f"Medlar for @{handle} #medlar")
    assert len(found(other, "medlar")) == 3
    assert mentionable(other, "medea") == found(other, "medea", type="people") == [author.account_id]
    tie(tenant, author, other, block=True)
    assert found(other, "medlar") == []
    assert tags(other, "medlar") == {}
    assert tagged(other, "medlar") == []
    assert mentionable(other, "medea") == found(other, "medea", type="people") == []
    assert mentionable(author, "jason") == found(author, "jason", type="people") == []
    assert len(found(author, "medlar")) == 3


def test_words(cast: dict[str, Caller]) -> None:
    """S-63: all words, in any case and form; not deleted posts, nor drafts, nor reposts; edits are found anew."""
    author, other = cast["author"], cast["stranger"]
    one = write(author, "Die Äpfel und die BIRNEN")
    two = write(author, "Birnen allein")
    write(author, "Birnen im Entwurf", draft=True)
    repost(other, one)
    assert set(found(other, "birnen")) == {one["id"], two["id"]}
    assert found(other, "Birnen ÄPFEL") == [one["id"]]
    assert found(other, "birnen kirschen") == []
    assert found(other, "?! .") == []
    assert found(author, "entwurf") == []
    assert author.patch(f"{POSTS_HERE}/{two['id']}", json={"text": "Kirschen"}).status_code == 200
    assert author.delete(f"{POSTS_HERE}/{one['id']}").status_code == 204
    assert found(other, "birnen") == []
    assert found(other, "kirschen") == [two["id"]]


def test_ranking(cast: dict[str, Caller]) -> None:
    """S-63: what is about a word, says words together, or moves many comes first; `latest` is by time."""
    author, *others = cast.values()
    moved = write(author, "the grand old orchard")
    together = write(author, "a grand orchard")
    about = write(author, "grand it is #orchard")
    plain = write(author, "orchard, grand")
    for each in others:
        assert each.put(f"{POSTS_HERE}/{moved['id']}/reaction", json={"kind": "love"}).status_code == 200
    ranked = found(author, "grand orchard")
    assert ranked[-1] == plain["id"]
    assert ranked[0] == together["id"]
    assert set(ranked) == {each["id"] for each in (moved, together, about, plain)}
    latest = found(author, "grand orchard", sort="latest")
    assert latest == [each["id"] for each in (plain, about, together, moved)]


@pytest.mark.parametrize("sort", ["relevance", "latest"])
def test_pages(tenant: Tenant, cast: dict[str, Caller], sort: str) -> None:
    """S-63, I18: to the end each post once, with others' private ones in between."""
    author, other = cast["author"], cast["stranger"]
    posts = {write(author, f"Plum {number}")["id"] for number in range(7)}
    for number in range(3):
        write(author, f"Plum {number}", audience="me")
        write(cast["owner"], f"Plum {number}", audience="friends")
    seen: list[str] = []
    params: dict[str, Any] = {"q": "plum", "limit": 3, "sort": sort}
    while True:
        page = other.get(SEARCH, params=params).json()
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert len(seen) == 7
    assert set(seen) == posts
    assert other.get(SEARCH, params={**params, "q": "pear", "cursor": params["cursor"]}).status_code == 400


def test_filters(cast: dict[str, Caller]) -> None:
    """S-63: by author and time; an author who is not there is as one who never was."""
    author, other = cast["author"], cast["stranger"]
    mine, theirs = write(author, "Sloe gin"), write(other, "Sloe gin")
    assert found(other, "sloe", author=author.account_id) == [mine["id"]]
    assert found(author, "sloe", author=handle_of(other)) == [theirs["id"]]
    assert found(other, "sloe", since="2031-01-01T00:00:00Z") == []
    assert len(found(other, "sloe", since="0001-01-02T00:00:00+14:00", until="9999-12-30T23:59:59-14:00")) == 2
    assert other.get(SEARCH, params={"q": "sloe", "since": "0001-01-01T00:00:00+14:00"}).status_code == 422
    assert found(other, "sloe", until="1999-01-01T00:00:00Z") == []
    missing = other.get(SEARCH, params={"q": "sloe", "author": "nobody_at_all"})
    assert (missing.status_code, missing.json()["code"]) == (404, "social.no_such_person")


def test_people(tenant: Tenant, cast: dict[str, Caller]) -> None:
    """S-63, S-03: people are found as the people room finds them."""
    handle = handle_of(cast["author"])
    assert cast["author"].account_id in found(cast["stranger"], handle, type="people")
    set_person(tenant, cast["author"], state="suspended")
    assert cast["author"].account_id not in found(cast["stranger"], handle, type="people")


def test_hashtags(cast: dict[str, Caller]) -> None:
    """S-63, S-64: by how they begin, with or without sign, those with the most posts first."""
    author, other = cast["author"], cast["stranger"]
    for text in ("#Summer one", "#summer two", "#summit", "#winter", "#Sommer"):
        write(author, text)
    assert list(tags(other, "#SUM").items()) == [("summer", 2), ("summit", 1)]
    assert tags(other, "su mm") == {}
    assert len(tagged(other, "SUMMER")) == 2
    assert tagged(other, "nothing") == []


def test_mentions_are_completed(tenant: Tenant, cast: dict[str, Caller]) -> None:
    """S-64: friends and followed ones first, only those who let the caller mention them, and find them."""
    one, two, three = joined(tenant, 3)
    for each, name in ((one, "Xenia One"), (two, "Xenia Two"), (three, "Xenia Three")):
        assert each.patch("/v1/social/me", json={"name": name}).status_code == 200
    me = cast["stranger"]
    assert set(mentionable(me, "xen")) == {one.account_id, two.account_id, three.account_id}
    tie(tenant, me, three, follow="yes")
    assert mentionable(me, "@xen")[0] == three.account_id
    assert two.patch("/v1/social/me", json={"settings": {"mention": "friends"}}).status_code == 200
    assert one.patch("/v1/social/me", json={"settings": {"find": "nobody"}}).status_code == 200
    assert mentionable(me, "xenia") == [three.account_id]
    assert mentionable(three, "xenia t") == []
    tie(tenant, three, two, friend="friends")
    assert mentionable(three, "xenia t") == [two.account_id]
    assert mentionable(me, "!!") == []


def test_followed_hashtags(tenant: Tenant) -> None:
    """S-64: each once, in one writing, for oneself alone; what cannot be a hashtag is none."""
    one, other = joined(tenant, 2)
    for tag in ("Quitte", "quitte", "apfel"):
        assert one.put(f"{HASHTAGS}/{tag}/follow").status_code == 204
    assert [each["tag"] for each in one.get(HASHTAGS).json()["items"]] == ["apfel", "quitte"]
    assert other.get(HASHTAGS).json()["items"] == []
    for _ in range(2):
        assert one.delete(f"{HASHTAGS}/apfel/follow").status_code == 204
    assert [each["tag"] for each in one.get(HASHTAGS).json()["items"]] == ["quitte"]
    for bad in ("12", "a-b", "a b"):
        answer = one.put(f"{HASHTAGS}/{bad}/follow")
        assert (answer.status_code, answer.json()["code"]) == (404, "social.no_such_hashtag")
    assert one.put(f"{HASHTAGS}/{'x' * 65}/follow").status_code == 422


def test_bad_searches(tenant: Tenant) -> None:
    """S-63: something to look for, known types and orders; nobody without an account."""
    params: list[dict[str, Any]] = [
        {}, {"q": ""}, {"q": "x" * 201}, {"q": "x", "type": "files"}, {"q": "x", "sort": "worst"},
        {"q": "x", "limit": 0},
        {"q": "x", "since": "yesterday"}, {"q": "x", "since": "2026-01-01T00:00:00"}, {"q": "x", "author": ""},
    ]  # fmt: skip
    for each in params:
        assert tenant.owner.get(SEARCH, params=each).status_code == 422, each
    assert tenant.visitor.get(SEARCH, params={"q": "x"}).status_code == 401
    assert tenant.visitor.get("/v1/social/mentions", params={"q": "x"}).status_code == 401
    assert tenant.visitor.get(HASHTAGS).status_code == 401


def test_visitors_and_other_tenants(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-63, S-64, I8: visitors see public posts with a hashtag; other tenants find nothing."""
    public = write(tenant.owner, "#sorb for all")
    write(tenant.owner, "#sorb for few", audience="friends")
    assert tagged(tenant.visitor, "sorb") == [public["id"]]
    assert tagged(other_tenant.owner, "sorb") == []
    assert found(other_tenant.owner, "sorb") == []
    assert tags(other_tenant.owner, "sorb") == {}

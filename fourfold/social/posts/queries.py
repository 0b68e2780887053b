"""Reads of posts; what may be shown of them, the visibility room decides."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import Filter, either, exists, gt, gte, lt, lte, ne, neither, one_of
from fourfold.ground.spans import Lately, newest
from fourfold.ground.touched import things
from fourfold.ground.work import View
from fourfold.social.posts.documents import POST_VERSIONS, POSTS
from fourfold.social.visibility.rules import PostFacts

MOST_AT_ONCE, VERSIONS_AT_ONCE = 10_000, 500
# How far is looked back at first, for what many write and for what one does.
OF_MANY, OF_ONE = timedelta(minutes=10), timedelta(days=30)
Placed = list[tuple[list[Any], UUID]]


async def posts_by_id(view: DocumentView, ids: Collection[UUID]) -> list[dict[str, Any]]:
    """These posts, in any order; ids of nothing are left out."""
    return await view.documents(POSTS).find({"_id": one_of(sorted(ids))}, limit=MOST_AT_ONCE)


def things_of_posts(ids: Iterable[UUID]) -> set[str]:
    """What is touched (`ground.touched`) with a change of these posts."""
    return things(POSTS, ids)


async def post_with_id(view: DocumentView, post_id: UUID) -> dict[str, Any] | None:
    """One post as it is kept, for acts of its author."""
    return await view.documents(POSTS).find_one({"_id": post_id})


async def shares_by(view: DocumentView, posts: Iterable[UUID], people: Iterable[UUID]) -> Counter[UUID]:
    """How often each of these posts was reposted or quoted by these people."""
    filter_ = {"of": one_of(sorted(posts)), "author": one_of(sorted(people)), "state": "published"}
    rows = await view.documents(POSTS).find(filter_, fields=["of"], limit=MOST_AT_ONCE)
    return Counter(row["of"] for row in rows)


async def published_by(view: DocumentView, author: UUID, position: list[Any] | None, limit: int) -> Placed:
    """What a person has published, the newest first, behind a position: its moment and its id."""
    filter_: dict[Any, Any] = {"author": author, "state": "published"}
    if position is not None:
        at, post_id = datetime.fromisoformat(position[0]), UUID(position[1])
        filter_ |= either({"published_at": lt(at)}, {"published_at": at, "_id": lt(post_id)})
    rows = await view.documents(POSTS).find(
        filter_, fields=["published_at"], sort=["-published_at", "-_id"], limit=limit
    )
    return [([row["published_at"].isoformat(), str(row["_id"])], row["_id"]) for row in rows]


async def unpublished_by(
    view: DocumentView, author: UUID, state: str, position: list[Any] | None, limit: int
) -> Placed:
    """A person's drafts or scheduled posts, the newest first."""
    older = {} if position is None else {"_id": lt(UUID(position[0]))}
    rows = await view.documents(POSTS).find(
        {"author": author, "state": state, **older}, fields=["author"], sort=["-_id"], limit=limit
    )
    return [([str(row["_id"])], row["_id"]) for row in rows]


async def versions_of(view: DocumentView, post_id: UUID, below: int | None, limit: int) -> list[dict[str, Any]]:
    """What a post said before, the newest first."""
    older = {} if below is None else {"version": lt(below)}
    return await view.documents(POST_VERSIONS).find({"post": post_id, **older}, sort=["-version"], limit=limit)


async def posts_after(view: DocumentView, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """The next posts by their ids, with what is counted of them; not those that are gone or not out yet."""
    newer = {} if after is None else {"_id": gt(after)}
    wanted = {"state": one_of(["published", "held"]), **newer}
    return await view.documents(POSTS).find(wanted, fields=["counts"], sort=["_id"], limit=limit)


async def posts_with_polls(view: DocumentView, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    """The next posts with a poll by their ids, with what is counted of it."""
    newer = {} if after is None else {"_id": gt(after)}
    return await view.documents(POSTS).find({"poll.id": exists(), **newer}, fields=["poll"], sort=["_id"], limit=limit)


async def is_linked(view: DocumentView, link: str) -> bool:
    """Whether any post that is not deleted leads to an address."""
    return await view.documents(POSTS).exists({"link": link, "state": ne("deleted")})


def outdated_posts(before: datetime) -> Filter:
    """The posts that were published before a moment; reposts go with what they pass on, which is older."""
    return {
        "state": one_of(["published", "held"]), "kind": one_of(["post", "quote"]), "published_at": lt(before),
    }  # fmt: skip


async def post_that_is(view: DocumentView, post_id: UUID, states: Collection[str]) -> dict[str, Any] | None:
    """One post as it is kept, if it is in one of these states."""
    return await view.documents(POSTS).find_one({"_id": post_id, "state": one_of(sorted(states))})


async def outdated_versions(view: DocumentView, before: UUID) -> dict[UUID, list[UUID]]:
    """Some of the former versions with ids below one, by their posts."""
    rows = await view.documents(POST_VERSIONS).find({"_id": lt(before)}, fields=["post"], limit=VERSIONS_AT_ONCE)
    found: dict[UUID, list[UUID]] = {}
    for row in rows:
        found.setdefault(row["post"], []).append(row["_id"])
    return found


async def posts_told(view: View, author: UUID) -> list[dict[str, Any]]:
    """All that a person has written, the oldest first, for themselves."""
    fields = ["text", "audience", "state", "kind", "of", "created_at", "published_at", "edited_at", "poll.choices.text"]
    found = view.documents(POSTS).each({"author": author, "state": ne("deleted")}, fields=fields, sort=["_id"])
    return [{"id": str(row.pop("_id")), **row} async for row in found]


def facts_of(row: dict[str, Any]) -> PostFacts:
    """A document as what is decided by."""
    return PostFacts(
        id=row["_id"],
        author=row["author"],
        audience=row["audience"],
        state=row["state"],
        kind=row["kind"],
        group=row.get("group"),
        of=row.get("of"),
        chain=tuple(row.get("chain") or ()),
        above=tuple(row.get("above") or ()),
        mentions=tuple(row.get("mentions") or ()),
    )


async def latest_by(
    view: DocumentView, authors: Collection[UUID], behind: tuple[datetime, UUID] | None, limit: int
) -> list[dict[str, Any]]:
    """What these people have published, the newest first, behind a moment and an id: author and moment of each."""
    named = sorted(authors)
    author = named[0] if len(named) == 1 else one_of(named)
    return await _latest(view, {"author": author, "state": one_of(["published", "held"])}, behind, limit)


def lists_with(authors: Iterable[UUID], tags: Iterable[str]) -> set[str]:
    """What is touched when something comes out by one of these authors, or with one of these hashtags."""
    return {f"{POSTS.name}/by:{each}" for each in authors} | {f"{POSTS.name}/tag:{each}" for each in tags}


async def latest_tagged(
    view: DocumentView, tags: Collection[str], behind: tuple[datetime, UUID] | None, limit: int
) -> list[dict[str, Any]]:
    """The same of what was published for everybody with one of these hashtags."""
    wanted = {"hashtags": one_of(sorted(tags)), "audience": "public", "state": "published"}
    return await _latest(view, wanted, behind, limit)


async def _latest(
    view: DocumentView, wanted: Filter, behind: tuple[datetime, UUID] | None, limit: int
) -> list[dict[str, Any]]:
    fields = ["author", "published_at"]
    if isinstance(wanted.get("author"), UUID):
        lately = Lately("published_at", view.now, OF_ONE, behind)
        rows = await newest(view.documents(POSTS), wanted, lately, fields, limit)
        return [row for row in rows if row["published_at"] is not None]
    place: dict[Any, Any] = {}
    if behind is not None:
        # An index is read from the moment on; `either` would have everything sorted anew.
        place = {"published_at": lte(behind[0]), **neither({"published_at": behind[0], "_id": gte(behind[1])})}
    rows = await view.documents(POSTS).find(
        {**wanted, **place}, fields=fields, sort=["-published_at", "-_id"], limit=limit
    )
    # What is held back before it was ever out comes last in this order.
    return [row for row in rows if row["published_at"] is not None]


async def public_since(view: DocumentView, since: datetime, limit: int) -> list[dict[str, Any]]:
    """What was published for everybody since a moment, the newest first, as far as trends are made of it."""
    filter_ = {"audience": "public", "state": "published", "kind": ne("repost"), "published_at": gt(since)}
    fields = ["author", "published_at", "hashtags", "counts"]
    return await view.documents(POSTS).find(filter_, fields=fields, sort=["-published_at"], limit=limit)


async def published_with(
    view: DocumentView, wanted: Mapping[Any, Any], behind: tuple[datetime, UUID] | None, limit: int, skip: int = 0
) -> list[dict[str, Any]]:
    """Published posts that fit, the newest first, behind a moment and an id, with what they are ranked by."""
    filter_: dict[Any, Any] = {**wanted, "state": "published", "kind": ne("repost")}
    fields = ["published_at", "hashtags", "counts", "words"]
    lately = Lately("published_at", view.now, OF_MANY, behind)
    return (await newest(view.documents(POSTS), filter_, lately, fields, skip + limit))[skip:]

"""Reads of posts; what may be shown of them, the visibility room decides."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import either, lt, one_of
from fourfold.social.posts.documents import POST_VERSIONS, POSTS
from fourfold.social.visibility.rules import PostFacts

MOST_AT_ONCE = 10_000
Placed = list[tuple[list[Any], UUID]]


async def posts_by_id(view: DocumentView, ids: Collection[UUID]) -> list[dict[str, Any]]:
    """These posts, in any order; ids of nothing are left out."""
    return await view.documents(POSTS).find({"_id": one_of(sorted(ids))}, limit=MOST_AT_ONCE)


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

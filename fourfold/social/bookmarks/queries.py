"""Reads of bookmarks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import either, lt, one_of
from fourfold.ground.touched import things
from fourfold.ground.work import View
from fourfold.social.bookmarks.documents import BOOKMARK_COLLECTIONS, BOOKMARKS

MOST_AT_ONCE = 10_000
MOST_COLLECTIONS = 100


async def bookmarked_among(view: DocumentView, by: UUID, posts: Iterable[UUID]) -> frozenset[UUID]:
    """Which of these posts a person has bookmarked."""
    rows = await view.documents(BOOKMARKS).find(
        {"by": by, "post": one_of(sorted(posts))}, fields=["post"], limit=MOST_AT_ONCE
    )
    return frozenset(row["post"] for row in rows)


def things_of_bookmarks(people: Iterable[UUID]) -> set[str]:
    """What is touched (`ground.touched`) with a change of what these people have bookmarked."""
    return things(BOOKMARKS, people)


async def bookmarks_of(
    view: DocumentView, by: UUID, collection_id: UUID | None, position: list[Any] | None, limit: int
) -> list[tuple[list[Any], UUID]]:
    """The posts that a person has bookmarked, in one collection or in all, the latest first."""
    filter_: dict[Any, Any] = {"by": by} if collection_id is None else {"by": by, "collection": collection_id}
    if position is not None:
        at, bookmark_id = datetime.fromisoformat(position[0]), UUID(position[1])
        filter_ |= either({"at": lt(at)}, {"at": at, "_id": lt(bookmark_id)})
    rows = await view.documents(BOOKMARKS).find(filter_, fields=["post", "at"], sort=["-at", "-_id"], limit=limit)
    return [([row["at"].isoformat(), str(row["_id"])], row["post"]) for row in rows]


async def collections_of(view: DocumentView, by: UUID) -> list[dict[str, Any]]:
    """A person's collections, by name."""
    return await view.documents(BOOKMARK_COLLECTIONS).find({"by": by}, sort=["name"], limit=MOST_COLLECTIONS)


async def collection_with_id(view: DocumentView, collection_id: UUID) -> dict[str, Any] | None:
    """One collection, whoever's it is."""
    return await view.documents(BOOKMARK_COLLECTIONS).find_one({"_id": collection_id})


async def bookmarks_told(view: View, by: UUID) -> list[dict[str, Any]]:
    """All that a person has bookmarked, for themselves."""
    names = {row["_id"]: row["name"] async for row in view.documents(BOOKMARK_COLLECTIONS).each({"by": by})}
    found = view.documents(BOOKMARKS).each({"by": by}, sort=["at", "_id"])
    return [
        {"post_id": str(row["post"]), "at": row["at"], "collection": names.get(row.get("collection"))}
        async for row in found
    ]

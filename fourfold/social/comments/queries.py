"""Reads of comments; what may be shown of them, the visibility room decides."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import either, gt, lt, lte, ne, not_one_of, one_of
from fourfold.ground.touched import things
from fourfold.ground.work import View
from fourfold.social.comments.documents import COMMENTS

Document: TypeAlias = dict[str, Any]
CommentSort: TypeAlias = Literal["top", "new", "old"]
ORDERS: Mapping[CommentSort, Sequence[str]] = {"top": ("-score", "_id"), "new": ("-_id",), "old": ("_id",)}
MOST_AT_ONCE = 10_000
# Places of deleted comments below each other that are looked through before one is taken for empty.
MOST_PLACES = 10


async def comments_by_id(view: DocumentView, ids: Iterable[UUID]) -> list[Document]:
    """These comments, in any order; ids of nothing are left out."""
    return await view.documents(COMMENTS).find({"_id": one_of(sorted(set(ids)))}, limit=MOST_AT_ONCE)


async def comment_with_id(view: DocumentView, comment_id: UUID) -> Document | None:
    """One comment as it is kept, for acts of its author."""
    return await view.documents(COMMENTS).find_one({"_id": comment_id})


async def answers_to(
    view: DocumentView, post: UUID, parent: UUID | None, sort: CommentSort, position: list[Any] | None,
    limit: int, *, cut: Collection[UUID],
) -> list[Document]:  # fmt: skip
    """The next comments behind a position that answer to a post, or to a comment below it; not what `cut` is in."""
    wanted = {"post": post, "parent": parent, **_behind(sort, position), **_without(cut)}
    return await view.documents(COMMENTS).find(wanted, sort=ORDERS[sort], limit=limit)


def place_of(comment: Mapping[str, Any], sort: CommentSort) -> list[Any]:
    """Where a comment stands in a list, as JSON values."""
    return [comment["score"], str(comment["_id"])] if sort == "top" else [str(comment["_id"])]


def _behind(sort: CommentSort, position: list[Any] | None) -> dict[Any, Any]:
    if position is None:
        return {}
    comment_id = UUID(position[-1])
    if sort == "top":
        return either({"score": lt(position[0])}, {"score": position[0], "_id": gt(comment_id)})
    return {"_id": lt(comment_id) if sort == "new" else gt(comment_id)}


def _without(people: Collection[UUID]) -> dict[Any, Any]:
    if not people:
        return {}
    others = not_one_of(sorted(people))
    return {"author": others, "above": others, "mentions": others}


async def first_answers(
    view: DocumentView, posts: Collection[UUID], parents: Collection[UUID], number: int, cut: Collection[UUID]
) -> list[Document]:
    """The first answers to each of these comments below posts, the oldest first: one read for all of them."""
    wanted = {"post": one_of(sorted(posts)), "parent": one_of(sorted(parents)), **_without(cut)}
    found = await _first_of_each(view, wanted, "$parent", {"_id": 1}, number, len(parents))
    return sorted(found, key=lambda row: row["_id"])


async def first_comments_on(
    view: DocumentView, posts: Collection[UUID], number: int, cut: Collection[UUID]
) -> list[Document]:
    """The top comments of each of these posts: one read for all of them."""
    wanted = {"post": one_of(sorted(posts)), "parent": None, **_without(cut)}
    found = await _first_of_each(view, wanted, "$post", {"score": -1, "_id": 1}, number, len(posts))
    return sorted(found, key=lambda row: (-row["score"], row["_id"]))


async def _first_of_each(
    view: DocumentView, wanted: Mapping[Any, Any], group: str, order: Mapping[str, int], number: int, groups: int
) -> list[Document]:
    numbered = {"partitionBy": group, "sortBy": order, "output": {"place": {"$documentNumber": {}}}}
    stages: list[Mapping[str, Any]] = [
        {"$match": wanted},
        {"$setWindowFields": numbered},
        {"$match": {"place": lte(number)}},
    ]
    return await view.documents(COMMENTS).aggregate(stages, limit=min(number * groups, MOST_AT_ONCE))


async def unseen_answers(
    view: DocumentView, comments: Sequence[Mapping[str, Any]], cut: Collection[UUID], rounds: int = MOST_PLACES
) -> Counter[UUID]:
    """How many of the answers to each of these comments are not there for somebody who is cut off from these people.

    These are the ones that they wrote or are named in, and places of deleted ones below which nothing else is left.
    """
    named = one_of(sorted(cut))
    wanted = {
        "post": one_of(sorted({each["post"] for each in comments})),
        "parent": one_of(sorted(each["_id"] for each in comments)),
        "state": one_of(["published", "deleted"]),
        **either({"author": named}, {"above": named}, {"mentions": named}, {"state": "deleted"}),
    }
    fields = ["post", "parent", "author", "above", "mentions", "kids"]
    rows = await view.documents(COMMENTS).find(wanted, fields=fields, limit=MOST_AT_ONCE)
    unseen = Counter(row["parent"] for row in rows if _involves(row, cut))
    places = [row for row in rows if not _involves(row, cut)]
    if places and rounds:
        below = await unseen_answers(view, places, cut, rounds - 1)
        places = [row for row in places if row["kids"] <= below[row["_id"]]]
    unseen.update(row["parent"] for row in places)
    return unseen


def _involves(comment: Mapping[str, Any], people: Collection[UUID]) -> bool:
    return any(each in people for each in (comment["author"], *comment["above"], *comment["mentions"]))


async def comments_through(view: DocumentView, posts: Iterable[UUID], people: Iterable[UUID]) -> Counter[UUID]:
    """How many comments each of these posts has by these people, and in answer to them."""
    named = one_of(sorted(set(people)))
    filter_ = {
        "post": one_of(sorted(set(posts))),
        "state": "published",
        **either({"author": named}, {"above": named}, {"mentions": named}),
    }
    rows = await view.documents(COMMENTS).find(filter_, fields=["post"], limit=MOST_AT_ONCE)
    return Counter(row["post"] for row in rows)


def things_of_comments(posts: Iterable[UUID]) -> set[str]:
    """What is touched (`ground.touched`) with a change of the comments below these posts, but for what is counted."""
    return things(COMMENTS, posts)


async def comments_counted(view: DocumentView, posts: Collection[UUID]) -> Counter[UUID]:
    """How many comments there are below each of these posts."""
    return await _counted(view, {"post": one_of(sorted(posts)), "state": "published"}, "$post", len(posts))


async def answers_counted(view: DocumentView, comments: Sequence[Mapping[str, Any]]) -> Counter[UUID]:
    """How many answers each of these comments has, places of deleted ones included."""
    wanted = {
        "post": one_of(sorted({each["post"] for each in comments})),
        "parent": one_of(sorted(each["_id"] for each in comments)),
        "state": one_of(["published", "deleted"]),
    }
    return await _counted(view, wanted, "$parent", len(comments))


async def _counted(view: DocumentView, wanted: Mapping[Any, Any], group: str, groups: int) -> Counter[UUID]:
    stages: list[Mapping[str, Any]] = [{"$match": wanted}, {"$group": {"_id": group, "number": {"$sum": 1}}}]
    rows = await view.documents(COMMENTS).aggregate(stages, limit=max(1, groups))
    return Counter({row["_id"]: row["number"] for row in rows})


async def comments_after(view: DocumentView, after: UUID | None, limit: int) -> list[Document]:
    """The next comments by their ids, with what is counted of them, whoever wrote them."""
    wanted = {} if after is None else {"_id": gt(after)}
    fields = ["post", "parent", "state", "kids", "counts", "score"]
    return await view.documents(COMMENTS).find(wanted, fields=fields, sort=["_id"], limit=limit)


async def comments_by_author(view: DocumentView, author: UUID, limit: int) -> list[Document]:
    """Some of the comments that a person has written, not those that are deleted."""
    return await view.documents(COMMENTS).find({"author": author, "state": ne("deleted")}, sort=["_id"], limit=limit)


async def comments_told(view: View, author: UUID) -> list[dict[str, Any]]:
    """All that a person has written to posts and comments, the oldest first, for themselves."""
    fields = ["post", "parent", "text", "state", "created_at", "edited_at"]
    found = view.documents(COMMENTS).each({"author": author, "state": ne("deleted")}, fields=fields, sort=["_id"])
    return [
        {
            "id": str(row["_id"]),
            "post_id": str(row["post"]),
            "parent_id": str(row["parent"]) if row["parent"] else None,
            "text": row["text"],
            "created_at": row["created_at"],
            "edited_at": row["edited_at"],
        }
        async for row in found
    ]

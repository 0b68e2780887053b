"""Reads of comments; what may be shown of them, the visibility room decides."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import either, one_of
from fourfold.social.comments.documents import COMMENTS

MOST_AT_ONCE = 10_000


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

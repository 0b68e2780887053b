"""Bookmarks of what is no more go, and those of people who leave."""

from uuid import UUID

from fourfold.ground.work import Work
from fourfold.social.bookmarks.documents import BOOKMARK_COLLECTIONS, BOOKMARKS


async def forget_bookmarks(work: Work, post_id: UUID) -> None:
    """Takes all bookmarks of a post away."""
    await work.documents(BOOKMARKS).delete_many({"post": post_id})


async def erase_bookmarks_of(work: Work, person: UUID) -> int:
    """Takes away all that a person has bookmarked, with their collections, and counts it."""
    collections = await work.documents(BOOKMARK_COLLECTIONS).delete_many({"by": person})
    return collections + await work.documents(BOOKMARKS).delete_many({"by": person})

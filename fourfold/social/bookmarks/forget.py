"""Bookmarks of what is no more go."""

from uuid import UUID

from fourfold.ground.work import Work
from fourfold.social.bookmarks.documents import BOOKMARKS


async def forget_bookmarks(work: Work, post_id: UUID) -> None:
    """Takes all bookmarks of a post away."""
    await work.documents(BOOKMARKS).delete_many({"post": post_id})

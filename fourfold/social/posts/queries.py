"""Reads of posts."""

from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.social.posts.documents import POSTS


async def post_with_id(view: DocumentView, post_id: UUID) -> dict[str, Any] | None:
    """A post, if there is such a one."""
    return await view.documents(POSTS).find_one({"_id": post_id})

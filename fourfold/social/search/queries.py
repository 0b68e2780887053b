"""Reads of which hashtags somebody follows."""

from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.social.search.documents import HASHTAG_FOLLOWS

MOST_FOLLOWED = 500


async def hashtags_followed_by(view: DocumentView, person: UUID) -> list[str]:
    """The hashtags that somebody follows, by name."""
    rows = await view.documents(HASHTAG_FOLLOWS).find({"by": person}, sort=["tag"], limit=MOST_FOLLOWED)
    return [row["tag"] for row in rows]

"""Reads of which hashtags somebody follows."""

from collections.abc import Iterable
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.touched import things
from fourfold.social.search.documents import HASHTAG_FOLLOWS

MOST_FOLLOWED = 500


async def hashtags_followed_by(view: DocumentView, person: UUID) -> list[str]:
    """The hashtags that somebody follows, by name."""
    rows = await view.documents(HASHTAG_FOLLOWS).find({"by": person}, sort=["tag"], limit=MOST_FOLLOWED)
    return [row["tag"] for row in rows]


def things_of_followed_hashtags(people: Iterable[UUID]) -> set[str]:
    """What is touched (`ground.touched`) with a change of the hashtags that these people follow."""
    return things(HASHTAG_FOLLOWS, people)

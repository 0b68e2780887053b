"""Bookmarks of what is no more go, and those of people who leave."""

from uuid import UUID

from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import View, Work
from fourfold.social.bookmarks.documents import BOOKMARK_COLLECTIONS, BOOKMARKS
from fourfold.social.bookmarks.queries import bookmarks_told


async def forget_bookmarks(work: Work, post_id: UUID) -> None:
    """Takes all bookmarks of a post away."""
    await work.documents(BOOKMARKS).delete_many({"post": post_id})


async def erase_bookmarks_of(work: Work, person: UUID) -> int:
    """Takes away all that a person has bookmarked, with their collections, and counts it."""
    collections = await work.documents(BOOKMARK_COLLECTIONS).delete_many({"by": person})
    return collections + await work.documents(BOOKMARKS).delete_many({"by": person})


async def _tell(view: View, person: Person) -> Told:
    return Told(await bookmarks_told(view, person.account_id))


async def _erase(work: Work, person: Person) -> int:
    return await erase_bookmarks_of(work, person.account_id)


BOOKMARKS_OF_PERSON = PersonalData(
    "social.bookmarks",
    "Bookmarks",
    "Finding again what somebody has put aside.",
    "Nothing.",
    {
        "social.bookmarks.by": "Who has put a post aside.",
        "social.bookmark_collections.by": "Whose collection it is.",
        "social.bookmark_collections.name": "What they call it.",
    },
    _tell,
    _erase,
)

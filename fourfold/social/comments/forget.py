"""Comments below what is no more go, and those of people who leave, who are told of them before."""

from uuid import UUID

from fourfold.ground.filters import ne
from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import View, Work
from fourfold.social.comments.documents import COMMENTS
from fourfold.social.comments.jobs import OneAuthor, erase_comments
from fourfold.social.comments.queries import comments_told


async def forget_comments(work: Work, post_id: UUID) -> None:
    """Erases all comments below a post."""
    await work.documents(COMMENTS).delete_many({"post": post_id})


async def _tell(view: View, person: Person) -> Told:
    return Told(await comments_told(view, person.account_id))


async def _erase(work: Work, person: Person) -> int:
    """Their words are gone at once; the places, and what others have counted, follow in the background.

    Done again it finds nothing more.
    """
    kept, theirs = work.documents(COMMENTS), {"author": person.account_id, "state": ne("deleted")}
    number = await kept.count(theirs)
    if number:
        await kept.update_many(theirs, {"$set": {"text": "", "html": "", "mentions": []}})
        work.later(erase_comments, OneAuthor(author=person.account_id))
    return number


COMMENTS_OF_PERSON = PersonalData(
    "social.comments",
    "Comments",
    "Talking about posts.",
    "Where others have answered: the place of the comment without its words, with the account's id, so that those"
    " whom its author had blocked do not come across the answers.",
    {
        "social.comments.author": "Who has written it.",
        "social.comments.text": "What they said.",
        "social.comments.mentions": "Whom they have named.",
    },
    _tell,
    _erase,
)

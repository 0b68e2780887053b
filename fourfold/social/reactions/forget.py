"""Reactions to what is no more go, and those of people who leave, who are told of them before."""

from uuid import UUID

from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import View, Work
from fourfold.social.reactions.documents import REACTIONS
from fourfold.social.reactions.jobs import OnePerson, erase_reactions
from fourfold.social.reactions.queries import reactions_told


async def forget_reactions_below(work: Work, post_id: UUID) -> None:
    """Takes all reactions to a post away, and to the comments below it."""
    await work.documents(REACTIONS).delete_many({"post": post_id})


async def forget_reactions_to(work: Work, comment_id: UUID) -> None:
    """Takes all reactions to a comment away."""
    await work.documents(REACTIONS).delete_many({"target": comment_id, "target_kind": "comment"})


async def _tell(view: View, person: Person) -> Told:
    return Told(await reactions_told(view, person.account_id))


async def _erase(work: Work, person: Person) -> int:
    """Has them taken away in the background, with what is counted of them; done again it finds nothing more."""
    number = await work.documents(REACTIONS).count({"by": person.account_id})
    if number:
        work.later(erase_reactions, OnePerson(person=person.account_id))
    return number


REACTIONS_OF_PERSON = PersonalData(
    "social.reactions",
    "Reactions to posts and comments",
    "Showing who likes what.",
    "Nothing.",
    {
        "social.reactions.by": "Who has reacted.",
        "social.reactions.kind": "How they have reacted.",
    },
    _tell,
    _erase,
)

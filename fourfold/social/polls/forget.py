"""Votes on what is no more go, and those of people who leave, who are told of them before."""

from uuid import UUID

from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import View, Work
from fourfold.social.polls.documents import POLL_VOTES
from fourfold.social.polls.jobs import OnePerson, erase_votes
from fourfold.social.polls.queries import votes_told


async def forget_votes_on(work: Work, post_id: UUID) -> None:
    """Takes all votes in the poll of a post away."""
    await work.documents(POLL_VOTES).delete_many({"post": post_id})


async def _tell(view: View, person: Person) -> Told:
    return Told(await votes_told(view, person.account_id))


async def _erase(work: Work, person: Person) -> int:
    """Has them taken away in the background, with what is counted of them; done again it finds nothing more."""
    number = await work.documents(POLL_VOTES).count({"by": person.account_id})
    if number:
        work.later(erase_votes, OnePerson(person=person.account_id))
    return number


VOTES_OF_PERSON = PersonalData(
    "social.polls",
    "Votes in polls",
    "Counting who chooses what, without telling anybody.",
    "Nothing.",
    {
        "social.poll_votes.by": "Who has voted.",
        "social.poll_votes.choices": "What they have chosen.",
    },
    _tell,
    _erase,
)

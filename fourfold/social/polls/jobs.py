"""What is done with polls in the background: ending them, counting again, taking away votes of people who leave."""

from functools import partial
from uuid import UUID

from pydantic import BaseModel

from fourfold.contracts.social import PollClosed
from fourfold.ground.again import until_done
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.durable import job
from fourfold.ground.logs import log
from fourfold.ground.work import Desk
from fourfold.social.polls.documents import POLL_VOTES
from fourfold.social.polls.queries import voters_after, votes_counted
from fourfold.social.polls.vote import count_vote, tell_poll
from fourfold.social.posts.publish import close_poll, correct_votes
from fourfold.social.posts.queries import post_with_id, posts_with_polls

# So many are counted in one transaction, told of an end in one, and so few taken away: others do not wait for long.
COUNTED, TOLD, ERASED = 200, 200, 20

_log = log("fourfold.social.counts")


class OnePoll(BaseModel):
    """Which poll of which post; `after` is the last one who was told of its end."""

    post_id: UUID
    poll_id: UUID
    after: UUID | None = None


class OnePerson(BaseModel):
    """Whose votes."""

    person: UUID


class Nothing(BaseModel):
    """All polls of the tenant."""


class Recounted(BaseModel):
    """How many polls were counted again, and how many of these were wrong."""

    polls: int = 0
    corrected: int = 0


@job("social.polls.end", steps=True)
async def end_poll(desk: Desk, which: OnePoll) -> None:
    """Ends a poll whose time has come, once however often it is asked; one that is no more is left alone."""

    async def end() -> None:
        async with desk.document_work() as work:
            post = await close_poll(work, which.post_id, which.poll_id)
            if post is None:
                return
            work.emit(PollClosed(post_id=post["_id"], poll_id=which.poll_id, author=post["author"], to=post["author"]))
            work.later(tell_voters, which, once=f"social.poll.tell:{which.poll_id}")
            await tell_poll(work, post["_id"], post["author"], post["poll"])

    await until_done(end)


@job("social.polls.tell_voters", steps=True)
async def tell_voters(desk: Desk, which: OnePoll) -> None:
    """Tells some of those who have voted that the poll has ended, and has the next ones told."""

    async def tell() -> None:
        async with desk.document_work() as work:
            post = await post_with_id(work, which.post_id)
            voters = await voters_after(work, which.post_id, which.after, TOLD)
            if post is None or not voters:
                return
            for each in voters:
                work.emit(PollClosed(post_id=post["_id"], poll_id=which.poll_id, author=post["author"], to=each))
            if len(voters) == TOLD:
                rest = which.model_copy(update={"after": voters[-1]})
                work.later(tell_voters, rest, once=f"social.poll.tell:{which.poll_id}:{voters[-1]}")

    await until_done(tell)


@job("social.polls.recount", steps=True, behind=True)
async def recount_votes(desk: Desk, _: Nothing) -> Recounted:
    """Counts all votes again, and corrects what is not as it should be."""
    found, last = Recounted(), None
    while True:
        number, wrong, last = await until_done(partial(_recount_some, desk, last))
        found = Recounted(polls=found.polls + number, corrected=found.corrected + wrong)
        if number < COUNTED:
            return found


async def _recount_some(desk: Desk, after: UUID | None) -> tuple[int, int, UUID | None]:
    # What is counted and what it is compared with are of one moment; whoever votes meanwhile is not overwritten.
    async with desk.document_work() as work:
        rows = await posts_with_polls(work, after, COUNTED)
        counted = await votes_counted(work, [row["_id"] for row in rows])
        wrong = 0
        for row in rows:
            found, poll = counted[row["_id"]], row["poll"]
            right = {choice: found[choice] for choice in poll["votes"]}
            if (right, found["voters"]) != (poll["votes"], poll["voters"]):
                wrong += 1
                _log.warning("votes have drifted", post=str(row["_id"]), was=poll["votes"], now=right)
                await correct_votes(work, row["_id"], poll["id"], right, found["voters"])
        return len(rows), wrong, rows[-1]["_id"] if rows else None


@job("social.polls.erase", steps=True)
async def erase_votes(desk: Desk, whose: OnePerson) -> None:
    """Takes all votes of a person away, with what is counted of them, a few at a time."""
    while await until_done(partial(_erase_some, desk, whose.person)):
        pass


async def _erase_some(desk: Desk, person: UUID) -> int:
    async with desk.document_work() as work:
        rows = await work.documents(POLL_VOTES).find({"by": person}, limit=ERASED)
        for row in rows:
            await _erase_vote(work, row["post"], person)
        return len(rows)


async def _erase_vote(work: DocumentWork, post_id: UUID, person: UUID) -> None:
    gone = await work.documents(POLL_VOTES).find_one_and_delete({"post": post_id, "by": person})
    post = await post_with_id(work, post_id)
    if gone is not None and post is not None and post.get("poll") and post["poll"]["id"] == gone["poll"]:
        await count_vote(work, post, gone["choices"], [])

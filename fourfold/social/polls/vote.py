"""Voting: one vote of each person in a poll, changed and taken back until it ends; who chose what, nobody is told."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.ground.again import TryAgain
from fourfold.ground.collection import Duplicate
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.refusals import FieldError, Invalid, NotFound
from fourfold.social.channels.append import append
from fourfold.social.channels.rules import post_channel
from fourfold.social.people.ensure import active_person
from fourfold.social.polls.ask import PollEnded
from fourfold.social.polls.documents import POLL_VOTES
from fourfold.social.polls.queries import own_vote
from fourfold.social.polls.rules import MOST_CHOICES, changes_of_counts, has_ended, shows_results
from fourfold.social.posts.publish import count_votes
from fourfold.social.posts.queries import post_with_id
from fourfold.social.visibility.posts import NoSuchPost, discussed
from fourfold.social.visibility.shapes import ShownPoll


class NoPoll(NotFound):
    """404: the post asks nothing."""

    code = "social.no_poll"
    title = "The post has no poll"


class NotAChoice(Invalid):
    """422: the poll does not offer that."""

    code = "social.not_a_choice"
    title = "This cannot be chosen in the poll"


class CastVote(BaseModel):
    """What the caller chooses."""

    model_config = ConfigDict(extra="forbid")

    choice_ids: list[UUID] = Field(min_length=1, max_length=MOST_CHOICES, description="One, or several where one may.")


async def cast_vote(work: DocumentWork, post_id: UUID, ask: CastVote) -> ShownPoll:
    """Keeps the caller's vote in the poll of a post, or of what it passes on, instead of the one they had.

    Raises `NoSuchPost`, `NoPoll`, `PollEnded` and `NotAChoice`.
    """
    target = (await discussed(_aside(work), post_id)).post
    await work.take_turn(post_channel(target.id))
    person = await active_person(work)
    post = await _open_poll(work, target.id)
    poll, choices = post["poll"], _chosen(post["poll"], ask)
    own = {"post": target.id, "by": person.id}
    before = await work.documents(POLL_VOTES).find_one(own)
    if before is None or set(before["choices"]) != set(choices):
        fresh = {"poll": poll["id"], "choices": choices, "at": work.now}
        try:
            await work.documents(POLL_VOTES).update_one(own, {"$set": fresh}, upsert=True)
        except Duplicate as problem:
            raise TryAgain("the same person votes in the same poll") from problem
        poll = await count_vote(work, post, before["choices"] if before else [], choices)
    return ShownPoll.of(poll, choices, work.now)


async def take_vote_back(work: DocumentWork, post_id: UUID) -> None:
    """Takes the caller's vote back, whether or not they still see the post; raises `PollEnded`.

    Without one it does nothing to a poll that they see, and raises `NoSuchPost` and `NoPoll` as voting does.
    """
    aside = _aside(work)
    post = await post_with_id(aside, post_id)
    target_id = post["of"] if post is not None and post["kind"] == "repost" else post_id
    if await own_vote(aside, target_id, work.who.account) is None:
        post = await post_with_id(aside, (await discussed(aside, post_id)).post.id)
        if post is None or not post.get("poll"):
            raise NoPoll
        return
    await work.take_turn(post_channel(target_id))
    post = await _open_poll(work, target_id)
    gone = await work.documents(POLL_VOTES).find_one_and_delete({"post": target_id, "by": work.who.account})
    if gone is not None:
        await count_vote(work, post, gone["choices"], [])


async def count_vote(
    work: DocumentWork, post: Mapping[str, Any], before: list[UUID], choices: list[UUID]
) -> dict[str, Any]:
    """Counts a vote that was given, changed or (with no choices) taken away, and tells those who have the post open.

    What it tells names nobody, and not what they chose: that is seen by those who see the results.
    """
    changes = changes_of_counts(before, choices)
    poll = await count_votes(work, post["_id"], post["poll"]["id"], changes, bool(choices) - bool(before))
    if poll is None:
        raise NoSuchPost
    await tell_poll(work, post["_id"], post["author"], poll)
    return poll


async def tell_poll(work: DocumentWork, post_id: UUID, author: UUID, poll: Mapping[str, Any]) -> None:
    """Tells those who have the post open how its poll stands; `votes` are null where they are not for everybody."""
    told = {
        "post_id": str(post_id), "voters": poll["voters"], "ended": has_ended(poll, work.now),
        "votes": dict(poll["votes"]) if shows_results(poll, work.now, voted=False) else None,
    }  # fmt: skip
    await append(work, post_channel(post_id), "poll.changed", told, involved=[author])


def _aside(work: DocumentWork) -> DocumentView:
    """A look outside of the transaction: the less it reads, the fewer it meets where many vote at once."""
    return DocumentView(work.house, work.who)


async def _open_poll(work: DocumentWork, post_id: UUID) -> dict[str, Any]:
    post = await post_with_id(work, post_id)
    if post is None or post["state"] != "published":
        raise NoSuchPost
    if not post.get("poll"):
        raise NoPoll
    if has_ended(post["poll"], work.now):
        raise PollEnded
    return post


def _chosen(poll: Mapping[str, Any], ask: CastVote) -> list[UUID]:
    offered = [each["id"] for each in poll["choices"]]
    wrong = next((place for place, each in enumerate(ask.choice_ids) if each not in offered), None)
    if wrong is not None:
        raise NotAChoice(errors=[FieldError(f"choice_ids.{wrong}", "It is not a choice of this poll.", "no_choice")])
    chosen = [each for each in offered if each in ask.choice_ids]
    if len(chosen) > 1 and not poll["multiple"]:
        raise NotAChoice(errors=[FieldError("choice_ids", "Choose one: this poll takes no more.", "too_many")])
    return chosen

"""Ways in to polls: voting, and taking one's vote back; a poll itself is asked and shown with its post."""

from typing import Annotated
from uuid import UUID

from fourfold.ground.answers import problems
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.door import may, room_router
from fourfold.social.polls.vote import CastVote, cast_vote, take_vote_back
from fourfold.social.visibility.shapes import ShownPoll

router = room_router("/v1/social", "polls")

Voting = Annotated[DocumentWork, may("social:polls:vote", opens=DocumentWork)]


@router.put("/posts/{post_id}/vote", summary="Vote in a poll", responses=problems(401, 403, 404, 409))
async def cast_vote_here(post_id: UUID, ask: CastVote, work: Voting) -> ShownPoll:
    """Keeps the caller's one vote instead of the one they had, until the poll ends; of a repost it is on its original.

    Who chose what, nobody is told: neither others nor the author.
    """
    return await cast_vote(work, post_id, ask)


@router.delete(
    "/posts/{post_id}/vote", status_code=204, summary="Take a vote back", responses=problems(401, 403, 404, 409)
)
async def take_vote_back_here(post_id: UUID, work: Voting) -> None:
    """Takes the caller's vote back, until the poll ends; without one nothing happens."""
    await take_vote_back(work, post_id)

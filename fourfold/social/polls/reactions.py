"""What is done about polls when others tell: those of published posts will end, votes on erased ones go."""

from uuid import UUID

from fourfold.contracts.social import PostEdited, PostPublished, PostPurged
from fourfold.ground.document_work import DocumentView
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work
from fourfold.social.polls.forget import forget_votes_on
from fourfold.social.polls.jobs import OnePoll, end_poll
from fourfold.social.posts.queries import post_with_id

reactions = Reactions("social.polls")


@reactions.on(PostPublished)
async def have_poll_ended(work: Work, told: PostPublished) -> None:
    """A poll ends once, however often this is done."""
    await _have_ended(work, told.post_id)


@reactions.on(PostEdited)
async def have_other_poll_ended(work: Work, told: PostEdited) -> None:
    """The poll of an edited post may be another one."""
    await _have_ended(work, told.post_id)


@reactions.on(PostPurged)
async def forget_votes_on_post(work: Work, told: PostPurged) -> None:
    """Done twice it does nothing more."""
    await forget_votes_on(work, told.post_id)


async def _have_ended(work: Work, post_id: UUID) -> None:
    post = await post_with_id(DocumentView(work.house, work.who), post_id)
    poll = post.get("poll") if post is not None else None
    if poll and poll["ends_at"] is not None and not poll["ended"]:
        which = OnePoll(post_id=post_id, poll_id=poll["id"])
        work.later(end_poll, which, at=poll["ends_at"], once=f"social.poll:{poll['id']}")

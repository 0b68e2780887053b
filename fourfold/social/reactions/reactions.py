"""What is done about reactions when others tell: those to what is gone go."""

from fourfold.contracts.social import CommentDeleted, PostPurged
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work
from fourfold.social.reactions.forget import forget_reactions_below, forget_reactions_to

reactions = Reactions("social.reactions")


@reactions.on(CommentDeleted)
async def forget_reactions_to_comment(work: Work, told: CommentDeleted) -> None:
    """Done twice it does nothing more."""
    await forget_reactions_to(work, told.comment_id)


@reactions.on(PostPurged)
async def forget_reactions_below_post(work: Work, told: PostPurged) -> None:
    """Done twice it does nothing more."""
    await forget_reactions_below(work, told.post_id)

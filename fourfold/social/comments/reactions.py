"""What is done about comments when others tell: those below erased posts go."""

from fourfold.contracts.social import PostPurged
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work
from fourfold.social.comments.forget import forget_comments

reactions = Reactions("social.comments")


@reactions.on(PostPurged)
async def forget_comments_below_post(work: Work, told: PostPurged) -> None:
    """Done twice it does nothing more."""
    await forget_comments(work, told.post_id)

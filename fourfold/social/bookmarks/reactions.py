"""What is done about bookmarks when others tell: those of erased posts go."""

from fourfold.contracts.social import PostPurged
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work
from fourfold.social.bookmarks.forget import forget_bookmarks

reactions = Reactions("social.bookmarks")


@reactions.on(PostPurged)
async def forget_bookmarks_of_post(work: Work, told: PostPurged) -> None:
    """Done twice it does nothing more."""
    await forget_bookmarks(work, told.post_id)

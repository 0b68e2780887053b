"""What is done about media when others tell: those of erased posts go."""

from fourfold.contracts.social import PostPurged
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work
from fourfold.social.media.forget import forget_media_of

reactions = Reactions("social.media")


@reactions.on(PostPurged)
async def forget_media_of_purged(work: Work, told: PostPurged) -> None:
    """Done twice it does nothing more."""
    await forget_media_of(work, told.post_id)

"""What is done about channels when others tell."""

from fourfold.contracts.social import PostPurged
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work
from fourfold.social.channels.forget import forget_post_channel

reactions = Reactions("social.channels")


@reactions.on(PostPurged)
async def forget_purged(work: Work, told: PostPurged) -> None:
    """Nothing is left of what was told about it."""
    await forget_post_channel(work, told.post_id)

"""What is done about mutes when others tell: threads of erased posts go."""

from fourfold.contracts.social import PostPurged
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work
from fourfold.social.mutes.forget import forget_thread

reactions = Reactions("social.mutes")


@reactions.on(PostPurged)
async def forget_thread_of_post(work: Work, told: PostPurged) -> None:
    """Done twice it does nothing more."""
    await forget_thread(work, told.post_id)

"""What is done about posts when others tell: whoever may not sign in any more publishes nothing more."""

from fourfold.contracts.core import AccountDisabled
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work
from fourfold.social.posts.publish import unschedule_posts

reactions = Reactions("social.posts")


@reactions.on(AccountDisabled)
async def unschedule_posts_of_disabled(work: Work, told: AccountDisabled) -> None:
    """What they have scheduled becomes drafts; done twice it does nothing more."""
    await unschedule_posts(work, told.account_id)

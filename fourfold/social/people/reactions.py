"""What is done about people when others tell: whoever registers becomes a person of the community."""

from fourfold.contracts.core import AccountRegistered
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work
from fourfold.social.people.ensure import join_community

reactions = Reactions("social.people")


@reactions.on(AccountRegistered)
async def welcome_person(work: Work, told: AccountRegistered) -> None:
    """Done twice it does nothing more."""
    await join_community(work, told.account_id, told.name)

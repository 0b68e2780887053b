"""What is done about devices when others tell: what is new goes to them, what comes at the same time goes once."""

from datetime import timedelta

from fourfold.contracts.social import NotificationsChanged
from fourfold.ground.document_work import DocumentView
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work
from fourfold.social.devices.jobs import OnePerson, push_news
from fourfold.social.devices.queries import devices_of

reactions = Reactions("social.devices")
# Ten reactions at once are one message.
GATHERED_FOR = timedelta(seconds=2)


@reactions.on(NotificationsChanged)
async def push_what_is_new(work: Work, told: NotificationsChanged) -> None:
    """Done twice it sends nothing more."""
    if await devices_of(DocumentView(work.house, work.who), told.person_id):
        once = f"social.push:{told.event_id}"
        work.later(push_news, OnePerson(person_id=told.person_id), at=work.now + GATHERED_FOR, once=once)

"""People are told what they were notified of, and that is forgotten with them."""

from fourfold.ground.document_work import DocumentView
from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import View, Work
from fourfold.social.notifications.queries import state_of, told_of
from fourfold.social.notifications.record import forget_person


async def _tell(view: View, person: Person) -> Told:
    documents = DocumentView(view.house, view.who)
    state = await state_of(documents, person.account_id)
    rows = await told_of(documents, person.account_id)
    return Told(
        {
            "preferences": {kind: dict(channels) for kind, channels in state.chosen.items()},
            "notifications": [{name: row[name] for name in ("kind", "post", "comment", "n", "at")} for row in rows],
        }
    )


async def _erase(work: Work, person: Person) -> int:
    return await forget_person(work, person.account_id)


NOTIFIED = PersonalData(
    "social.notifications",
    "Notifications",
    "Telling somebody what others have done that concerns them.",
    "Nothing; without an erasure it goes after ninety days.",
    {
        "social.notification_events.actor": "Who has done something.",
        "social.notification_events.to": "Who was told of it.",
        "social.notifications.newest": "Who did it last.",
        "social.notification_state.preferences": "What somebody wants to be told.",
    },
    _tell,
    _erase,
)

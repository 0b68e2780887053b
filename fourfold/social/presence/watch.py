"""Who may know whether somebody is here."""

from collections.abc import Sequence
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.who import Who
from fourfold.social.people.queries import people_by_id
from fourfold.social.presence.queries import NOBODY, presence_of
from fourfold.social.presence.shapes import PresenceShape
from fourfold.social.ties.readers import ties_to
from fourfold.social.visibility.people import person_for
from fourfold.social.visibility.rules import Viewer, decide_person, may_by_setting
from fourfold.social.visibility.viewer import MODERATE, viewer_of

SETTING = "presence"


async def presence_for(view: DocumentView, handle_or_id: str) -> PresenceShape:
    """Whether somebody is here, as far as the caller may know; raises `NoSuchPerson`."""
    person = await person_for(view, handle_or_id)
    viewer = await viewer_of(view, [person.id])
    found = await presence_of(view.house, view.who.tenant_id, [person.id])
    # Asked for in any case: it takes as long for those who may not know.
    return found[person.id] if may_by_setting(viewer, person, SETTING) else NOBODY


async def watchers_of(view: DocumentView, person_id: UUID, people: Sequence[Who]) -> frozenset[UUID]:
    """The accounts of those among these callers who may know whether somebody is here."""
    person = (await people_by_id(view, [person_id])).get(person_id)
    ties = await ties_to(view, [person_id], [who.account for who in people])
    if person is None:
        return frozenset()
    found = []
    for who in people:
        own = ties.get(who.account, {})
        cut = frozenset(other for other, tie in own.items() if tie.cut)
        viewer = Viewer(id=who.account, staff=who.may(MODERATE), cut=cut, ties=own)
        allows = decide_person(viewer, person).allow and may_by_setting(viewer, person, SETTING)
        if allows:
            found.append(who.account)
    return frozenset(found)

"""Who is looking: one read of their ties to those who are involved."""

from collections.abc import Iterable
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.social.mutes.rules import muted_in
from fourfold.social.ties.queries import ties_for_viewing
from fourfold.social.visibility.rules import Viewer

READ, MODERATE = "social:posts:read", "social:posts:moderate"


async def viewer_of(view: DocumentView, involved: Iterable[UUID]) -> Viewer:
    """The caller as a viewer of what involves these people; a key that may not read posts looks as a visitor does."""
    who = view.who
    if who.account_id is None or not who.may(READ):
        return Viewer()
    return await viewer_for(view, who.account_id, involved, staff=who.may(MODERATE))


async def viewer_for(view: DocumentView, person_id: UUID, involved: Iterable[UUID], *, staff: bool = False) -> Viewer:
    """Somebody else as a viewer: a reader of a feed, one who is to be notified, one about whom is asked."""
    ties, muted = await ties_for_viewing(view, person_id, involved)
    return Viewer(
        id=person_id,
        staff=staff,
        cut=frozenset(other for other, tie in ties.items() if tie.cut),
        muted=frozenset(other for other, tie in ties.items() if tie.mute),
        ties=ties,
        quiet=muted_in(muted, view.now),
    )

"""How notifications are shown: the list and its badge come out of the same judgement, so they always agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.pages import cursor_for, position_of
from fourfold.ground.refusals import NotFound
from fourfold.social.notifications import queries
from fourfold.social.notifications.judge import Judged, claims_of, judge
from fourfold.social.notifications.queries import State, state_of
from fourfold.social.notifications.rules import POLL, Channel, sentence, wanted_kinds
from fourfold.social.notifications.shapes import BadgeShape, NotificationsPage, ShownNotification
from fourfold.social.visibility.people import as_shown

# A page of what is mostly not for its reader is looked for this often, and then goes on with the next cursor.
ROUNDS = 10
MOST_UNREAD, NAMED = 100, 3

Document = dict[str, Any]


class NoSuchNotification(NotFound):
    """404: there is no such notification, or it is not there for the caller."""

    code = "social.no_such_notification"
    title = "There is no such notification"


@dataclass(frozen=True, slots=True)
class _Seen:
    """A group as far as its reader may know of it: `number` people, and the newest of them."""

    group: Document
    newest: Sequence[Document]
    number: int


async def notifications_page(view: DocumentView, cursor: str | None, limit: int) -> NotificationsPage:
    """The caller's notifications, the latest first, with the badge."""
    me = view.who.account
    purpose = f"social.notifications:{me}"
    position = position_of(view, purpose, cursor)
    # First of all: what comes while the rest is read counts as not seen.
    state = await state_of(view, me)
    found, below = await _lines(view, me, state, position[0] if position else None, limit + 1)
    if position is None and (below is None or below <= state.seen):
        # All that is new was looked at for the page itself.
        unread = min(sum(each.seq > state.seen for _, each in found), MOST_UNREAD)
    else:
        unread = await unread_of(view, me, state)
    if len(found) > limit:
        below = found[limit - 1][0]
    following = cursor_for(view, purpose, [below]) if below is not None else None
    return NotificationsPage(items=[each for _, each in found[:limit]], next=following, unread=unread, seq=state.seq)


async def _lines(
    view: DocumentView, me: UUID, state: State, below: int | None, most: int
) -> tuple[list[tuple[int, ShownNotification]], int | None]:
    """The next lines of the list, and the place of the last that was looked at, None at the end of the list."""
    kinds = wanted_kinds(state.chosen, "in_app")
    found: list[tuple[int, ShownNotification]] = []
    for _ in range(ROUNDS):
        wanted = most - len(found)
        batch = await queries.groups_of(view, me, kinds, wanted, below=below)
        found += await shown_among(view, me, batch, state)
        below = batch[-1]["seq"] if len(batch) == wanted else None
        if len(found) == most or below is None:
            break
    return found, below


async def badge_of(view: DocumentView) -> BadgeShape:
    """How much is new for the caller."""
    state = await state_of(view, view.who.account)
    return BadgeShape(unread=await unread_of(view, view.who.account, state), seq=state.seq)


async def unread_of(view: DocumentView, person: UUID, state: State) -> int:
    """How many of the list's lines are newer than what was seen; stops at a hundred."""
    kinds, unread = wanted_kinds(state.chosen, "in_app"), 0
    below: int | None = None
    for _ in range(ROUNDS):
        batch = await queries.groups_of(view, person, kinds, MOST_UNREAD, below=below, above=state.seen)
        unread += sum(each.seq > state.seen for _, each in await shown_among(view, person, batch, state))
        if len(batch) < MOST_UNREAD or unread >= MOST_UNREAD:
            break
        below = batch[-1]["seq"]
    return min(unread, MOST_UNREAD)


async def news_of(view: DocumentView, person: UUID, channel: Channel, limit: int) -> list[ShownNotification]:
    """What somebody has neither seen nor been sent on a channel, the latest first."""
    state = await state_of(view, person)
    above = max(state.seen, state.sent.get(channel, 0))
    batch = await queries.groups_of(view, person, wanted_kinds(state.chosen, channel), limit, above=above)
    return [each for _, each in await shown_among(view, person, batch, state) if each.seq > above]


async def own_notification(view: DocumentView, notification_id: UUID) -> ShownNotification:
    """One of the caller's notifications; raises `NoSuchNotification`, whether there is none or none for them."""
    me = view.who.account
    group = await queries.group_with_id(view, me, notification_id)
    state = await state_of(view, me)
    shown = await shown_among(view, me, [group] if group else [], state)
    if not shown or shown[0][1].kind not in wanted_kinds(state.chosen, "in_app"):
        raise NoSuchNotification
    return shown[0][1]


async def shown_among(
    view: DocumentView, person: UUID, groups: Sequence[Document], state: State
) -> list[tuple[int, ShownNotification]]:
    """Those of somebody's groups that are there for them, each with its place in the list.

    A group is there as long as somebody in it is; whoever is not is neither named nor counted.
    """
    if not groups:
        return []
    judged = await judge(view, person, [claim for group in groups for claim in claims_of(group)])
    hidden: dict[str, set[UUID]] = {group["group"]: set() for group in groups}
    if judged.away:
        for name, actor in await queries.occurrences_by(view, person, list(hidden), judged.away):
            hidden[name].add(actor)
    shown = []
    for group in groups:
        known, seen = judged, _seen(judged, group, hidden[group["group"]])
        if seen.number > 0 and not seen.newest:
            known, seen = await _further(view, person, group, hidden[group["group"]])
        if seen.number > 0 and seen.newest:
            shown.append((group["seq"], _present(known, seen, state)))
    return shown


def _seen(judged: Judged, group: Document, hidden: set[UUID]) -> _Seen:
    newest = []
    for each, claim in zip(group["newest"], claims_of(group), strict=True):
        if judged.allows(claim):
            newest.append(each)
        else:
            hidden.add(claim.actor)
    return _Seen(group, newest, group["n"] - len(hidden))


async def _further(view: DocumentView, person: UUID, group: Document, hidden: set[UUID]) -> tuple[Judged, _Seen]:
    """A group whose newest people are all hidden, with others of it."""
    others = await queries.further_occurrences(view, person, group["group"], hidden)
    wider = {**group, "newest": others}
    judged = await judge(view, person, claims_of(wider))
    return judged, _seen(judged, wider, hidden)


def _present(judged: Judged, seen: _Seen, state: State) -> ShownNotification:
    group, top = seen.group, seen.newest[0]
    actors = [as_shown(judged.people[each["actor"]]) for each in seen.newest[:NAMED]]
    what = "comment" if group["comment"] is not None else "post"
    names = [each.name for each in actors if group["kind"] != POLL or each.id != judged.viewer.id]
    return ShownNotification(
        id=group["_id"],
        kind=group["kind"],
        post_id=group["post"],
        comment_id=group["comment"],
        actors=actors,
        count=seen.number,
        summary=sentence(group["kind"], names, seen.number, what),
        seq=top["seq"],
        at=top["at"],
        read=_is_read(group, top["seq"], state),
    )


def _is_read(group: Mapping[str, Any], seq: int, state: State) -> bool:
    return seq <= max(state.read, int(group.get("read_seq", 0)))

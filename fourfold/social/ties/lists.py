"""Lists of people by their ties, as far as they are for whoever looks: followers, friends, mutual ones, suggestions."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any, Literal, TypeVar
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.pages import Page, cursor_for, position_of
from fourfold.ground.refusals import Forbidden
from fourfold.social.people.queries import people_by_id
from fourfold.social.people.search import may_be_found
from fourfold.social.ties import queries
from fourfold.social.ties.befriend import Direction, request_shape
from fourfold.social.ties.queries import Kind
from fourfold.social.ties.rules import connections_shown
from fourfold.social.ties.shapes import FollowRequestShape, FriendRequestShape, MutualsShape, SuggestionShape
from fourfold.social.visibility.people import as_shown, person_for
from fourfold.social.visibility.rules import PersonFacts, decide_person
from fourfold.social.visibility.shapes import ShownPerson
from fourfold.social.visibility.viewer import viewer_of

# A page of people most of whom are not for the viewer is looked for this often, and then goes on with the next cursor.
ROUNDS = 10
# Suggestions come through so many friends, and out of so many of theirs.
MOST_THROUGH, MOST_WEIGHED = 1000, 300

Item = TypeVar("Item")
# The next so many behind a position, each with what is shown of it: None when it is not for the viewer.
Batch = Callable[[UUID | None, int], Awaitable[list[tuple[UUID, Item | None]]]]


class ConnectionsHidden(Forbidden):
    """403: they do not show the caller with whom they are connected."""

    code = "social.connections_hidden"
    title = "They do not show their connections"


async def connections_page(
    view: DocumentView, handle_or_id: str, kind: Kind, cursor: str | None, limit: int
) -> Page[ShownPerson]:
    """Somebody's followers, those whom they follow, or their friends; raises `NoSuchPerson`, `ConnectionsHidden`."""
    person = await _showing_connections(view, handle_or_id)

    async def batch(behind: UUID | None, number: int) -> list[tuple[UUID, ShownPerson | None]]:
        ids = await queries.tied_to(view, person.id, kind, behind, number)
        shown = await _shown_with(view, person.id, ids)
        return [(each, shown.get(each)) for each in ids]

    return await _filled_page(view, f"social.{kind}:{person.id}", batch, cursor, limit)


async def mutuals_page(view: DocumentView, handle_or_id: str, cursor: str | None, limit: int) -> MutualsShape:
    """Friends that the caller has in common with somebody; raises as `connections_page` does.

    Those who hide their connections from the caller, or are not there for them, are neither listed nor counted.
    """
    person = await _showing_connections(view, handle_or_id)
    mine = await queries.all_tied_to(view, view.who.account, "friends")
    theirs = await queries.all_tied_to(view, person.id, "friends")
    shown = await _shown_with(view, person.id, set(mine) & set(theirs))
    purpose = f"social.mutuals:{person.id}:{view.who.account}"
    position = position_of(view, purpose, cursor)
    behind = UUID(position[0]) if position else None
    rest = [each for each in sorted(shown, reverse=True) if behind is None or each < behind]
    more = cursor_for(view, purpose, [str(rest[limit - 1])]) if len(rest) > limit else None
    return MutualsShape(items=[shown[each] for each in rest[:limit]], next=more, total=len(shown))


async def suggestions(view: DocumentView, limit: int) -> list[SuggestionShape]:
    """Friends of the caller's friends, those with the most in common first.

    Nobody is reached through friends who hide their connections, and nobody is suggested who hides theirs, is not to
    be found, is cut off from the caller, or is tied to them already.
    """
    me = view.who.account
    friends = (await queries.all_tied_to(view, me, "friends"))[:MOST_THROUGH]
    through = sorted(await _shown_with(view, me, friends, strictly=True))
    known = {me, *friends, *await queries.all_tied_to(view, me, "following")}
    weighed = dict(await queries.friends_in_common(view, through, known, MOST_WEIGHED))
    people = await people_by_id(view, weighed)
    viewer = await viewer_of(view, weighed)
    wanted = [
        people[each]
        for each in weighed
        if each in people
        and may_be_found(viewer, people[each])
        and connections_shown(viewer, people[each])
        and viewer.tie_to(each).friend == "no"
    ]
    return [SuggestionShape(person=as_shown(each), mutuals=weighed[each.id]) for each in wanted[:limit]]


async def friend_requests_page(
    view: DocumentView, direction: Direction, cursor: str | None, limit: int
) -> Page[FriendRequestShape]:
    """Requests to be friends that wait: those that the caller has received, or sent; the newest first."""
    me = view.who.account

    async def batch(behind: UUID | None, number: int) -> list[tuple[UUID, FriendRequestShape | None]]:
        rows = await queries.waiting_ties(view, me, direction, behind, number)
        people = await _people_there(view, [row["v"] for row in rows])
        return [
            (
                row["request"],
                request_shape(row["request"], "pending", direction, people[row["v"]], row["at"]["friend"])
                if row["v"] in people
                else None,
            )
            for row in rows
        ]

    return await _filled_page(view, f"social.friend_requests:{direction}:{me}", batch, cursor, limit)


async def follow_requests_page(view: DocumentView, cursor: str | None, limit: int) -> Page[FollowRequestShape]:
    """Requests to follow the caller that wait, the newest first."""
    me = view.who.account

    async def batch(behind: UUID | None, number: int) -> list[tuple[UUID, FollowRequestShape | None]]:
        rows = await queries.waiting_ties(view, me, "to follow", behind, number)
        people = await _people_there(view, [row["v"] for row in rows])
        return [(row["followed_request"], _follow_request(row, people.get(row["v"]))) for row in rows]

    return await _filled_page(view, f"social.follow_requests:{me}", batch, cursor, limit)


async def set_apart_page(
    view: DocumentView, field: Literal["block", "mute"], cursor: str | None, limit: int
) -> Page[ShownPerson]:
    """Whom the caller blocks, or mutes."""
    me = view.who.account

    async def batch(behind: UUID | None, number: int) -> list[tuple[UUID, ShownPerson | None]]:
        ids = await queries.set_apart(view, me, field, behind, number)
        if field == "mute":
            people = await _people_there(view, ids)
        else:
            # They are not there for the caller, but whom they have blocked is theirs to know.
            people = {each.id: each for each in (await people_by_id(view, ids)).values() if each.state == "active"}
        return [(each, as_shown(people[each]) if each in people else None) for each in ids]

    return await _filled_page(view, f"social.{field}s:{me}", batch, cursor, limit)


async def _filled_page(
    view: DocumentView, purpose: str, batch: Batch[Item], cursor: str | None, limit: int
) -> Page[Item]:
    """A full page of what is shown; the cursor points behind the last one of it."""
    position = position_of(view, purpose, cursor)
    behind = UUID(position[0]) if position else None
    found: list[tuple[UUID, Item]] = []
    for _ in range(ROUNDS):
        wanted = limit + 1 - len(found)
        rows = await batch(behind, wanted)
        found += [(place, item) for place, item in rows if item is not None]
        if len(found) > limit:
            last = cursor_for(view, purpose, [str(found[limit - 1][0])])
            return Page(items=[item for _, item in found[:limit]], next=last)
        if len(rows) < wanted:
            return Page(items=[item for _, item in found], next=None)
        behind = rows[-1][0]
    return Page(items=[item for _, item in found], next=cursor_for(view, purpose, [str(behind)]))


async def _showing_connections(view: DocumentView, handle_or_id: str) -> PersonFacts:
    person = await person_for(view, handle_or_id)
    if not connections_shown(await viewer_of(view, [person.id]), person):
        raise ConnectionsHidden
    return person


async def _people_there(view: DocumentView, ids: Collection[UUID]) -> dict[UUID, PersonFacts]:
    people = await people_by_id(view, ids)
    viewer = await viewer_of(view, people)
    return {each.id: each for each in people.values() if decide_person(viewer, each).allow}


async def _shown_with(
    view: DocumentView, owner: UUID, ids: Collection[UUID], *, strictly: bool = False
) -> dict[UUID, ShownPerson]:
    """Those of the ids who may be shown as connected to the owner.

    A tie belongs to both: it is shown to the owner, and to others when both let them see their connections.
    """
    people = await people_by_id(view, ids)
    viewer = await viewer_of(view, people)
    is_own = viewer.id == owner and not strictly
    return {
        each.id: as_shown(each)
        for each in people.values()
        if decide_person(viewer, each).allow and (is_own or viewer.id == each.id or connections_shown(viewer, each))
    }


def _follow_request(row: dict[str, Any], person: PersonFacts | None) -> FollowRequestShape | None:
    if person is None:
        return None
    return FollowRequestShape.model_validate(
        {"id": row["followed_request"], "person": as_shown(person), "at": row["at"]["followed"]}
    )

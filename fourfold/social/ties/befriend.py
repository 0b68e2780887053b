"""Being friends: one asks, the other one says yes or no; when both ask at once, they are."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.social import FriendshipEnded, FriendshipMade, FriendshipRequested
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, Forbidden
from fourfold.social.limits.hold import hold_to
from fourfold.social.people.ensure import active_person
from fourfold.social.people.queries import people_by_id
from fourfold.social.ties.follow import AnsweredAlready, NoSuchRequest
from fourfold.social.ties.pair import bind, somebody
from fourfold.social.ties.queries import bond_in, tie_with_request
from fourfold.social.ties.rules import Bond, befriended, unfriended
from fourfold.social.ties.shapes import FriendRequestShape
from fourfold.social.visibility.people import as_shown
from fourfold.social.visibility.rules import PersonFacts

Status = Literal["pending", "accepted", "declined"]
Direction = Literal["sent", "received"]


class FriendsAlready(Conflict):
    """409: they are friends."""

    code = "social.friends_already"
    title = "You are friends already"


class NotYoursToAnswer(Forbidden):
    """403: whoever has asked does not answer."""

    code = "social.not_yours_to_answer"
    title = "It is for the other one to answer"


class NotYoursToWithdraw(Forbidden):
    """403: only whoever has asked takes that back."""

    code = "social.not_yours_to_withdraw"
    title = "It is for the other one to take back; you can decline it"


class AskFriend(BaseModel):
    """Whom to ask."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(min_length=1, max_length=64, description="Their handle, or their id.", examples=["ada"])


async def ask_friend(work: DocumentWork, ask: AskFriend) -> FriendRequestShape:
    """Asks somebody to be friends; if they have asked already, that says yes. Raises `FriendsAlready` and `TooOften`.

    Whoever asks again gets the request that waits.
    """
    person, bond = await somebody(work, ask.to)
    if bond.friend == "friends":
        raise FriendsAlready
    me, after = work.who.account, befriended(bond, new_id())
    request_id = _id_of(after)
    if await bind(work, person.id, bond, after):
        if after.friend == "friends":
            work.emit(FriendshipMade(by=me, person=person.id, request_id=request_id))
        else:
            await hold_to(work, "friend_requests")
            work.emit(FriendshipRequested(by=me, person=person.id, request_id=request_id))
    return request_shape(request_id, "accepted" if after.friend == "friends" else "pending", "sent", person, work.now)


async def accept_friend(work: DocumentWork, request_id: UUID) -> FriendRequestShape:
    """Says yes to a request; raises `NoSuchRequest` and `NotYoursToAnswer`. Again it does nothing more."""
    person, bond, _ = await _asked(work, request_id)
    if bond.friend == "asked":
        raise NotYoursToAnswer
    if await bind(work, person.id, bond, befriended(bond, request_id)):
        work.emit(FriendshipMade(by=work.who.account, person=person.id, request_id=request_id))
    return request_shape(request_id, "accepted", "received", person, work.now)


async def decline_friend(work: DocumentWork, request_id: UUID) -> FriendRequestShape:
    """Says no to a request; raises `NoSuchRequest`, `NotYoursToAnswer` and `AnsweredAlready`."""
    person, bond, at = await _asked(work, request_id)
    if bond.friend == "asked":
        raise NotYoursToAnswer
    if bond.friend == "friends":
        raise AnsweredAlready
    await _end(work, person, bond)
    return request_shape(request_id, "declined", "received", person, at)


async def withdraw_request(work: DocumentWork, request_id: UUID) -> None:
    """Takes the caller's request back; raises `NoSuchRequest`, `NotYoursToWithdraw` and `AnsweredAlready`."""
    person, bond, _ = await _asked(work, request_id)
    if bond.friend == "asks":
        raise NotYoursToWithdraw
    if bond.friend == "friends":
        raise AnsweredAlready
    await _end(work, person, bond)


async def unfriend(work: DocumentWork, handle_or_id: str) -> None:
    """Ends a friendship; what only waits stays. Without one nothing happens."""
    person, bond = await somebody(work, handle_or_id)
    if bond.friend == "friends":
        await _end(work, person, bond)


async def _end(work: DocumentWork, person: PersonFacts, bond: Bond) -> None:
    await bind(work, person.id, bond, unfriended(bond))
    work.emit(FriendshipEnded(by=work.who.account, person=person.id))


async def _asked(work: DocumentWork, request_id: UUID) -> tuple[PersonFacts, Bond, datetime]:
    me = await active_person(work)
    row = await tie_with_request(work, me.id, "request", request_id)
    if row is None:
        raise NoSuchRequest
    person = (await people_by_id(work, [row["v"]])).get(row["v"])
    if person is None:
        raise NoSuchRequest
    return person, bond_in(row), row["at"]["friend"]


def request_shape(
    request_id: UUID, status: Status, direction: Direction, person: PersonFacts, at: datetime
) -> FriendRequestShape:
    """A request as it leaves."""
    return FriendRequestShape(id=request_id, status=status, direction=direction, person=as_shown(person), at=at)


def _id_of(bond: Bond) -> UUID:
    if bond.request is None:
        raise RuntimeError("a request has an id")
    return bond.request

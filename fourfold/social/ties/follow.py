"""Following: at once, or when whoever is protected has allowed it; and no longer."""

from uuid import UUID

from fourfold.contracts.social import FollowRequested, PersonFollowed, PersonUnfollowed
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, Forbidden, NotFound
from fourfold.social.limits.hold import hold_to
from fourfold.social.people.ensure import active_person
from fourfold.social.people.queries import people_by_id
from fourfold.social.ties.pair import bind, somebody
from fourfold.social.ties.queries import bond_in, tie_with_request
from fourfold.social.ties.rules import Bond, followed, let_follow, not_let_follow, unfollowed
from fourfold.social.ties.shapes import TieShape
from fourfold.social.visibility.rules import PersonFacts


class NotFollowed(Forbidden):
    """403: they let nobody follow them."""

    code = "social.not_followed"
    title = "They let nobody follow them"


class NoSuchRequest(NotFound):
    """404: there is no such request, or it is not the caller's."""

    code = "social.no_such_request"
    title = "There is no such request"


class AnsweredAlready(Conflict):
    """409: the request was answered."""

    code = "social.answered_already"
    title = "The request was answered already"


async def follow(work: DocumentWork, handle_or_id: str) -> TieShape:
    """Follows somebody, or asks to when they are protected; again it does nothing more.

    Raises `NotFollowed` and `TooOften`.
    """
    person, bond = await somebody(work, handle_or_id)
    me = work.who.account
    if bond.follow != "yes" and person.settings.get("follow") == "nobody":
        raise NotFollowed
    after = followed(bond, asks=person.visibility == "protected", request_id=new_id())
    if await bind(work, person.id, bond, after):
        await hold_to(work, "follows")
        if after.follow == "yes":
            work.emit(PersonFollowed(by=me, person=person.id))
        elif after.follow_request is not None:
            work.emit(FollowRequested(by=me, person=person.id, request_id=after.follow_request))
    return TieShape.of(person, after)


async def unfollow(work: DocumentWork, handle_or_id: str) -> None:
    """Follows somebody no longer, and does not ask to any more."""
    person, bond = await somebody(work, handle_or_id)
    await bind(work, person.id, bond, unfollowed(bond))
    if bond.follow == "yes":
        work.emit(PersonUnfollowed(by=work.who.account, person=person.id))


async def remove_follower(work: DocumentWork, handle_or_id: str) -> None:
    """Has somebody follow the caller no longer; they are not told."""
    person, bond = await somebody(work, handle_or_id)
    await bind(work, person.id, bond, not_let_follow(bond))
    if bond.followed == "yes":
        work.emit(PersonUnfollowed(by=person.id, person=work.who.account))


async def accept_follower(work: DocumentWork, request_id: UUID) -> TieShape:
    """Lets somebody follow who has asked to; raises `NoSuchRequest`. Again it does nothing more."""
    person, bond = await _asking(work, request_id)
    after = let_follow(bond)
    if await bind(work, person.id, bond, after):
        work.emit(PersonFollowed(by=person.id, person=work.who.account))
    return TieShape.of(person, after)


async def decline_follower(work: DocumentWork, request_id: UUID) -> None:
    """Does not let somebody follow who has asked to; raises `NoSuchRequest` and `AnsweredAlready`."""
    person, bond = await _asking(work, request_id)
    if bond.followed != "asked":
        raise AnsweredAlready
    await bind(work, person.id, bond, not_let_follow(bond))


async def _asking(work: DocumentWork, request_id: UUID) -> tuple[PersonFacts, Bond]:
    me = await active_person(work)
    row = await tie_with_request(work, me.id, "followed_request", request_id)
    if row is None:
        raise NoSuchRequest
    person = (await people_by_id(work, [row["v"]])).get(row["v"])
    if person is None:
        raise NoSuchRequest
    return person, bond_in(row)

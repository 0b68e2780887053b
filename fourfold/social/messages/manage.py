"""Groups: what they are called, who comes, who goes, and who may decide that."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.ground.document_work import DocumentWork
from fourfold.ground.refusals import Conflict, Forbidden
from fourfold.ground.updates import each as all_of
from fourfold.social.limits.hold import hold_to
from fourfold.social.messages.documents import CONVERSATIONS, MEMBERSHIPS
from fourfold.social.messages.forget import OneConversation, erase_conversation
from fourfold.social.messages.open import MOST_MEMBERS, Name, Named, guests_named, refuse_unreachable, seat_from
from fourfold.social.messages.queries import seats_in
from fourfold.social.messages.rules import Role, Seat, heir, may_manage, may_remove
from fourfold.social.messages.show import NoSuchConversation, Seated, seat_for
from fourfold.social.messages.tell import tell_conversation, tell_left
from fourfold.social.people.ensure import active_person
from fourfold.social.visibility.people import NoSuchPerson, person_named


class NotAGroup(Conflict):
    """409: two people talk to each other: nobody joins them, and neither leaves."""

    code = "social.not_a_group"
    title = "This is a conversation of two"


class NotYourGroup(Forbidden):
    """403: this is for those who look after the group."""

    code = "social.not_your_group"
    title = "The owner and the admins of the group decide this"


class TooManyMembers(Conflict):
    """409: more people than talk in one group."""

    code = "social.too_many_members"
    title = f"A group has at most {MOST_MEMBERS} members"


class EditConversation(BaseModel):
    """What a group is to be called."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = Field(description="Null for none.", examples=["Climbers"])


class AddMembers(BaseModel):
    """Who is to come."""

    model_config = ConfigDict(extra="forbid")

    people: list[Named] = Field(min_length=1, max_length=MOST_MEMBERS - 1, examples=[["ada"]])


class ChangeRole(BaseModel):
    """What a member is to be; an owner who names another one is an admin from then on."""

    model_config = ConfigDict(extra="forbid")

    role: Role = Field(examples=["admin"])


async def edit_conversation(work: DocumentWork, conversation_id: UUID, ask: EditConversation) -> None:
    """Gives a group another name; raises `NoSuchConversation`, `NotAGroup` and `NotYourGroup`."""
    group = await _managed(work, conversation_id)
    if ask.name == group.conversation["name"]:
        return
    await _change(work, group, {"$set": {"name": ask.name}})
    await tell_conversation(work, group.id, group.conversation["members"])
    work.changed({"name": group.conversation["name"]}, {"name": ask.name})


async def add_members(work: DocumentWork, conversation_id: UUID, ask: AddMembers) -> None:
    """Lets people into a group, who read what is said from now on; who is in it stays as they are.

    Raises `NoSuchConversation`, `NotAGroup`, `NotYourGroup`, `NoSuchPerson`, `NotReachable`, `TooManyMembers`
    and `TooOften`.
    """
    group = await _managed(work, conversation_id)
    guests = await guests_named(work, ask.people)
    fresh = [guest for guest in guests if guest.id not in group.conversation["members"]]
    if not fresh:
        return
    strangers = await refuse_unreachable(work, fresh)
    ids = [guest.id for guest in fresh]
    if len(group.conversation["members"]) + len(ids) > MOST_MEMBERS:
        raise TooManyMembers
    await hold_to(work, "conversations", strangers)
    after = await _change(work, group, {"$addToSet": {"members": all_of(ids)}})
    seat = seat_from(work, "member", after["seq"])
    for person in ids:
        there = {"conversation": group.id, "person": person}
        await work.documents(MEMBERSHIPS).update_one(there, {"$set": seat}, upsert=True)
    await tell_conversation(work, group.id, after["members"], ids)


async def remove_member(work: DocumentWork, conversation_id: UUID, handle_or_id: str) -> None:
    """Takes somebody out of a group, or the caller leaves it; nothing of it is for them any more.

    Raises `NoSuchConversation`, `NotAGroup`, `NoSuchPerson` when there is no such member for the caller, and
    `NotYourGroup`.
    """
    group = await _group(work, conversation_id)
    seats = (await seats_in(work, [conversation_id]))[conversation_id]
    theirs = await _seat_named(work, group, seats, handle_or_id)
    if theirs.person != group.seat.person and not may_remove(group.seat.role, theirs.role):
        raise NotYourGroup
    left = [seat for seat in seats if seat.person != theirs.person]
    await _change(work, group, {"$pull": {"members": theirs.person}})
    gone = {"$set": {"left_at": work.now, "role": "member"}}
    await work.documents(MEMBERSHIPS).update_one({"conversation": group.id, "person": theirs.person}, gone)
    if theirs.role == "owner":
        await _hand_over(work, group.id, heir(left))
    if not left:
        work.later(erase_conversation, OneConversation(conversation_id=group.id))
    await tell_left(work, group.id, theirs.person)
    await tell_conversation(work, group.id, [seat.person for seat in left], [theirs.person])


async def change_role(work: DocumentWork, conversation_id: UUID, handle_or_id: str, ask: ChangeRole) -> None:
    """Makes a member an admin, no admin any more, or the owner in the caller's place, who owns the group.

    Raises `NoSuchConversation`, `NotAGroup`, `NotYourGroup` and `NoSuchPerson`.
    """
    group = await _group(work, conversation_id)
    if group.seat.role != "owner":
        raise NotYourGroup
    seats = (await seats_in(work, [conversation_id]))[conversation_id]
    theirs = await _seat_named(work, group, seats, handle_or_id)
    if theirs.role == ask.role:
        return
    if theirs.person == group.seat.person:
        raise NotYourGroup("Name another owner; you are an admin then.")
    # The conversation itself is met by whoever changes anything about its members at the same time.
    await _change(work, group, {"$set": {"roles_at": work.now}})
    await _give_role(work, group.id, theirs.person, ask.role)
    if ask.role == "owner":
        await _give_role(work, group.id, group.seat.person, "admin")
    await tell_conversation(work, group.id, group.conversation["members"], [theirs.person])
    work.changed({"role": theirs.role}, {"role": ask.role})


async def _group(work: DocumentWork, conversation_id: UUID) -> Seated:
    await active_person(work)
    seated = await seat_for(work, conversation_id)
    if seated.conversation["kind"] != "group":
        raise NotAGroup
    return seated


async def _managed(work: DocumentWork, conversation_id: UUID) -> Seated:
    group = await _group(work, conversation_id)
    if not may_manage(group.seat.role):
        raise NotYourGroup
    return group


async def _change(work: DocumentWork, group: Seated, update: Mapping[str, Any]) -> dict[str, Any]:
    there = {"_id": group.id, "members": group.seat.person}
    after = await work.documents(CONVERSATIONS).find_one_and_update(there, update)
    if after is None:
        raise NoSuchConversation
    return after


async def _seat_named(work: DocumentWork, group: Seated, seats: Sequence[Seat], handle_or_id: str) -> Seat:
    """The place of a member for whom the caller is there; one who is suspended or gone may be taken out as well."""
    person = await person_named(work, handle_or_id)
    wanted = person.id if person else None
    found = next((seat for seat in seats if seat.person == wanted and wanted not in group.viewer.cut), None)
    if found is None:
        raise NoSuchPerson
    return found


async def _hand_over(work: DocumentWork, conversation_id: UUID, person: UUID | None) -> None:
    if person is not None:
        await _give_role(work, conversation_id, person, "owner")


async def _give_role(work: DocumentWork, conversation_id: UUID, person: UUID, role: Role) -> None:
    there = {"conversation": conversation_id, "person": person, "left_at": None}
    await work.documents(MEMBERSHIPS).update_one(there, {"$set": {"role": role}})

"""Beginning a conversation: with one other person, or with several."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fourfold.ground.again import TryAgain
from fourfold.ground.collection import Duplicate
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Forbidden
from fourfold.social.limits.hold import hold_to
from fourfold.social.messages.documents import CONVERSATIONS, MEMBERSHIPS
from fourfold.social.messages.queries import conversation_with_id
from fourfold.social.messages.rules import Role, direct_id, may_write_to
from fourfold.social.messages.tell import tell_conversation
from fourfold.social.people.ensure import active_person, person_of_account
from fourfold.social.people.queries import people_by_handle, people_by_id
from fourfold.social.texts.rules import CONTROLS, TURNING, is_blank, tidy
from fourfold.social.ties.pair import Yourself
from fourfold.social.visibility.people import UUID_LENGTH, NoSuchPerson
from fourfold.social.visibility.rules import PersonFacts, decide_person
from fourfold.social.visibility.viewer import viewer_for

MOST_MEMBERS = 100


class NotReachable(Forbidden):
    """403: somebody does not take messages from the caller."""

    code = "social.not_reachable"
    title = "They do not take messages from you"


def _readable(name: str) -> str:
    if TURNING.search(name) or CONTROLS.search(name) or is_blank(name):
        raise ValueError("write something that can be seen, without control characters and changes of direction")
    return " ".join(tidy(name).split())


Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_readable)]
Named = Annotated[str, Field(min_length=3, max_length=36)]


class OpenConversation(BaseModel):
    """A conversation to be: with one person and without a name it is between two, else it is a group."""

    model_config = ConfigDict(extra="forbid")

    people: list[Named] = Field(
        min_length=1, max_length=MOST_MEMBERS - 1, description="Handles or ids of the others.", examples=[["ada"]]
    )
    name: Name | None = Field(None, description="What the group is called.", examples=["Climbers"])


async def open_conversation(work: DocumentWork, ask: OpenConversation) -> tuple[UUID, bool]:
    """Begins a conversation, and says its id and whether it is new: two people have one, however often it begins.

    Raises `NoSuchPerson` for anybody who is not there for the caller, `NotReachable`, `Yourself`, and
    `TooOften`.
    """
    me = await active_person(work)
    guests = await guests_named(work, ask.people)
    others = {each.id: each for each in guests if each.id != me.id}
    if not others:
        raise Yourself
    if ask.name is None and len(others) == 1:
        return await _open_direct(work, me, *others.values())
    await hold_to(work, "conversations", await refuse_unreachable(work, list(others.values())))
    conversation_id = new_id()
    roles: dict[UUID, Role] = {me.id: "owner", **_as_members(others)}
    await _begin(work, {"_id": conversation_id, "kind": "group", "name": ask.name}, roles)
    return conversation_id, True


async def _open_direct(work: DocumentWork, me: PersonFacts, other: PersonFacts) -> tuple[UUID, bool]:
    conversation_id = direct_id(work.who.tenant_id, me.id, other.id)
    if await conversation_with_id(work, conversation_id) is not None:
        return conversation_id, False
    await hold_to(work, "conversations", await refuse_unreachable(work, [other]))
    try:
        await _begin(work, {"_id": conversation_id, "kind": "direct", "name": None}, _as_members([me.id, other.id]))
    except Duplicate as problem:
        raise TryAgain("the other one begins it at the same time") from problem
    return conversation_id, True


def _as_members(people: Sequence[UUID] | Mapping[UUID, Any]) -> dict[UUID, Role]:
    return dict.fromkeys(people, "member")


async def _begin(work: DocumentWork, facts: Mapping[str, Any], roles: Mapping[UUID, Role]) -> None:
    conversation_id = facts["_id"]
    fresh = {
        **facts, "members": list(roles), "by": work.who.account, "seq": 0, "last": None, "last_at": work.now,
        "created_at": work.now,
    }  # fmt: skip
    await work.documents(CONVERSATIONS).insert(fresh)
    seats = [
        {"_id": new_id(), "conversation": conversation_id, "person": person, **seat_from(work, role, 0)}
        for person, role in roles.items()
    ]
    await work.documents(MEMBERSHIPS).insert_many(seats)
    await tell_conversation(work, conversation_id, list(roles), [work.who.account])


def seat_from(work: DocumentWork, role: Role, seq: int) -> dict[str, Any]:
    """A place of somebody who comes when so many messages have been sent: those before are not for them."""
    return {
        "role": role, "joined_seq": seq, "read_seq": seq, "delivered_seq": seq, "muted": False,
        "joined_at": work.now, "left_at": None,
    }  # fmt: skip


async def guests_named(work: DocumentWork, named: Sequence[str]) -> list[PersonFacts]:
    """The people with these handles or ids, each once; raises `NoSuchPerson` when one is not there for the caller.

    Whoever has an account is a person, when asked for.
    """
    aside, me = DocumentView(work.house, work.who), work.who.account
    ids = {each: person_id for each in named if (person_id := _id_in(each)) is not None}
    by_id = await people_by_id(aside, ids.values())
    by_handle = await people_by_handle(aside, [each.lower() for each in named if each not in ids])
    people: list[PersonFacts | None] = []
    for each in named:
        known = by_id.get(ids[each]) if each in ids else by_handle.get(each.lower())
        people.append(known or (await person_of_account(work, ids[each]) if each in ids else None))
    found = {each.id: each for each in people if each is not None}
    viewer = await viewer_for(aside, me, found)
    if None in people or not all(decide_person(viewer, each).allow for each in found.values()):
        raise NoSuchPerson
    return list(found.values())


def _id_in(text: str) -> UUID | None:
    if len(text) == UUID_LENGTH:
        with suppress(ValueError):
            return UUID(text)
    return None


async def refuse_unreachable(work: DocumentWork, people: Sequence[PersonFacts]) -> int:
    """Raises `NotReachable` unless all of these people let the caller write to them; counts those who are not friends.

    Friends all count as one.
    """
    viewer = await viewer_for(DocumentView(work.house, work.who), work.who.account, [each.id for each in people])
    if not all(may_write_to(viewer, each, has_written=False) for each in people):
        raise NotReachable
    return max(1, sum(not viewer.is_friend_of(each.id) for each in people))

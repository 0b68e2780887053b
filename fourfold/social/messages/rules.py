"""Who reads which messages, and who may do what in a conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid5

from fourfold.social.visibility.rules import PersonFacts, Viewer, may_by_setting

Role = Literal["owner", "admin", "member"]
Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place in a conversation: what was said up to `joined_seq` is not for them."""

    person: UUID
    role: Role = "member"
    joined_seq: int = 0
    read_seq: int = 0
    delivered_seq: int = 0
    muted: bool = False


def direct_id(tenant: UUID, one: UUID, other: UUID) -> UUID:
    """The id of the conversation of two, whoever of them begins it."""
    first, second = sorted((one, other))
    return uuid5(tenant, f"social.direct:{first}|{second}")


def is_for(viewer: Viewer, seat: Seat, message: Message) -> bool:
    """Whether somebody who sits in its conversation reads a message: since they came, and of nobody who is cut off."""
    return message["seq"] > seat.joined_seq and viewer.cut.isdisjoint(message["involved"])


def answered_by(viewer: Viewer, seat: Seat, message: Message) -> UUID | None:
    """The message that this one answers to, if they read that one."""
    answered = message["answers"]
    if answered is None:
        return None
    seen = answered["seq"] > seat.joined_seq and viewer.cut.isdisjoint(answered["involved"])
    return UUID(str(answered["id"])) if seen else None


def may_write_to(viewer: Viewer, person: PersonFacts, *, has_written: bool) -> bool:
    """Whether a person lets the viewer write to them.

    Whoever has written in the conversation is answered, unless they want nobody's messages.
    """
    if may_by_setting(viewer, person, "message"):
        return True
    return has_written and person.id not in viewer.cut and person.settings.get("message") != "nobody"


def may_manage(role: Role) -> bool:
    """Whether somebody names a group, and lets others in."""
    return role in {"owner", "admin"}


def may_remove(role: Role, theirs: Role) -> bool:
    """Whether somebody takes another member out of a group: the owner everybody, admins members."""
    return role == "owner" or (role == "admin" and theirs == "member")


def heir(seats: Sequence[Seat]) -> UUID | None:
    """Who owns a group after its owner has left: the first of the admins to have come, else of the members."""
    ranked = sorted(seats, key=lambda seat: (seat.role != "admin", seat.joined_seq, seat.person))
    return ranked[0].person if ranked else None

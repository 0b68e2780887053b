"""The kinds of channels, and who may listen to each of them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.refusals import NotFound
from fourfold.ground.who import Who
from fourfold.social.channels.rules import Named, named
from fourfold.social.presence.watch import watchers_of
from fourfold.social.visibility.audience import seers_of

# For so many seconds it is believed that somebody may listen.
BRIEFLY = 1.0

Check: TypeAlias = Callable[[DocumentView, UUID, Sequence[Who]], Awaitable[frozenset[UUID]]]


class NoSuchChannel(NotFound):
    """404: there is no such channel, or it is not for the caller."""

    code = "social.no_such_channel"
    title = "There is no such channel"


@dataclass(frozen=True, slots=True)
class Kind:
    """`check` says which of these callers may listen to what the id names, by their accounts.

    Whoever lacks the `permission` may not in any case. What is not `logged` is heard by those who listen when it
    happens, and by nobody else.
    """

    check: Check
    permission: str = ""
    logged: bool = True
    lasts: float = BRIEFLY

    def admits(self, who: Who) -> bool:
        """Whether the caller's own rights go so far."""
        return not self.permission or who.may(self.permission)


async def _own(_view: DocumentView, person: UUID, people: Sequence[Who]) -> frozenset[UUID]:
    return frozenset(who.account for who in people if who.account == person)


KINDS: Mapping[str, Kind] = {
    "user": Kind(_own, lasts=float("inf")),
    "post": Kind(seers_of, "social:posts:read"),
    "presence": Kind(watchers_of, "social:people:read", logged=False),
}


def kind_of(channel: object, who: Who) -> tuple[Named, Kind]:
    """The parts of a channel's name, and its kind; raises `NoSuchChannel` for what the caller has no right to."""
    found = named(channel)
    kind = KINDS.get(found.kind) if found is not None else None
    if found is None or kind is None or not kind.admits(who):
        raise NoSuchChannel
    return found, kind


async def channel_for(view: DocumentView, channel: object, who: Who) -> Kind:
    """A channel that somebody may listen to; raises `NoSuchChannel`, whether there is none or none for them."""
    found, kind = kind_of(channel, who)
    if who.account not in await kind.check(view, found.id, [who]):
        raise NoSuchChannel
    return kind

"""One channel that somebody in this process listens to."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from time import monotonic
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.social.channels.events import Happened
from fourfold.social.channels.kinds import Kind
from fourfold.social.sockets.listener import Listener

# What tells that a channel's subject is no more: the last that is heard of it.
FAREWELLS = frozenset({"post.deleted"})


@dataclass(frozen=True, slots=True)
class Hearers:
    """Those who hear what has happened; those who hear of the end of it; and those who listen no longer."""

    stay: Sequence[Listener]
    before: Sequence[Listener]
    lost: Sequence[Listener]

    def of(self, happened: Happened) -> Sequence[Listener]:
        """Those who hear of this."""
        return self.before if happened.kind in FAREWELLS else self.stay


@dataclass(slots=True, eq=False)
class Line:
    """A channel of a tenant: who listens, up to which row it was read, and who may hear what comes."""

    tenant_id: UUID
    channel: str
    id: UUID
    kind: Kind
    seq: int = 0
    listeners: set[Listener] = field(default_factory=set)
    starting: "asyncio.Task[None] | None" = None
    reading: "asyncio.Task[None] | None" = None
    due: bool = False
    brief: dict[tuple[str, str], Happened] = field(default_factory=dict)
    _asked: frozenset[UUID] = frozenset()
    _allowed: frozenset[UUID] = frozenset()
    _until: float = 0.0

    @property
    def is_started(self) -> bool:
        """Whether it is known where its log ends."""
        return self.starting is not None and self.starting.done() and not self._has_failed()

    @property
    def is_at_rest(self) -> bool:
        """Whether all that is known to have happened was handed out."""
        return not self.due and (self.reading is None or self.reading.done())

    def _has_failed(self) -> bool:
        task = self.starting
        return task is not None and task.done() and (task.cancelled() or task.exception() is not None)

    def let_in(self, account: UUID) -> None:
        """Somebody has just been found to be one who may listen."""
        self._asked |= {account}
        self._allowed |= {account}

    def doubt(self) -> None:
        """Whoever may listen is to be asked again."""
        self._until = 0.0

    async def hearers(self, view: DocumentView, happened: Sequence[Happened]) -> Hearers:
        """Who hears of these; it is asked again whether they may, once a second and when that has perhaps changed."""
        before = self._allowed
        about_access = any(each.kind.startswith("post.") for each in happened)
        if self.kind.lasts != inf and (about_access or monotonic() > self._until):
            await self._ask(view)
        listeners = list(self.listeners)
        lost = [each for each in listeners if not self._may_stay(each)]
        stay = [each for each in listeners if each not in lost] if lost else listeners
        return Hearers(stay, [each for each in listeners if each.account in before], lost)

    def _may_stay(self, listener: Listener) -> bool:
        is_known = listener.account in self._asked
        return self.kind.admits(listener.who) and (listener.account in self._allowed or not is_known)

    async def _ask(self, view: DocumentView) -> None:
        people = {each.account: each.who for each in self.listeners}
        allowed = await self.kind.check(view, self.id, list(people.values()))
        # Whoever has come meanwhile was asked about a moment ago.
        self._allowed = allowed | (self._allowed - set(people))
        self._asked = frozenset(people) | self._allowed
        self._until = monotonic() + self.kind.lasts

"""Who may listen to a channel: those who ask at the same time are asked about at once, however many they are."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.who import Who
from fourfold.social.channels.kinds import Kind, NoSuchChannel, kind_of
from fourfold.social.channels.rules import Named

Key = tuple[UUID, Named]


@dataclass(slots=True, eq=False)
class _Batch:
    """Those who are asked about together; the task says which of them may listen."""

    people: list[Who] = field(default_factory=list)
    task: "asyncio.Task[frozenset[UUID]] | None" = None


class Admission:
    """What a process asks at its channels."""

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self._next: dict[Key, _Batch] = {}
        self._asking: dict[Key, asyncio.Task[frozenset[UUID]]] = {}

    async def admit(self, view: DocumentView, channel: str, who: Who) -> tuple[Named, Kind]:
        """A channel that the caller may listen to; raises `NoSuchChannel`, whether there is none or none for them."""
        found, kind = kind_of(channel, who)
        key = (view.who.tenant_id, found)
        batch = self._next.get(key)
        if batch is None or batch.task is None:
            batch = self._next[key] = _Batch()
            batch.task = asyncio.create_task(self._ask(key, batch, view, kind))
        batch.people.append(who)
        if who.account not in await asyncio.shield(batch.task):
            raise NoSuchChannel
        return found, kind

    async def _ask(self, key: Key, batch: _Batch, view: DocumentView, kind: Kind) -> frozenset[UUID]:
        earlier = self._asking.get(key)
        if earlier is not None:
            # Whoever comes meanwhile is asked about together.
            await asyncio.wait([earlier])
        del self._next[key]
        task = batch.task
        if task is not None:
            self._asking[key] = task
        try:
            return await kind.check(view, key[1].id, batch.people)
        finally:
            if self._asking.get(key) is task:
                del self._asking[key]

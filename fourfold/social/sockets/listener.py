"""Somebody who listens: where they are on each channel, and what they are handed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from fourfold.ground.refusals import Refusal
from fourfold.ground.who import Who
from fourfold.social.channels.events import Ended, Happened, Heard, Resync
from fourfold.social.channels.replay import Replay

# Whoever has not taken so many is told no more until they have; then they are told that they missed something.
MOST_WAITING, FEW_WAITING = 1000, 100

# Says who it is once more; raises a refusal when they may not come in any longer.
Again: TypeAlias = Callable[[], Awaitable[Who]]


class Outlet(Protocol):
    """Takes what somebody is told; none of it waits for them."""

    @property
    def waiting(self) -> int:
        """How much they have not taken yet."""

    def event(self, happened: Happened, prev: int | None) -> None:
        """Something has happened."""

    def resync(self, channel: str, seq: int) -> None:
        """Too much was missed on a channel."""

    def ended(self, channel: str) -> None:
        """A channel is not for them any longer."""

    def closed(self, refusal: Refusal | None) -> None:
        """They are told nothing more; a refusal says why."""


@dataclass(slots=True)
class Place:
    """Where somebody is on a channel: the number of the last event that they were told.

    While it is being found out what they have missed, what happens meanwhile is `held`.
    """

    seq: int = 0
    held: list[Happened] | None = field(default_factory=list)
    behind: bool = False


class Listener:
    """One connection of somebody."""

    def __init__(self, who: Who, outlet: Outlet, again: Again | None) -> None:
        """They listen to nothing yet."""
        self.who = who
        self.account = who.account
        self.outlet = outlet
        self.again = again
        self.asked_at = 0.0
        self.places: dict[str, Place] = {}

    @property
    def cursors(self) -> dict[str, int]:
        """The last number that they were told on each channel."""
        return {channel: place.seq for channel, place in self.places.items() if place.held is None}

    @property
    def behind(self) -> list[str]:
        """The channels on which they were left out of something because they were too slow."""
        return [channel for channel, place in self.places.items() if place.behind]

    def hear(self, happened: Happened) -> None:
        """Something has happened on a channel that they listen to, and it is for them."""
        place = self.places.get(happened.channel)
        if place is None:
            return
        if place.held is not None:
            place.held.append(happened)
        elif happened.seq is None:
            if self.outlet.waiting < MOST_WAITING:
                self.outlet.event(happened, None)
        elif happened.seq > place.seq and not place.behind:
            if self.outlet.waiting < MOST_WAITING:
                self.outlet.event(happened, place.seq)
                place.seq = happened.seq
            else:
                place.behind = True

    def settle(self, channel: str, place: Place, missed: Replay) -> None:
        """Tells what was missed on a channel, and what has happened since that was read."""
        place.seq = missed.seq if missed.resync or not missed.events else place.seq
        if missed.resync:
            self.outlet.resync(channel, missed.seq)
        for happened in missed.events:
            self.outlet.event(happened, place.seq)
            place.seq = happened.seq or place.seq
        held, place.held = place.held or [], None
        for happened in held:
            if happened.seq is None or happened.seq > missed.covered:
                self.hear(happened)

    def catch_up(self, channel: str, seq: int) -> None:
        """They are told where they go on, once they have taken what waited."""
        place = self.places.get(channel)
        if place is not None and place.behind and self.outlet.waiting <= FEW_WAITING:
            place.behind, place.seq = False, seq
            self.outlet.resync(channel, seq)


class Queued:
    """An outlet for those who ask for one thing after the other: `async for`."""

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self._queue: asyncio.Queue[Heard | Resync | Ended | None] = asyncio.Queue()
        self.refusal: Refusal | None = None

    @property
    def waiting(self) -> int:
        """How much was not taken yet."""
        return self._queue.qsize()

    def event(self, happened: Happened, prev: int | None) -> None:
        """Something has happened."""
        self._queue.put_nowait(Heard(happened.channel, happened.seq, prev, happened.kind, happened.data))

    def resync(self, channel: str, seq: int) -> None:
        """Too much was missed on a channel."""
        self._queue.put_nowait(Resync(channel, seq))

    def ended(self, channel: str) -> None:
        """A channel is not for them any longer."""
        self._queue.put_nowait(Ended(channel))

    def closed(self, refusal: Refusal | None) -> None:
        """It ends."""
        self.refusal = refusal
        with suppress(asyncio.QueueEmpty):
            # Whoever may not listen any longer is not told what waits either.
            while True:
                self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Heard | Resync | Ended]:
        """All that is told, until it ends."""
        while (told := await self._queue.get()) is not None:
            yield told

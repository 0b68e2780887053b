"""Reactions: what a room does when others tell of something that has happened."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from fourfold.ground.outbox import Event
from fourfold.ground.work import Work

Told = TypeVar("Told", bound=Event)


@dataclass(frozen=True, slots=True)
class Reaction:
    """One thing done about one kind of event; `name` is unique and stays, since what was done is kept under it."""

    name: str
    event: type[Event]
    act: Callable[[Work, Event], Awaitable[None]]


@dataclass(slots=True)
class Reactions:
    """The reactions of one room: `reactions = Reactions("commerce.stock")`, then `@reactions.on(OrderPlaced)`."""

    room: str
    all: list[Reaction] = field(default_factory=list)

    def on(
        self, event: type[Told]
    ) -> Callable[[Callable[[Work, Told], Awaitable[None]]], Callable[[Work, Told], Awaitable[None]]]:
        """Registers an async function `(work, event)`; its effect happens once however often the event is delivered."""

        def register(act: Callable[[Work, Told], Awaitable[None]]) -> Callable[[Work, Told], Awaitable[None]]:
            self.all.append(Reaction(f"{self.room}.{act.__name__}", event, act))  # type: ignore[arg-type]  # only ever called with its own event
            return act

        return register

"""What all parcels have: the house, the caller, the time, and the ways to tell others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from prometheus_client import Counter
from pydantic import BaseModel

from fourfold.ground.audit import Asked, AuditNote, Row
from fourfold.ground.durable import Job, Later
from fourfold.ground.house import House
from fourfold.ground.metrics import Count
from fourfold.ground.outbox import Event
from fourfold.ground.who import Who

if TYPE_CHECKING:
    from fourfold.ground.document_store import DocumentStore

Port = TypeVar("Port")


class NoDocuments(RuntimeError):
    """The process serves no system that keeps documents, and so has no way to them."""


def ask_port(house: House, port: type[Port]) -> Port:
    """Whoever answers the port in this house."""
    return cast("Port", house.neighbours[port])


@dataclass(slots=True)
class Parcel:
    """One piece of work for one caller, whatever it opens."""

    house: House
    who: Who

    @property
    def now(self) -> datetime:
        """The current time."""
        return self.house.clock.now()

    @property
    def store(self) -> "DocumentStore":
        """The way to documents, for parcels; rooms ask for `documents(...)`."""
        if self.house.documents is None:
            raise NoDocuments("set FOURFOLD_MONGO_URL, or serve the systems that need it")
        return self.house.documents

    def ask(self, port: type[Port]) -> "Port":
        """Whoever answers the port: another system, near or far. It opens its own transaction."""
        return ask_port(self.house, port)


class Telling:
    """The ways to tell others of a change; they are told when it is committed, or never."""

    __slots__ = ()

    house: House
    who: Who
    events: list[Event]
    jobs: list[Later]
    notes: list[AuditNote]
    asked: Asked | None
    counted: list[Count]

    def emit(self, event: Event) -> None:
        """Tells the others: the event is written with this transaction, and delivered after it."""
        self.events.append(event)
        self.counted += event.counts()

    def count(self, family: Counter, amount: float = 1) -> None:
        """Adds to a metric once this transaction is committed: once, even if the request comes again with its key."""
        self.counted.append((family, amount))

    def later(self, kind: Job, args: BaseModel, *, at: datetime | None = None, once: str | None = None) -> Later:
        """Enqueues durable work with this transaction; `once` is a name under which it is enqueued only once."""
        enqueued = Later.of(kind, args, at or self.house.clock.now(), once)
        self.jobs.append(enqueued)
        return enqueued

    def note(self, action: str, target: str, *, before: object = None, after: object = None) -> None:
        """Says for the audit log what is done, on what (`order:<id>`), and how it was before and after.

        The first note is the request's own entry, instead of what the door knows; each other one is another entry.
        Secrets and personal details are left out by the names of their fields.
        """
        self.notes.append(AuditNote(action, target, before, after))

    def changed(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Says how what the request changes was, and how it is now, for the request's entry in the audit log.

        Only what differs is kept. What is removed is told with an empty `after`. Work that nobody asked for over HTTP
        keeps nothing of it.
        """
        if self.asked is None or self.asked.is_kept or self.notes:
            return
        names = [name for name in after if _differ(before.get(name), after[name])] if after else list(before)
        was, now = {name: before[name] for name in names if name in before}, {name: after.get(name) for name in names}
        self.notes.append(AuditNote("", "", was or None, now if after else None))

    def entries(self, now: datetime) -> list[Row]:
        """The entries of the audit log, taken once: one for the request, and those that were noted."""
        asked, notes = self.asked, list(self.notes)
        if asked is not None and not asked.is_kept and not notes:
            notes = [AuditNote("", "")]
        self.notes.clear()
        return [self.house.scribe.entry(self.who, now, note, asked) for note in notes]


def _differ(was: object, now: object) -> bool:
    if isinstance(was, list | tuple) and isinstance(now, list | tuple):
        return list(was) != list(now)
    return was != now

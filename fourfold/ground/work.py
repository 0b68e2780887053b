"""Work: who asks, the open transaction, and the ways to tell others; a View only reads, a Desk opens several."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, TypeVar, cast
from uuid import UUID

from prometheus_client import Counter
from pydantic import BaseModel

from fourfold.ground.audit import Asked, AuditNote, Row, entries_told
from fourfold.ground.db import Connection, transaction
from fourfold.ground.durable import Job, Later, write_jobs
from fourfold.ground.generations import outdated_told
from fourfold.ground.house import House
from fourfold.ground.metrics import Count, add_up
from fourfold.ground.outbox import Event, events_told
from fourfold.ground.who import Who

Port = TypeVar("Port")

_PROGRESS = """
UPDATE ground.job SET progress = $3, result = coalesce($4, result) WHERE tenant_id = $1 AND id = $2
"""


@dataclass(slots=True)
class View:
    """A read-only look at one tenant's data by one caller."""

    house: House
    who: Who
    db: Connection

    @property
    def now(self) -> datetime:
        """The current time."""
        return self.house.clock.now()

    def ask(self, port: type[Port]) -> "Port":
        """Whoever answers the port: another system, near or far. It opens its own transaction."""
        return cast("Port", self.house.neighbours[port])


@dataclass(slots=True)
class Work(View):
    """A change of one tenant's data by one caller: one transaction, committed at the door."""

    events: list[Event] = field(default_factory=list)
    jobs: list[Later] = field(default_factory=list)
    notes: list[AuditNote] = field(default_factory=list)
    asked: Asked | None = None
    closing: list[str] = field(default_factory=list)
    outdated: set[str] = field(default_factory=set)
    counted: list[Count] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        """Tells the others: the event is written with this transaction, and delivered after it."""
        self.events.append(event)
        self.counted += event.counts()

    def count(self, family: Counter, amount: float = 1) -> None:
        """Adds to a metric once this transaction is committed: once, even if the request comes again with its key."""
        self.counted.append((family, amount))

    def later(self, kind: Job, args: BaseModel, *, at: datetime | None = None, once: str | None = None) -> Later:
        """Enqueues durable work with this transaction; `once` is a name under which it is enqueued only once."""
        enqueued = Later.of(kind, args, at or self.now, once)
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

    def outdate(self, subject: str) -> None:
        """Says that what the cache keeps about the subject is of the past once this transaction is committed."""
        self.outdated.add(subject)

    async def flush(self) -> None:
        """Writes what was told so far into the open transaction."""
        words = await self.last_words()
        if words:
            await self.db.execute(words)

    async def last_words(self) -> str:
        """What is still to be said, as statements that may travel with the COMMIT; jobs are written right away."""
        now = self.now
        if self.jobs:
            await write_jobs(self.db, self.who, now, self.jobs)
            self.jobs = []
        if self.events:
            self.closing.append(events_told(self.who, now, self.events))
            self.events = []
        rows = self._entries(now)
        if rows:
            self.closing.append(entries_told(self.who.tenant_id, now, rows))
        words, self.closing = "".join(self.closing), []
        return words

    def _entries(self, now: datetime) -> list[Row]:
        """The entries of the audit log: one for the request, and those that were noted."""
        asked, notes = self.asked, self.notes
        if asked is not None and not asked.is_kept and not notes:
            notes = [AuditNote("", "")]
        self.notes = []
        return [self.house.scribe.entry(self.who, now, note, asked) for note in notes]


def _differ(was: object, now: object) -> bool:
    if isinstance(was, list | tuple) and isinstance(now, list | tuple):
        return list(was) != list(now)
    return was != now


@dataclass(slots=True)
class Desk:
    """For work of several transactions, so that none is open while somebody outside is asked."""

    house: House
    who: Who
    job_id: UUID | None = None
    asked: Asked | None = None

    @property
    def now(self) -> datetime:
        """The current time."""
        return self.house.clock.now()

    async def progress(self, fraction: float, result: object = None) -> None:
        """Shows how much of the job is done, from 0 to 1, and what it has so far; in a transaction of its own."""
        async with self.work() as work:
            await work.db.execute(_PROGRESS, self.who.tenant_id, self.job_id, fraction, result)

    @asynccontextmanager
    async def work(self) -> AsyncIterator[Work]:
        """One transaction that may change things."""
        async with begin(self.house, self.who, self.asked) as work:
            yield work

    @asynccontextmanager
    async def view(self) -> AsyncIterator[View]:
        """One transaction that only reads."""
        async with look(self.house, self.who) as view:
            yield view

    def ask(self, port: type[Port]) -> "Port":
        """Whoever answers the port."""
        return cast("Port", self.house.neighbours[port])


@asynccontextmanager
async def begin(house: House, who: Who, asked: Asked | None = None, *, first_words: str = "") -> AsyncIterator[Work]:
    """Opens a `Work`; commits with its events, jobs and audit entries at the end, or rolls everything back.

    The request that is `asked` gets its entry with the first transaction that commits. `first_words` are statements
    that travel with BEGIN.
    """
    opened = transaction(house.pool, who.tenant_id, first_words=first_words)
    async with opened as db:
        work = Work(house, who, db, asked=asked)
        yield work
        opened.last_words = await work.last_words()
        if work.outdated:
            # Last of all: others who outdate the same wait for no longer than the commit takes.
            opened.last_words += outdated_told(who.tenant_id, work.outdated)
    add_up(work.counted)
    if asked is not None:
        asked.is_kept = True


class look:  # noqa: N801 - used like the function `begin`
    """Opens a `View`; a class and not a generator, since every read pays for it."""

    __slots__ = ("_house", "_transaction", "_who")

    def __init__(self, house: House, who: Who) -> None:
        """Nothing is open yet."""
        self._house = house
        self._who = who
        self._transaction = transaction(house.pool, who.tenant_id, read_only=True)

    async def __aenter__(self) -> View:
        """The open view."""
        return View(self._house, self._who, await self._transaction.__aenter__())

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes it."""
        await self._transaction.__aexit__(kind, problem, trace)

"""Work: who asks, the open transaction, and the ways to tell others; a View only reads, a Desk opens several."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING
from uuid import UUID

from fourfold.ground.audit import Asked, AuditNote, entries_told
from fourfold.ground.collection import Collection
from fourfold.ground.db import Connection, transaction
from fourfold.ground.document_work import DocumentView, DocumentWork, begin_documents
from fourfold.ground.durable import Later, write_jobs
from fourfold.ground.generations import outdated_told
from fourfold.ground.house import House
from fourfold.ground.metrics import Count, add_up
from fourfold.ground.outbox import Event, events_told
from fourfold.ground.parcel import Parcel, Port, Telling, ask_port
from fourfold.ground.touched import Touching
from fourfold.ground.who import Who

if TYPE_CHECKING:
    from fourfold.ground.document_store import Session
    from fourfold.ground.documents import Documents, ReadDocuments

_PROGRESS = """
UPDATE ground.job SET progress = $3, result = coalesce($4, result) WHERE tenant_id = $1 AND id = $2
"""


@dataclass(slots=True)
class View(Parcel):
    """A read-only look at one tenant's data by one caller."""

    db: Connection

    def documents(self, collection: Collection) -> "ReadDocuments":
        """The tenant's documents of a collection, to be read."""
        return self.store.reading(collection, self.who.tenant_id)


@dataclass(slots=True)
class Work(Telling, View):
    """A change of one tenant's data by one caller: one transaction, committed at the door."""

    events: list[Event] = field(default_factory=list)
    jobs: list[Later] = field(default_factory=list)
    notes: list[AuditNote] = field(default_factory=list)
    asked: Asked | None = None
    closing: list[str] = field(default_factory=list)
    outdated: set[str] = field(default_factory=set)
    counted: list[Count] = field(default_factory=list)

    def documents(self, collection: Collection) -> "Documents":
        """The tenant's documents of a collection; what is written is there at once, whatever becomes of this work.

        PostgreSQL's transaction may fail after it and be run again: each write has to be one that may be repeated, by
        its key (`upsert`, `$setOnInsert`, a unique key) or by what its filter asks for.
        """
        return self.store.of(collection, self.who.tenant_id, touching=self._touching())

    @asynccontextmanager
    async def story(self) -> AsyncIterator[Callable[[Collection], "Documents"]]:
        """One transaction over several documents, committed at the end of the block and before this work is.

        What it does must bear being repeated, as with `documents`. Raises `TryAgain` when it met another one.
        """
        async with AsyncExitStack() as around, self.store.transaction() as session:
            touching = self._touching(session)

            def documents(collection: Collection) -> "Documents":
                return self.store.of(collection, self.who.tenant_id, session=session, touching=touching)

            yield documents
            await around.enter_async_context(touching)

    def _touching(self, session: "Session | None" = None) -> Touching:
        return Touching(self.house.valkey, self.who.tenant_id, self.store, session)

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
        rows = self.entries(now)
        if rows:
            self.closing.append(entries_told(self.who.tenant_id, now, rows))
        words, self.closing = "".join(self.closing), []
        return words


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

    @asynccontextmanager
    async def document_work(self) -> AsyncIterator[DocumentWork]:
        """One transaction that may change documents; raises `TryAgain` when it met another one."""
        async with begin_documents(self.house, self.who, self.asked) as work:
            yield work

    def document_view(self) -> DocumentView:
        """A look at documents."""
        return DocumentView(self.house, self.who)

    def ask(self, port: type[Port]) -> "Port":
        """Whoever answers the port."""
        return ask_port(self.house, port)


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

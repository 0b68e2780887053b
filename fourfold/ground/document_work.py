"""Parcels of documents: a request that reads or writes MongoDB needs no transaction of PostgreSQL at all."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fourfold.ground.announcements import announce_all
from fourfold.ground.audit import Asked, AuditNote, entry_rows
from fourfold.ground.closing import as_text
from fourfold.ground.collection import TENANT, Collection, Key
from fourfold.ground.durable import Later
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.metrics import Count, add_up
from fourfold.ground.outbox import Event, event_rows
from fourfold.ground.parcel import Parcel, Telling
from fourfold.ground.touched import Touching
from fourfold.ground.turns import turn
from fourfold.ground.valkey import ValkeyAway
from fourfold.ground.who import Who

if TYPE_CHECKING:
    from fourfold.ground.document_store import Session
    from fourfold.ground.documents import Documents, ReadDocuments

# What was told by transactions of documents, until the worker has carried it to PostgreSQL.
OUTBOX = Collection("ground.outbox", keys=[Key("at")])
# On this channel of Valkey it is told that something waits there.
HINT = "ff:carry"


@dataclass(slots=True)
class DocumentView(Parcel):
    """A read-only look at one tenant's documents by one caller."""

    def documents(self, collection: Collection) -> "ReadDocuments":
        """The tenant's documents of a collection, to be read."""
        return self.store.reading(collection, self.who.tenant_id)


@dataclass(slots=True)
class DocumentWork(Telling, DocumentView):
    """A change of one tenant's documents by one caller: one transaction, committed at the door.

    When it meets another one it is rolled back and done again from the beginning, so whoever is handed one has no
    effects outside of it. What it tells is carried to PostgreSQL by the worker: events, jobs, entries of the audit log.
    """

    session: "Session"
    touching: Touching
    events: list[Event] = field(default_factory=list)
    jobs: list[Later] = field(default_factory=list)
    notes: list[AuditNote] = field(default_factory=list)
    asked: Asked | None = None
    counted: list[Count] = field(default_factory=list)
    # What is told, once this is committed, to those who listen right now.
    announced: list[bytes] = field(default_factory=list)
    turns: AsyncExitStack = field(default_factory=AsyncExitStack)

    def documents(self, collection: Collection) -> "Documents":
        """The tenant's documents of a collection, in this transaction."""
        return self.store.of(collection, self.who.tenant_id, session=self.session, touching=self.touching)

    def touch(self, things: Iterable[str]) -> None:
        """Says that these have changed as well, such as lists of documents (`ground.touched`)."""
        self.touching.things.update(things)

    async def take_turn(self, thing: str) -> None:
        """Waits until nobody else in this process is at a thing that many change, and keeps it until this is committed.

        Best before anything of the transaction is read: what it sees is of that moment.
        """
        await self.turns.enter_async_context(turn(self.who.tenant_id, thing))

    async def last_words(self) -> bool:
        """Writes what was told into the transaction; says whether there was anything."""
        now, told = self.now, {}
        if self.events:
            told["events"] = as_text(event_rows(self.who, now, self.events))
        if self.jobs:
            told["jobs"] = as_text([_job_row(each) for each in self.jobs])
        if rows := self.entries(now):
            told["entries"] = as_text(entry_rows(self.who.tenant_id, now, rows))
        if told:
            row = {"_id": new_id(), TENANT: self.who.tenant_id, "at": now, "request_id": self.who.request_id, **told}
            await self.store.add_raw(OUTBOX.name, row, self.session)
        return bool(told)


def _job_row(later: Later) -> dict[str, Any]:
    return {
        "id": later.id, "name": later.name, "args": later.args, "run_at": later.run_at, "once": later.once,
        "behind": later.behind,
    }  # fmt: skip


@asynccontextmanager
async def begin_documents(house: House, who: Who, asked: Asked | None = None) -> AsyncIterator[DocumentWork]:
    """Opens a `DocumentWork`; commits with all that it tells, or rolls everything back.

    Raises `TryAgain` when it met another one: nothing was done, and the caller does it again.
    """
    store = Parcel(house, who).store
    async with AsyncExitStack() as turns, store.transaction() as session:
        touching = Touching(house.valkey, who.tenant_id, store, session)
        work = DocumentWork(house, who, session, touching, asked=asked, turns=turns)
        yield work
        has_told = await work.last_words()
        await turns.enter_async_context(work.touching)
    add_up(work.counted)
    if asked is not None:
        asked.is_kept = True
    if work.announced:
        await announce_all(house.valkey, work.announced)
    if has_told:
        # Only a hint: the worker also looks by itself.
        with suppress(*ValkeyAway):
            await house.valkey.publish(HINT, b"")

"""One process's way to MongoDB, and transactions over several documents."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from uuid import UUID

from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from fourfold.ground.again import TryAgain
from fourfold.ground.collection import TENANT, Collection
from fourfold.ground.document_errors import WRITE_CONFLICT, Asking
from fourfold.ground.documents import Document, Documents, ReadDocuments
from fourfold.ground.refusals import Unavailable
from fourfold.ground.touched import Seen, Touching

Session: TypeAlias = AsyncClientSession
Database: TypeAlias = AsyncDatabase[Document]

DATABASE = "fourfold"
COMMIT_TRIES = 5
UNKNOWN = "UnknownTransactionCommitResult"
SURE = {"w": "majority", "journal": True}


class DocumentStore:
    """One process's way to MongoDB. Rooms never see it: they are given `Documents`."""

    def __init__(self, url: str, *, pool: int = 20, name: str = "fourfold", listeners: Sequence[Any] = ()) -> None:
        """Connects at first use; writes are acknowledged once they are in the journal of most members."""
        given: dict[str, Any] = {} if "w=" in url else SURE
        self.client: AsyncMongoClient[Document] = AsyncMongoClient(
            url,
            uuidRepresentation="standard",
            tz_aware=True,
            appname=name,
            maxPoolSize=pool,
            serverSelectionTimeoutMS=3000,
            connectTimeoutMS=2000,
            socketTimeoutMS=20_000,
            event_listeners=list(listeners),
            **given,
        )
        self.seen = Seen()
        self._database: Database = self.client.get_default_database(DATABASE)

    def raw(self, name: str) -> AsyncCollection[Document]:
        """A collection without a tenant: for the ground's own queues, shapes, and departures of tenants."""
        return self._database[name]

    async def add_raw(self, name: str, row: Document, session: Session | None) -> None:
        """Adds a row of the ground's own to a transaction, or by itself."""
        with Asking(session):
            await self._database[name].insert_one(row, session=session)

    async def drop_raw(self, name: str, wanted: Document) -> None:
        """Takes a row of the ground's own away, if it is there."""
        with Asking(None):
            await self._database[name].delete_one(wanted)

    async def erase(self, collection: Collection, tenant: UUID, many: int) -> int:
        """Erases some of a tenant's documents and counts them; 0 when none are left."""
        raw = self._database[collection.name]
        with Asking(None):
            some = await raw.find({TENANT: tenant}, {"_id": 1}, limit=many).to_list(many)
            wanted = {TENANT: tenant, "_id": {"$in": [each["_id"] for each in some]}}
            return (await raw.delete_many(wanted)).deleted_count if some else 0

    async def count(self, collection: Collection, tenant: UUID) -> int:
        """How many documents of a collection a tenant has."""
        with Asking(None):
            return await self._database[collection.name].count_documents({TENANT: tenant})

    async def each(self, collection: Collection, tenant: UUID) -> AsyncIterator[Document]:
        """A tenant's documents of a collection by their ids, without the tenant."""
        with Asking(None):
            async for found in self._database[collection.name].find({TENANT: tenant}, {TENANT: 0}, sort=[("_id", 1)]):
                yield found

    @property
    def database(self) -> Database:
        """The database, for what shapes it."""
        return self._database

    def of(
        self,
        collection: Collection,
        tenant: UUID,
        *,
        session: Session | None = None,
        touching: Touching | None = None,
    ) -> Documents:
        """A tenant's documents of one collection; what is changed is told by `touching`."""
        return Documents(self._database[collection.name], tenant, session, collection, touching)

    def reading(self, collection: Collection, tenant: UUID) -> ReadDocuments:
        """The same, to be read only."""
        return ReadDocuments(self._database[collection.name], tenant, None, collection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """One transaction over several documents; raises `TryAgain` when it met another one."""
        async with self.client.start_session() as session:
            await session.start_transaction(ReadConcern("snapshot"), WriteConcern("majority", j=True))
            try:
                yield session
            except BaseException:
                if session.in_transaction:
                    await session.abort_transaction()
                raise
            if session.in_transaction:
                await _commit(session)

    async def ping(self) -> None:
        """Raises `Unavailable` when there is no answer."""
        with Asking(None):
            await self.client.admin.command("ping")

    async def close(self) -> None:
        """Gives back every connection."""
        await self.client.close()


async def _commit(session: Session) -> None:
    """Commits, asking again while nobody knows whether it was done; only what surely was not may be run again."""
    for left in reversed(range(COMMIT_TRIES)):
        try:
            await session.commit_transaction()
        except PyMongoError as problem:
            if isinstance(problem, OperationFailure) and problem.code == WRITE_CONFLICT:
                raise TryAgain(str(problem)) from problem
            if not problem.has_error_label(UNKNOWN) or not left:
                raise Unavailable("Whether it was done is not known; ask again.") from problem
        else:
            return


def open_documents(url: str, pool: int, name: str) -> DocumentStore:
    """The store at `url` (`mongodb://host/database`)."""
    return DocumentStore(url, pool=pool, name=name)

"""Documents in MongoDB, bound to one tenant: what is given to rooms."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import pymongo
from pymongo import ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.command_cursor import AsyncCommandCursor
from pymongo.asynchronous.cursor import AsyncCursor

from fourfold.ground.bulk import Bulk, DeleteMany, DeleteOne, Insert, Operation, UpdateMany, UpdateOne
from fourfold.ground.collection import TENANT, Collection
from fourfold.ground.document_errors import Asking
from fourfold.ground.filters import Filter, as_data, checked_field, compiled
from fourfold.ground.ids import new_id
from fourfold.ground.leading import in_order, split
from fourfold.ground.pipelines import compiled_pipeline
from fourfold.ground.touched import Touching, things_changed, things_inserted, things_of
from fourfold.ground.updates import compiled_update

Document: TypeAlias = dict[str, Any]

MOST = 10_000


@dataclass(frozen=True, slots=True)
class Changed:
    """What an update did; `upserted_id` is that of a new document."""

    matched: int
    modified: int
    upserted_id: UUID | None = None


class ReadDocuments:
    """A tenant's documents of one collection, to be read. Filters are those of `ground.filters`."""

    __slots__ = ("_collection", "_raw", "_session", "_tenant")

    def __init__(
        self,
        raw: AsyncCollection[Document],
        tenant: UUID,
        session: AsyncClientSession | None,
        collection: Collection,
    ) -> None:
        self._raw = raw
        self._tenant = tenant
        self._session = session
        self._collection = collection

    def _own(self, wanted: Filter) -> Document:
        return in_order({TENANT: self._tenant, **compiled(wanted)})

    def _split(self, wanted: Filter) -> tuple[Document, Document]:
        return split(self._own(wanted), self._collection.keys)

    async def find_one(
        self, wanted: Filter, fields: Sequence[str] | None = None, sort: Sequence[str] | None = None
    ) -> Document | None:
        """The first that fits, perhaps with only some of its fields."""
        found = await self.find(wanted, fields, sort, limit=1)
        return found[0] if found else None

    async def find(
        self,
        wanted: Filter,
        fields: Sequence[str] | None = None,
        sort: Sequence[str] | None = None,
        *,
        limit: int,
        skip: int = 0,
        hint: str | None = None,
    ) -> list[Document]:
        """Those that fit, `limit` of them at most (1 to 10,000); `sort` names fields, `-` for the largest first."""
        _check_limit(limit)
        lead, rest = self._split(wanted)
        if rest and hint is None:
            stages = _stages(lead, rest, fields, sort, {"$skip": skip, "$limit": limit})
            with Asking(self._session):
                found = await self._raw.aggregate(stages, session=self._session)
                return [_without_tenant(each) for each in await found.to_list(limit)]
        order = _order(sort)
        cursor = self._raw.find(
            {**lead, **rest}, _shown(fields), skip=skip, limit=limit, sort=order, session=self._session
        )
        if hint is not None:
            cursor = cursor.hint(hint)
        with Asking(self._session):
            return [_without_tenant(each) for each in await cursor.to_list(limit)]

    async def each(
        self, wanted: Filter, fields: Sequence[str] | None = None, sort: Sequence[str] | None = None, batch: int = 500
    ) -> AsyncIterator[Document]:
        """All that fit, however many, a batch at a time: for background work."""
        lead, rest = self._split(wanted)
        with Asking(self._session):
            async with await self._cursor(lead, rest, fields, sort, batch) as cursor:
                async for found in cursor:
                    yield _without_tenant(found)

    async def _cursor(
        self, lead: Document, rest: Document, fields: Sequence[str] | None, sort: Sequence[str] | None, batch: int
    ) -> AsyncCursor[Document] | AsyncCommandCursor[Document]:
        if rest:
            stages = _stages(lead, rest, fields, sort, {})
            return await self._raw.aggregate(stages, batchSize=batch, session=self._session)
        order = _order(sort)
        return self._raw.find(lead, _shown(fields), sort=order, batch_size=batch, session=self._session)

    async def count(self, wanted: Filter, limit: int | None = None) -> int:
        """How many fit; `limit` is where counting stops."""
        stages = _stages(*self._split(wanted), None, None, {"$limit": limit or 0})
        with Asking(self._session):
            found = await self._raw.aggregate([*stages, {"$count": "number"}], session=self._session)
            rows = await found.to_list(1)
        return int(rows[0]["number"]) if rows else 0

    async def exists(self, wanted: Filter) -> bool:
        """Whether one fits."""
        return await self.find_one(wanted, ["_id"]) is not None

    async def distinct(self, field: str, wanted: Filter) -> list[Any]:
        """The different values of a field."""
        with Asking(self._session):
            return list(await self._raw.distinct(checked_field(field), self._own(wanted), session=self._session))

    async def aggregate(self, pipeline: Sequence[Mapping[str, Any]], limit: int = 1000) -> list[Document]:
        """What comes out of a pipeline of `ground.pipelines`, `limit` rows at most."""
        _check_limit(limit)
        first, *others = compiled_pipeline(pipeline, self._tenant)
        stages = [*_stages(*split(first["$match"], self._collection.keys), None, None, {}), *others, {"$limit": limit}]
        with Asking(self._session):
            cursor = await self._raw.aggregate(stages, session=self._session)
            return [_without_tenant(each) for each in await cursor.to_list(limit)]


class Documents(ReadDocuments):
    """A tenant's documents of one collection. Updates are those of `ground.updates`.

    What is changed is told by `touching`: together with the transaction, or at once when there is none.
    """

    __slots__ = ("_touching",)

    def __init__(
        self,
        raw: AsyncCollection[Document],
        tenant: UUID,
        session: AsyncClientSession | None,
        collection: Collection,
        touching: Touching | None,
    ) -> None:
        super().__init__(raw, tenant, session, collection)
        self._touching = touching

    def _telling(self, things: set[str]) -> AbstractAsyncContextManager[None]:
        touching = self._touching
        if touching is None or not things:
            return nullcontext()
        if self._session is None:
            return Touching(touching.valkey, touching.tenant_id, touching.store, things=things)
        touching.things |= things
        return nullcontext()

    async def insert(self, document: Mapping[str, Any]) -> UUID:
        """Adds a document and says its id; raises `Duplicate`."""
        row = self._row(document)
        async with self._telling(things_inserted(self._collection, [row])):
            with Asking(self._session):
                await self._raw.insert_one(row, session=self._session)
        return _id_of(row)

    async def insert_many(self, documents: Sequence[Mapping[str, Any]], *, ordered: bool = True) -> list[UUID]:
        """Adds documents; unless `ordered`, all that can be are added before `Duplicate` is raised."""
        rows = [self._row(document) for document in documents]
        if rows:
            async with self._telling(things_inserted(self._collection, rows)):
                with Asking(self._session):
                    await self._raw.insert_many(rows, ordered=ordered, session=self._session)
        return [_id_of(row) for row in rows]

    async def update_one(self, wanted: Filter, update: Mapping[str, Any], *, upsert: bool = False) -> Changed:
        """Changes the first that fits, or adds one made of filter and update."""
        own, words = self._own(wanted), self._update(wanted, update, upsert=upsert)
        async with self._telling(things_changed(self._collection, wanted, update)):
            with Asking(self._session):
                done = await self._raw.update_one(own, words, upsert=upsert, session=self._session)
        return Changed(done.matched_count, done.modified_count, done.upserted_id)

    async def update_many(self, wanted: Filter, update: Mapping[str, Any]) -> Changed:
        """Changes all that fit."""
        own, words = self._own(wanted), compiled_update(update)
        async with self._telling(things_changed(self._collection, wanted, update)):
            with Asking(self._session):
                done = await self._raw.update_many(own, words, session=self._session)
        return Changed(done.matched_count, done.modified_count)

    async def find_one_and_update(
        self,
        wanted: Filter,
        update: Mapping[str, Any],
        fields: Sequence[str] | None = None,
        sort: Sequence[str] | None = None,
        *,
        upsert: bool = False,
        after: bool = True,
    ) -> Document | None:
        """Changes the first that fits and says how it is then, or how it was before."""
        own, words = self._own(wanted), self._update(wanted, update, upsert=upsert)
        when = ReturnDocument.AFTER if after else ReturnDocument.BEFORE
        async with self._telling(things_changed(self._collection, wanted, update)):
            with Asking(self._session):
                found = await self._raw.find_one_and_update(
                    own,
                    words,
                    _shown(fields),
                    _order(sort),
                    upsert=upsert,
                    return_document=when,
                    session=self._session,
                )
        return _without_tenant(found) if found is not None else None

    async def find_one_and_delete(self, wanted: Filter, sort: Sequence[str] | None = None) -> Document | None:
        """Takes away the first that fits, and says what it was."""
        async with self._telling(things_changed(self._collection, wanted)):
            with Asking(self._session):
                found = await self._raw.find_one_and_delete(self._own(wanted), sort=_order(sort), session=self._session)
        return _without_tenant(found) if found is not None else None

    async def delete_one(self, wanted: Filter) -> int:
        """Takes away the first that fits, and counts it."""
        async with self._telling(things_changed(self._collection, wanted)):
            with Asking(self._session):
                return (await self._raw.delete_one(self._own(wanted), session=self._session)).deleted_count

    async def delete_many(self, wanted: Filter) -> int:
        """Takes away all that fit, and counts them."""
        async with self._telling(things_changed(self._collection, wanted)):
            with Asking(self._session):
                return (await self._raw.delete_many(self._own(wanted), session=self._session)).deleted_count

    async def bulk(self, operations: Sequence[Operation], *, ordered: bool = True) -> Bulk:
        """Several changes in one round trip; unless `ordered`, one that fails does not keep the others back."""
        if not operations:
            return Bulk()
        words = [self._word(each) for each in operations]
        async with self._telling(things_of(self._collection, operations)):
            with Asking(self._session):
                done = await self._raw.bulk_write(words, ordered=ordered, session=self._session)
        inserted, deleted = done.inserted_count, done.deleted_count
        return Bulk(inserted, done.matched_count, done.modified_count, done.upserted_count, deleted)

    def _word(self, asked: Operation) -> Any:
        match asked:
            case Insert():
                return pymongo.InsertOne(self._row(asked.document))
            case UpdateOne():
                words = self._update(asked.wanted, asked.update, upsert=asked.upsert)
                return pymongo.UpdateOne(self._own(asked.wanted), words, upsert=asked.upsert)
            case UpdateMany():
                return pymongo.UpdateMany(self._own(asked.wanted), compiled_update(asked.update))
            case DeleteOne():
                return pymongo.DeleteOne(self._own(asked.wanted))
            case DeleteMany():
                return pymongo.DeleteMany(self._own(asked.wanted))

    def _row(self, document: Mapping[str, Any]) -> Document:
        if TENANT in document:
            raise TypeError("the tenant goes into every document by itself")
        row = {TENANT: self._tenant, "_id": new_id(), **as_data(document)}
        _id_of(row)
        return row

    def _update(self, wanted: Filter, update: Mapping[str, Any], *, upsert: bool = False) -> dict[str, Document]:
        words = compiled_update(update)
        if upsert and "_id" not in wanted:
            words["$setOnInsert"] = {"_id": new_id(), **words.get("$setOnInsert", {})}
        return words


def _id_of(row: Mapping[str, Any]) -> UUID:
    # Ids are the same for all tenants in the database: a chosen word would tell that another one has it.
    if not isinstance(row["_id"], UUID):
        raise TypeError("the id of a document is a UUID")
    return row["_id"]


def _check_limit(limit: int) -> None:
    if not 0 < limit <= MOST:
        raise ValueError(f"a limit is 1 to {MOST}")


def _shown(fields: Sequence[str] | None) -> dict[str, int] | None:
    return None if fields is None else {checked_field(name): 1 for name in fields}


def _stages(
    lead: Document,
    rest: Document,
    fields: Sequence[str] | None,
    sort: Sequence[str] | None,
    bounds: Mapping[str, int],
) -> list[Document]:
    stages: list[Document] = [{"$match": lead}]
    if rest:
        stages.append({"$match": rest})
    if sort:
        stages.append({"$sort": dict(_order(sort) or [])})
    stages += [{word: number} for word, number in bounds.items() if number]
    if fields is not None:
        stages.append({"$project": _shown(fields)})
    return stages


def _order(sort: Sequence[str] | None) -> list[tuple[str, int]] | None:
    if not sort:
        return None
    return [(checked_field(name.removeprefix("-")), -1 if name.startswith("-") else 1) for name in sort]


def _without_tenant(document: Document) -> Document:
    document.pop(TENANT, None)
    return document

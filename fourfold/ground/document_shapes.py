"""Bringing MongoDB to the declared shape: indexes, validators and shard keys, one process at a time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from pymongo.errors import CollectionInvalid, DuplicateKeyError, OperationFailure

from fourfold.ground.collection import OURS, Collection
from fourfold.ground.document_keys import IDEMPOTENCY
from fourfold.ground.document_store import DocumentStore
from fourfold.ground.document_work import OUTBOX
from fourfold.ground.documents import Document
from fourfold.ground.touched import UNTOLD

# The ground's own, wherever documents are kept.
OWN = (IDEMPOTENCY, OUTBOX, UNTOLD)
SHAPES = "ground.shapes"
LOCK = "lock"
# A process that died while it held the lock is waited for no longer than this.
HELD_FOR = timedelta(seconds=60)
PAUSE = 0.1
IS_ALREADY_SHARDED = 20


class ShapesLocked(RuntimeError):
    """Another process has been shaping the database for too long."""


async def apply_shapes(store: DocumentStore, collections: Sequence[Collection]) -> list[str]:
    """Makes indexes and validators what they are declared to be, and names what it changed; those that are stay."""
    if not await drifted(store, collections):
        return []
    async with _lock(store):
        changed = await drifted(store, collections)
        sharded = "isdbgrid" in str((await store.client.admin.command("hello")).get("msg", ""))
        for collection in (*OWN, *collections):
            if collection.name in changed:
                await _shape(store, collection, sharded=sharded)
    return changed


async def shape_documents(url: str, collections: Sequence[Collection]) -> list[str]:
    """The same with a connection of its own, for the command line."""
    store = DocumentStore(url, name="fourfold migrate")
    try:
        return await apply_shapes(store, collections)
    finally:
        await store.close()


async def drifted(store: DocumentStore, collections: Sequence[Collection]) -> list[str]:
    """The collections that are not what they are declared to be, by name."""
    kept = {row["_id"]: row["version"] async for row in store.raw(SHAPES).find({"version": {"$exists": True}})}
    return [each.name for each in (*OWN, *collections) if kept.get(each.name) != each.version]


async def misshapen(store: DocumentStore, collections: Sequence[Collection]) -> list[str]:
    """The same, looking at the indexes themselves: somebody may have changed them by hand."""
    names = set(await drifted(store, collections))
    for each in (*OWN, *collections):
        found = await store.raw(each.name).index_information()
        if {key.name for key in each.keys} != {name for name in found if name.startswith(OURS)}:
            names.add(each.name)
    return sorted(names)


async def _shape(store: DocumentStore, collection: Collection, *, sharded: bool) -> None:
    raw = store.raw(collection.name)
    try:
        await store.database.create_collection(collection.name, validator=collection.schema)
    except CollectionInvalid:
        await store.database.command("collMod", collection.name, validator=collection.schema)
    found = await raw.index_information()
    declared = {key.name: key for key in collection.keys}
    for name in found:
        if name.startswith(OURS) and name not in declared:
            await raw.drop_index(name)
    for name, key in declared.items():
        if name not in found:
            await raw.create_index(key.spec, name=name, **key.options)
    if sharded:
        await _shard(store, collection)
    row = {"version": collection.version, "at": datetime.now(UTC)}
    await store.raw(SHAPES).update_one({"_id": collection.name}, {"$set": row}, upsert=True)


async def _shard(store: DocumentStore, collection: Collection) -> None:
    admin, name = store.client.admin, f"{store.database.name}.{collection.name}"
    key = dict.fromkeys(collection.shard_key, 1)
    try:
        await admin.command("shardCollection", name, key=key)
    except OperationFailure as problem:
        if problem.code != IS_ALREADY_SHARDED:
            raise


@asynccontextmanager
async def _lock(store: DocumentStore) -> AsyncIterator[None]:
    raw, me = store.raw(SHAPES), str(uuid4())
    for _ in range(int(HELD_FOR.total_seconds() / PAUSE) * 2):
        now = datetime.now(UTC)
        try:
            taken: Document = {"$set": {"holder": me, "until": now + HELD_FOR}}
            await raw.update_one({"_id": LOCK, "until": {"$lt": now}}, taken, upsert=True)
        except DuplicateKeyError:
            await asyncio.sleep(PAUSE)
        else:
            break
    else:
        raise ShapesLocked(f"the lock in {SHAPES} is held")
    try:
        yield
    finally:
        await raw.delete_one({"_id": LOCK, "holder": me})

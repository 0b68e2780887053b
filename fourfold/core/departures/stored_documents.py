"""A tenant's documents, whichever system keeps them: written into an export, and erased."""

import asyncio
import hashlib
import zipfile
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import orjson

from fourfold.core.departures import tables
from fourfold.core.departures.rules import leaves, without_secrets
from fourfold.ground.collection import Collection
from fourfold.ground.document_keys import IDEMPOTENCY
from fourfold.ground.document_work import OUTBOX
from fourfold.ground.house import House
from fourfold.ground.touched import UNTOLD
from fourfold.ground.work import Desk

BATCH = 1000
# What the ground itself keeps of a tenant beside the systems' collections.
OWN = (IDEMPOTENCY, OUTBOX, UNTOLD)


def collections_here(house: House) -> Sequence[Collection]:
    """Every collection with documents of tenants; none in a deployment without documents."""
    return (*OWN, *house.collections) if house.documents is not None else ()


async def erase_documents(desk: Desk, deletion_id: UUID) -> None:
    """Erases the tenant's documents in batches, and counts them for the receipt."""
    store, tenant_id = desk.house.documents, desk.who.tenant_id
    for collection in collections_here(desk.house) if store is not None else ():
        while store is not None and (gone := await store.erase(collection, tenant_id, BATCH)):
            async with desk.work() as work:
                await tables.count_erased(work.db, deletion_id, f"documents:{collection.name}", gone)


async def documents_left(desk: Desk) -> dict[str, int]:
    """How many documents of the tenant there are in which collections."""
    store = desk.house.documents
    if store is None:
        return {}
    here = {each.name: await store.count(each, desk.who.tenant_id) for each in collections_here(desk.house)}
    return {f"documents:{name}": count for name, count in here.items() if count}


async def pack_documents(desk: Desk, archive: zipfile.ZipFile) -> list[dict[str, Any]]:
    """Writes the documents of each collection as JSON Lines, without secrets, and says what the manifest tells."""
    store, told = desk.house.documents, []
    for collection in desk.house.collections if store is not None else ():
        if store is None or not leaves(collection.name, "_id", "uuid"):
            continue
        path, digest, rows = f"documents/{collection.name}.jsonl", hashlib.sha256(), 0
        with archive.open(path, "w", force_zip64=True) as file:
            async for line in _lines(store.each(collection, desk.who.tenant_id), collection):
                digest.update(line)
                file.write(line)
                rows += 1
                if rows % BATCH == 0:
                    await asyncio.sleep(0)
        told.append({"name": collection.name, "path": path, "rows": rows, "sha256": digest.hexdigest(), "left_out": []})
    return told


async def _lines(documents: AsyncIterator[dict[str, Any]], collection: Collection) -> AsyncIterator[bytes]:
    async for document in documents:
        yield orjson.dumps(without_secrets(collection.name, document), option=orjson.OPT_UTC_Z) + b"\n"

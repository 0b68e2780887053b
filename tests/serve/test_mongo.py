"""The document server that comes along: what it keeps when it is killed, and that it comes back."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from fourfold.ground.again import TryAgain, until_done
from fourfold.ground.collection import Collection, Key
from fourfold.ground.document_shapes import apply_shapes
from fourfold.ground.document_store import DocumentStore
from fourfold.ground.filters import gte
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Unavailable
from fourfold.ground.settings import load_settings
from fourfold.serve.supervisor.children import ChildFailed
from fourfold.serve.supervisor.deployment import DOCUMENT_SYSTEMS, servers_needed
from fourfold.serve.supervisor.home import home_at, read_run
from fourfold.serve.supervisor.mongo import LONGEST_SILENCE, Mongo
from fourfold.serve.supervisor.supervise import start_servers
from fourfold.services import ALL

NOTES = Collection("trials.notes", keys=[Key("name", unique=True)], shard_key=("t", "name"))


def pid_of_server(home: Path) -> int:
    record = read_run(home_at(home))
    pid = None if record is None else record.children["mongo"].pid
    assert pid is not None
    return pid


# The driver leaves sockets that could not connect to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_what_is_acknowledged_survives_a_kill(home: Path) -> None:
    """P-09: killed in the middle of eight writers, three times, it comes back with every acknowledged transaction."""
    async with start_servers(home, ["mongo"]) as servers:
        store = DocumentStore(servers.urls["mongo"])
        await apply_shapes(store, [NOTES])
        tenant, kept, stop = new_id(), set[str](), asyncio.Event()

        async def write(writer: int) -> None:
            number = 0
            while not stop.is_set():
                number += 1
                names = [f"{writer}-{number}-a", f"{writer}-{number}-b"]
                try:
                    await until_done(lambda names=names: add(names))  # type: ignore[misc]  # mypy cannot infer lambdas with defaults
                except Unavailable:
                    continue
                kept.update(names)

        async def add(names: list[str]) -> None:
            async with store.transaction() as session:
                for name in names:
                    await store.of(NOTES, tenant, session=session).insert({"name": name})

        writers = [asyncio.create_task(write(number)) for number in range(8)]
        for _ in range(3):
            before = len(kept)
            while len(kept) < before + 100:  # noqa: ASYNC110 - others fill it
                await asyncio.sleep(0.02)
            os.kill(pid_of_server(home), signal.SIGKILL)
        stop.set()
        await asyncio.gather(*writers)
        found = {note["name"] async for note in store.of(NOTES, tenant).each({}, ["name"])}
        assert kept - found == set()
        # Of each transaction both are there, or none.
        assert {name[:-1] + ("b" if name.endswith("a") else "a") for name in found} == found
        await store.close()


async def test_two_that_meet_are_done_one_after_the_other(home: Path) -> None:
    """C-10: transactions that change the same document are done again, and none is lost."""
    async with start_servers(home, ["mongo"]) as servers:
        store = DocumentStore(servers.urls["mongo"])
        tenant = new_id()
        await store.of(NOTES, tenant).insert({"name": "one", "n": 0})
        met = 0

        async def count() -> None:
            nonlocal met
            try:
                async with store.transaction() as session:
                    notes = store.of(NOTES, tenant, session=session)
                    [note] = await notes.find({"name": "one"}, limit=1)
                    await notes.update_one({"name": "one"}, {"$set": {"n": note["n"] + 1}})
            except TryAgain:
                met += 1
                raise

        await asyncio.gather(*(until_done(count) for _ in range(20)))
        assert await store.of(NOTES, tenant).find_one({"name": "one"}, ["n"]) is not None
        [note] = await store.of(NOTES, tenant).find({}, limit=2)
        assert (note["n"], met > 0) == (20, True)
        await store.close()


async def test_a_key_that_comes_later_finds_all(home: Path) -> None:
    """S-83: documents that are written while a key is being added are found by it; those known before are forgotten."""
    more = Collection(NOTES.name, keys=[*NOTES.keys, Key("colour"), Key("colour", "n")], shard_key=NOTES.shard_key)
    async with start_servers(home, ["mongo"]) as servers:
        store, tenant, is_over = DocumentStore(servers.urls["mongo"]), new_id(), asyncio.Event()
        await apply_shapes(store, [NOTES])
        # A server that begins with the key's collection has nothing to wait for, and remembers it at once.
        os.kill(pid_of_server(home), signal.SIGKILL)

        async def write(writer: int) -> int:
            number = 0
            while not is_over.is_set():
                with suppress(Unavailable):
                    note = {"name": f"{writer} {number}", "colour": ["red", "blue"], "n": number}
                    await store.of(NOTES, tenant).insert(note)
                    number += 1
            return number

        async def number_of() -> int:
            with suppress(Unavailable):
                return await store.of(NOTES, tenant).count({})
            return 0

        async def has_come(most: int) -> None:
            while await number_of() < most:  # noqa: ASYNC110 - others fill it
                await asyncio.sleep(0.01)

        writers = [asyncio.create_task(write(writer)) for writer in range(4)]
        await has_come(200)
        before = await number_of()
        await apply_shapes(store, [more])
        await has_come(before + 200)
        is_over.set()
        written = sum(await asyncio.gather(*writers))
        # Another one knows nothing by heart: it looks for them by the keys that there are.
        os.kill(pid_of_server(home), signal.SIGKILL)
        await has_come(1)
        for wanted in ({"colour": "red"}, {"colour": "blue", "n": gte(0)}):
            assert await store.of(more, tenant).count(wanted) == written == await number_of()
        await store.close()


async def test_who_dies_in_a_transaction_holds_nobody_up_for_long(home: Path) -> None:
    """P-09: what a process was changing when it was killed is undone, and free for others some seconds later."""
    dying = """
import asyncio, os, sys, uuid
from fourfold.ground.document_store import DocumentStore
from fourfold.ground.filters import gte
from tests.serve.test_mongo import NOTES

async def die(url: str, tenant: uuid.UUID) -> None:
    store = DocumentStore(url)
    async with store.transaction() as session:
        await store.of(NOTES, tenant, session=session).update_one({"name": "one"}, {"$set": {"n": 1}})
        os._exit(9)

asyncio.run(die(sys.argv[1], uuid.UUID(sys.argv[2])))
"""
    async with start_servers(home, ["mongo"]) as servers:
        store, tenant = DocumentStore(servers.urls["mongo"]), new_id()
        await store.of(NOTES, tenant).insert({"name": "one", "n": 0})
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", dying, servers.urls["mongo"], str(tenant))
        assert await process.wait() == 9

        async def add() -> None:
            async with store.transaction() as session:
                await store.of(NOTES, tenant, session=session).update_one({"name": "one"}, {"$inc": {"n": 2}})

        async with asyncio.timeout(3 * LONGEST_SILENCE):
            while True:
                with suppress(Unavailable):
                    await until_done(add)
                    break
        assert [each["n"] for each in await store.of(NOTES, tenant).find({}, limit=2)] == [2]
        await store.close()


async def test_what_has_been_written_before_slows_nothing_down(home: Path) -> None:
    """P-01: the server keeps no log of changes that nobody follows, which it would search through at each write."""
    async with start_servers(home, ["mongo"]) as servers:
        store, tenant = DocumentStore(servers.urls["mongo"]), new_id()
        await store.of(NOTES, tenant).insert({"name": "one"})
        assert "oplog.rs" not in await store.client["local"].list_collection_names()
        await store.close()


async def test_a_port_of_somebody_else_is_refused(home: Path) -> None:
    """P-01: what answers on the port is the server itself, or it does not start."""
    server = Mongo()
    async with start_servers(home, ["mongo"]):
        with pytest.raises(ChildFailed, match="is taken"):
            await server.prepare(home_at(home))
        assert await server.ready(home_at(home))
    assert not await server.ready(home_at(home))


def test_it_comes_along_only_when_documents_are_kept(home: Path) -> None:
    """P-01: without a system that keeps documents, or with an address of one's own, no document server is started."""

    def names(**given: Any) -> list[str]:
        return [server.name for server in servers_needed(load_settings(home=home, **given))]

    assert {service.name for service in ALL if service.collections} == DOCUMENT_SYSTEMS
    assert names() == ["postgres", "valkey", "mongo"]
    assert names(systems="core, commerce") == ["postgres", "valkey"]
    assert names(systems="social") == ["postgres", "valkey", "mongo"]
    assert names(mongo_url="mongodb://db.example/fourfold") == ["postgres", "valkey"]

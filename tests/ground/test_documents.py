"""Documents on the real server: bound to their tenant, shaped as declared, and watched."""

import gc
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from fourfold.ground.bulk import DeleteOne, Insert, UpdateOne
from fourfold.ground.collection import Collection, Duplicate, Key
from fourfold.ground.document_errors import NotKept
from fourfold.ground.document_shapes import apply_shapes, drifted, misshapen
from fourfold.ground.document_store import DocumentStore
from fourfold.ground.documents import Documents
from fourfold.ground.filters import UnsafeValue, gte, lt, one_of
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Unavailable
from fourfold.ground.updates import each
from tests.conftest import WATCH, documents_url

THINGS = Collection(
    "trials.things",
    keys=[Key("name", unique=True), Key("-at"), Key("until", ttl=0), Key("n", where={"open": True})],
    validator={"required": ["name"], "properties": {"name": {"bsonType": "string"}}},
    shard_key=("t", "name"),
)


@pytest.fixture
async def store() -> AsyncIterator[DocumentStore]:
    """A store on a database of its own."""
    name = f"trials_{new_id().hex[-8:]}"
    opened = DocumentStore(documents_url(name))
    await apply_shapes(opened, [THINGS])
    yield opened
    await opened.client.drop_database(name)
    await opened.close()


@pytest.fixture
def things(store: DocumentStore) -> Documents:
    """One tenant's things."""
    return store.of(THINGS, new_id())


@pytest.fixture
def theirs(store: DocumentStore) -> Documents:
    """Another tenant's things."""
    return store.of(THINGS, new_id())


async def test_documents_are_kept(things: Documents) -> None:
    """P-10: what is stored comes back as it was, without the tenant."""
    now = datetime.now(UTC).replace(microsecond=0)
    document = {"name": "one", "at": now, "who": uuid4(), "raw": b"x", "deep": {"a": [1, {"b": None}]}, "n": 1.5}
    kept_id = await things.insert(document)
    assert await things.find_one({"_id": kept_id}) == {"_id": kept_id, **document}
    assert await things.find_one({"name": "one"}, ["n"]) == {"_id": kept_id, "n": 1.5}
    assert await things.exists({"deep.a": 1})
    assert await things.find_one({"name": "two"}) is None


async def test_everything_of_one_tenant_is_nothing_of_another(things: Documents, theirs: Documents) -> None:
    """P-10, T11: no read, change or removal reaches a document of another tenant, even by its id."""
    kept_id = await things.insert({"name": "one", "n": 1})
    await theirs.insert({"name": "one", "n": 1})
    assert await theirs.find_one({"_id": kept_id}) is None
    assert await theirs.count({"n": 1}) == 1
    assert await theirs.distinct("n", {}) == [1]
    assert (await theirs.update_one({"_id": kept_id}, {"$set": {"n": 2}})).matched == 0
    assert (await theirs.update_many({}, {"$inc": {"n": 5}})).modified == 1
    assert await theirs.find_one_and_update({"_id": kept_id}, {"$set": {"n": 2}}) is None
    assert await theirs.aggregate([{"$group": {"_id": None, "n": {"$sum": "$n"}}}]) == [{"_id": None, "n": 6}]
    assert (
        await theirs.bulk([UpdateOne({"_id": kept_id}, {"$set": {"n": 2}}), DeleteOne({"_id": kept_id})])
    ).deleted == 0
    assert await theirs.delete_one({"_id": kept_id}) == 0
    assert await theirs.delete_many({}) == 1
    assert await things.find({}, limit=10) == [{"_id": kept_id, "name": "one", "n": 1}]
    assert [found async for found in things.each({})] == [{"_id": kept_id, "name": "one", "n": 1}]


async def test_changes_of_documents(things: Documents) -> None:
    """P-10: updates, upserts with ids of their own, arrays, lists in order, and several at once."""
    made = await things.update_one({"name": "one"}, {"$inc": {"n": 1}}, upsert=True)
    assert isinstance(made.upserted_id, UUID)
    assert (await things.update_one({"name": "one"}, {"$inc": {"n": 1}}, upsert=True)).matched == 1
    before = await things.find_one_and_update(
        {"name": "one"}, {"$push": {"list": each([1, 2, 3], keep=-2)}}, after=False
    )
    assert before == {"_id": made.upserted_id, "name": "one", "n": 2}
    done = await things.bulk(
        [Insert({"name": "two", "n": 5}), UpdateOne({"name": "three"}, {"$set": {"n": 9}}, upsert=True)]
    )
    assert (done.inserted, done.upserted) == (1, 1)
    assert [each["n"] for each in await things.find({"n": gte(2)}, ["n"], ["-n"], limit=2)] == [9, 5]
    assert await things.count({"n": one_of([2, 9])}) == 2
    assert await things.count({}, limit=1) == 1
    found = await things.find_one_and_delete({"n": lt(3)})
    assert found is not None
    assert found["list"] == [2, 3]
    await things.insert_many([{"name": "four"}, {"name": "five"}])
    assert await things.count({}) == 4


async def test_what_may_not_be(things: Documents) -> None:
    """P-10, T11: a name is there once, shapes are kept, the tenant and the id are not for rooms to say."""
    await things.insert({"name": "one"})
    with pytest.raises(Duplicate) as refused:
        await things.insert({"name": "one"})
    assert (refused.value.status, refused.value.fields) == (409, ("name",))
    with pytest.raises(Duplicate):
        await things.insert_many([{"name": "two"}, {"name": "one"}], ordered=False)
    with pytest.raises(NotKept):
        await things.insert({"name": 1})
    with pytest.raises(UnsafeValue):
        await things.insert({"name": "x", "n": 2**70})
    for document in ({"t": uuid4(), "name": "x"}, {"_id": "x", "name": "x"}, {"name": "x", "o": object()}):
        with pytest.raises(TypeError):
            await things.insert(document)
    with pytest.raises(ValueError, match="a limit is"):
        await things.find({}, limit=0)


async def test_shapes_follow_the_declaration(store: DocumentStore) -> None:
    """P-10: shaping again changes nothing; what is declared anew is made, what is not any more goes, drift is told."""
    assert await apply_shapes(store, [THINGS]) == []
    assert await misshapen(store, [THINGS]) == []
    changed = Collection("trials.things", keys=[Key("name"), Key("other")])
    assert await drifted(store, [changed]) == ["trials.things"]
    assert await apply_shapes(store, [changed]) == ["trials.things"]
    names = {key.name for key in changed.keys}
    assert set(await store.raw("trials.things").index_information()) == {"_id_", *names}
    await store.raw("trials.things").drop_index(changed.keys[0].name)
    assert await misshapen(store, [changed]) == ["trials.things"]
    await store.of(changed, new_id()).insert({"no_name": 1})


async def test_keys_are_led_by_the_tenant(store: DocumentStore) -> None:
    """P-10: each key but that of a term begins with the tenant, and is what was declared."""
    found = await store.raw("trials.things").index_information()
    named, newest, until, part = (found[key.name] for key in THINGS.keys)
    assert (named["key"], named["unique"]) == ([("t", 1), ("name", 1)], True)
    assert newest["key"] == [("t", 1), ("at", -1)]
    assert (until["key"], until["expireAfterSeconds"]) == ([("until", 1)], 0)
    assert part["partialFilterExpression"] == {"open": True}


async def test_transactions_are_whole(store: DocumentStore) -> None:
    """P-10: what is done in a transaction is seen after its commit, or never."""
    tenant = new_id()
    things = store.of(THINGS, tenant)
    async with store.transaction() as session:
        await store.of(THINGS, tenant, session=session).insert({"name": "one"})
        assert await things.count({}) == 0

    async def fail() -> None:
        async with store.transaction() as session:
            await store.of(THINGS, tenant, session=session).insert({"name": "two"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert [found["name"] for found in await things.find({}, limit=9)] == ["one"]


async def is_refused(store: DocumentStore) -> bool:
    try:
        await store.of(THINGS, new_id()).insert({"name": "x"})
    except Unavailable:
        return True
    return False


# The driver leaves sockets that could not connect to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_server_that_is_away_is_told() -> None:
    """P-09: without an answer it is 503, and soon."""
    store = DocumentStore("mongodb://127.0.0.1:9/x?directConnection=true&serverSelectionTimeoutMS=200&w=1")
    begun = datetime.now(UTC)
    assert await is_refused(store)
    assert datetime.now(UTC) - begun < timedelta(seconds=5)
    await store.close()
    gc.collect()


@pytest.fixture
def planted() -> Iterator[None]:
    """Takes what the watch has found, before the watch over all tests sees it."""
    yield
    WATCH.taken()


async def test_the_watch_sees_a_command_without_a_tenant(store: DocumentStore, planted: None) -> None:
    """T11: a driver hook finds each kind of command that forgot its tenant; planted here, it fails every other test."""
    raw: Any = store.raw("trials.things")
    await raw.find_one({"name": "x"})
    await raw.find_one({"name": "x", "t": {"$ne": None}})
    await raw.insert_one({"name": "x", "t": "not an id"}, bypass_document_validation=True)
    await raw.update_many({"n": 1}, {"$set": {"t": uuid4()}})
    await raw.delete_one({})
    await raw.aggregate([{"$limit": 1}, {"$match": {"t": uuid4()}}])
    await raw.find_one_and_update({"name": "x"}, {"$set": {"n": 1}})
    await raw.count_documents({})
    await raw.distinct("name")
    found = [each.split(" in ")[0] for each in WATCH.taken()]
    assert found == [
        "find",
        "find",
        "insert",
        "update",
        "delete",
        "aggregate",
        "findAndModify",
        "aggregate",
        "distinct",
    ]
    await raw.find_one({"t": uuid4()})
    assert WATCH.taken() == []

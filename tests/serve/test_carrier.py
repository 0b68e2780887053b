"""The carrier: what a transaction of documents told arrives in PostgreSQL once, whenever the carrier dies."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any, ClassVar
from uuid import UUID

import pytest

from fourfold.core.notices.jobs import DeliverMail, deliver_mail
from fourfold.ground.document_work import OUTBOX, begin_documents
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.outbox import Event
from fourfold.ground.who import Who
from fourfold.serve.wiring import open_house
from fourfold.serve.worker.carrier import Carrier
from fourfold.serve.worker.relay import partition_of, stream_of
from fourfold.services import ALL
from tests.conftest import Running, Tenant, documents_url, sql_in

EVENTS = (
    "SELECT id, (data ->> 'number')::int AS number FROM ground.event WHERE tenant_id = $1 AND type = $2 ORDER BY seq"
)


class Counted(Event):
    """One of many."""

    type: ClassVar[str] = "trials.carrier.counted"
    number: int
    thing_id: UUID

    @property
    def subject_id(self) -> UUID:
        """What is counted."""
        return self.thing_id


@pytest.fixture
async def house(running: Running) -> AsyncIterator[House]:
    """A worker's house whose documents are its own, so that no other worker carries them."""
    name = f"carrier_{new_id().hex[-8:]}"
    settings = running.settings.model_copy(update={"mongo_url": documents_url(name)})
    opened = await open_house(settings, ALL, as_worker=True)
    yield opened
    assert opened.documents is not None
    await opened.documents.client.drop_database(name)
    await opened.close()


def carrier_of(house: House) -> Carrier:
    assert house.documents is not None
    return Carrier(house, house.documents)


async def tell(house: House, tenant: Tenant, numbers: range, thing: UUID) -> None:
    for number in numbers:
        async with begin_documents(house, Who.system(UUID(tenant.id))) as work:
            work.emit(Counted(number=number, thing_id=thing))
            work.later(deliver_mail, DeliverMail(mail_id=new_id()), once=f"{thing}:{number}")
            work.note("trials.count", f"thing:{thing}", after={"number": number})


async def test_everything_told_arrives_in_order(house: House, tenant: Tenant, running: Running) -> None:
    """S-20: events, jobs and entries of a transaction of documents are rows of PostgreSQL, in their order."""
    thing = new_id()
    await tell(house, tenant, range(30), thing)
    assert await carrier_of(house).carry() == 30
    assert await carrier_of(house).carry() == 0
    assert [row["number"] for row in await sql_in(running.database, EVENTS, tenant.id, Counted.type)] == list(range(30))
    jobs = await sql_in(
        running.database, "SELECT once FROM ground.job WHERE tenant_id = $1 AND once LIKE $2", tenant.id, f"{thing}:%"
    )
    entries = await sql_in(
        running.database,
        "SELECT FROM core.audit_entry WHERE tenant_id = $1 AND target = $2",
        tenant.id,
        f"thing:{thing}",
    )
    assert (len(jobs), len(entries)) == (30, 30)


async def test_what_is_rolled_back_is_not_told(house: House, tenant: Tenant) -> None:
    """S-20: when the transaction fails nothing of it is told."""

    async def fail() -> None:
        async with begin_documents(house, Who.system(UUID(tenant.id))) as work:
            work.emit(Counted(number=1, thing_id=new_id()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await carrier_of(house).carry() == 0


async def test_dying_between_the_two_servers_doubles_nothing(house: House, tenant: Tenant, running: Running) -> None:
    """S-20: written to PostgreSQL and not yet taken away: the next carrier finds that it was carried."""
    thing = new_id()
    await tell(house, tenant, range(5), thing)
    assert house.documents is not None
    rows = await house.documents.raw(OUTBOX.name).find(sort=[("_id", 1)]).to_list()
    await carrier_of(house).bring(UUID(tenant.id), rows[:3])
    assert await carrier_of(house).carry() == 5
    assert [row["number"] for row in await sql_in(running.database, EVENTS, tenant.id, Counted.type)] == list(range(5))
    jobs = await sql_in(
        running.database, "SELECT FROM ground.job WHERE tenant_id = $1 AND once LIKE $2", tenant.id, f"{thing}:%"
    )
    assert len(jobs) == 5


# The driver leaves its socket to the collector when it is broken off in the middle of a command.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_carriers_that_are_broken_off_lose_and_double_nothing(
    running: Running, house: House, tenant: Tenant
) -> None:
    """S-20: broken off at any moment, again and again: each event is there once, in order, and once in its stream."""
    thing, chance = new_id(), random.Random(7)
    telling = asyncio.create_task(tell(house, tenant, range(120), thing))
    broken = 0
    while not telling.done() or await house_waits(house):
        carrying = asyncio.create_task(carrier_of(house).carry())
        await asyncio.sleep(chance.uniform(0.001, 0.03))
        broken += not carrying.done()
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)
        if broken > 40:
            await carrier_of(house).carry()
    await telling
    assert broken > 10
    rows = await sql_in(running.database, EVENTS, tenant.id, Counted.type)
    assert [row["number"] for row in rows] == list(range(120))
    waiting = "SELECT FROM ground.event WHERE tenant_id = $1 AND published_at IS NULL"
    async with asyncio.timeout(15):
        while await sql_in(running.database, waiting, tenant.id):  # noqa: ASYNC110 - the relay is another task's
            await asyncio.sleep(0.05)
    stream: Any = await house.valkey.xrange(stream_of(partition_of(str(thing))))
    ids = [fields[b"id"].decode() for _, fields in stream if fields[b"type"] == Counted.type.encode()]
    assert [each for each in ids if each in {str(row["id"]) for row in rows}] == [str(row["id"]) for row in rows]


async def house_waits(house: House) -> bool:
    assert house.documents is not None
    return await house.documents.raw(OUTBOX.name).find_one({}) is not None

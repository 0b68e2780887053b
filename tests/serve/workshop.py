"""A workshop: a service of the tests' own on a fresh database, with as many workers as a test wants."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from fourfold.ground.addresses import address_of
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.durable import job
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.outbox import Event
from fourfold.ground.reactions import Reactions
from fourfold.ground.service import Schedule, Service
from fourfold.ground.settings import Settings
from fourfold.ground.who import Who
from fourfold.ground.work import Desk, Work, begin
from fourfold.serve.wiring import open_house
from fourfold.serve.worker.worker import Worker

ROOT = Path(__file__).parents[2]
Found = TypeVar("Found")

TABLES = """
CREATE TABLE ledger (n bigint GENERATED ALWAYS AS IDENTITY, tenant_id uuid, line text, subject text, value bigint,
  at timestamptz DEFAULT clock_timestamp());
CREATE TABLE broken (line text PRIMARY KEY);
GRANT ALL ON ledger, broken TO fourfold_app, fourfold_worker;
CREATE FUNCTION tenants_with_lines(at timestamptz, since timestamptz) RETURNS SETOF uuid LANGUAGE sql
  AS $$ SELECT DISTINCT tenant_id FROM public.ledger WHERE line = 'due' AND (since IS NULL OR since < $1) $$;
"""


class Noted(Event):
    """Something to be written down."""

    type: ClassVar[str] = "shop.note.noted"
    note_id: UUID
    value: int

    @property
    def subject_id(self) -> UUID:
        """The note."""
        return self.note_id


class Ignored(Event):
    """Something that nobody reacts to."""

    type: ClassVar[str] = "shop.note.ignored"


class Line(BaseModel):
    """What a job writes down."""

    value: int = 0
    seconds: float = 0


class Broken(RuntimeError):
    """Somebody has broken this line."""


async def write(work: Work, line: str, subject: object, value: int) -> None:
    """A row of the ledger, unless its line is broken."""
    if await work.db.fetchval("SELECT EXISTS (SELECT FROM public.broken WHERE line = $1)", line):
        raise Broken(line)
    statement = "INSERT INTO public.ledger (tenant_id, line, subject, value) VALUES ($1, $2, $3, $4)"
    await work.db.execute(statement, work.who.tenant_id, line, str(subject), value)


reactions = Reactions("shop.notes")


@reactions.on(Noted)
async def first(work: Work, event: Noted) -> None:
    """Writes it down."""
    await write(work, "first", event.note_id, event.value)


@reactions.on(Noted)
async def second(work: Work, event: Noted) -> None:
    """Writes it down as well, but nothing below zero."""
    await write(work, "negative" if event.value < 0 else "second", event.note_id, event.value)


async def give_up(work: Work, ask: Line, problem: dict[str, str]) -> None:
    """Writes down that a job has failed."""
    await write(work, "given up", problem["code"], ask.value)


@job("shop.notes.add", attempts=3, on_failed=give_up)
async def add(work: Work, ask: Line) -> dict[str, int]:
    """One transaction."""
    await write(work, "add", "", ask.value)
    return {"value": ask.value}


@job("shop.notes.walk", steps=True)
async def walk(desk: Desk, ask: Line) -> None:
    """Several transactions, and it takes its time."""
    async with desk.work() as work:
        await write(work, "begun", "", ask.value)
    await desk.progress(0.5, {"half": True})
    await asyncio.sleep(ask.seconds)
    async with desk.work() as work:
        await write(work, "ended", "", ask.value)


@job("shop.notes.doomed", steps=True, attempts=3, on_failed=give_up)
async def doomed(desk: Desk, ask: Line) -> None:
    """Several transactions, of which the test lets none end."""
    async with desk.work() as work:
        await write(work, "doomed", "", ask.value)


@job("market.stalls.add")
async def stall(work: Work, ask: Line) -> None:
    """Work of another service."""
    await write(work, "stall", "", ask.value)


@job("shop.notes.tidy", behind=True)
async def tidy(work: Work, ask: Line) -> None:
    """What waits for everything else."""
    await write(work, "tidy", "", ask.value)


@job("shop.notes.hourly")
async def hourly(work: Work, ask: Line) -> None:
    """Scheduled."""
    await write(work, "hourly", "", ask.value)


SHOP = Service(
    "shop", "A service of the tests.", routers=[], permissions={}, reactions=[reactions], jobs=[add, walk, doomed, tidy]
)
MARKET = Service("market", "Another one.", routers=[], permissions={}, jobs=[stall])
SHOP_WITH_CLOCK = replace(SHOP, schedules=[Schedule(hourly, timedelta(hours=1))])
SHOP_WITH_ROUNDS = replace(
    SHOP,
    schedules=[
        Schedule(tidy, timedelta(hours=1)),
        Schedule(hourly, timedelta(hours=1), "public.tenants_with_lines"),
    ],
)
SHOP_THAT_ASKS = replace(SHOP, schedules=[Schedule(hourly, timedelta(hours=1), "public.tenants_with_lines")])


@dataclass(slots=True)
class Workshop:
    """A fresh database, an emptied Valkey, and a house for looking at them."""

    settings: Settings
    house: House
    clock: ShiftedClock
    tenant: UUID

    @property
    def who(self) -> Who:
        """The system, in the workshop's tenant."""
        return Who.system(self.tenant, request_id="a-request")

    async def open_tenant(self, tenant: UUID) -> None:
        """Adds a tenant."""
        opened = "INSERT INTO core.tenant (id, slug, name, created_at) VALUES ($1, $2, 'Shop', now())"
        await self.house.pool.execute(opened, tenant, f"workshop-{tenant.hex[-12:]}")

    async def tell(self, *events: Event) -> None:
        """Commits events."""
        async with begin(self.house, self.who) as work:
            for event in events:
                work.emit(event)

    async def enqueue(self, kind: Any, line: Line | None = None, **more: Any) -> UUID:
        """Commits a job."""
        async with begin(self.house, self.who) as work:
            return work.later(kind, line or Line(), **more).id

    async def job(self, job_id: UUID) -> asyncpg.Record:
        """A job's row."""
        return (await self.rows("SELECT * FROM ground.job WHERE id = $1", job_id))[0]

    async def rows(self, statement: str, *args: Any) -> list[asyncpg.Record]:
        """Rows of any table that a worker sees."""
        return await self.house.pool.fetch(statement, *args)

    async def values(self, line: str) -> list[int]:
        """What a line of the ledger holds, in the order in which it was written."""
        return [
            row["value"] for row in await self.rows("SELECT value FROM public.ledger WHERE line = $1 ORDER BY n", line)
        ]

    async def lines(self, line: str, count: int) -> list[int]:
        """The line's values once there are so many."""
        return await eventually(lambda: self._enough(line, count))

    async def _enough(self, line: str, count: int) -> list[int]:
        values = await self.values(line)
        return values if len(values) >= count else []

    @asynccontextmanager
    async def worker(self, service: Service = SHOP, make: Callable[..., Worker] = Worker) -> AsyncIterator[Worker]:
        """A worker with a house of its own, as long as the block runs."""
        house = await open_house(self.settings, [service], clock=self.clock, as_worker=True)
        worker, stop = make(house, [service]), asyncio.Event()
        task = asyncio.create_task(worker.run(stop))
        try:
            yield worker
        finally:
            stop.set()
            await task
            await house.close()

    async def launch(self, manner: str) -> asyncio.subprocess.Process:
        """A worker as a process, which may die in a manner that it knows."""
        env = {"PYTHONPATH": str(ROOT), "FOURFOLD_POSTGRES_WORKER_URL": self.settings.postgres_worker_url or ""}
        env |= {"FOURFOLD_POSTGRES_URL": self.settings.postgres_url or "", "FOURFOLD_HOME": str(self.settings.home)}
        env |= {"FOURFOLD_VALKEY_URL": self.settings.valkey_url or ""}
        program = Path(__file__).with_name("dying_worker.py")
        return await asyncio.create_subprocess_exec(sys.executable, str(program), manner, env={**os.environ, **env})


async def eventually(ask: Callable[[], Awaitable[Found]], seconds: float = 60) -> Found:
    """Asks until the answer is something: others are at work, whom nobody's clock can hurry."""
    async with asyncio.timeout(seconds):
        while not (found := await ask()):  # noqa: ASYNC110 - others set no event of ours
            await asyncio.sleep(0.02)
    return found


@asynccontextmanager
async def open_workshop(home: Path, urls: Mapping[str, str] | None = None) -> AsyncIterator[Workshop]:
    """A workshop on the servers of the test run, or on others."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    admin = urls["postgres"] if urls else os.environ["FOURFOLD_TEST_POSTGRES"]
    valkey = (urls["valkey"] if urls else os.environ["FOURFOLD_TEST_VALKEY"]).partition("?")[0]
    name = f"workshop_{new_id().hex[-12:]}"
    await eventually(lambda: _copy_template(admin, name))
    await _run(address_of(admin, role="postgres", database=name), TABLES)
    settings = Settings(
        home=home,
        postgres_url=address_of(admin, role="fourfold_app", database=name),
        postgres_worker_url=address_of(admin, role="fourfold_worker", database=name),
        valkey_url=f"{valkey}?db={15 - number}",
    )
    clock = ShiftedClock()
    house = await open_house(settings, [SHOP], clock=clock, as_worker=True)
    await house.valkey.flushdb()
    workshop = Workshop(settings, house, clock, new_id())
    await workshop.open_tenant(workshop.tenant)
    try:
        yield workshop
    finally:
        await house.close()
        await _run(admin, f"DROP DATABASE {name} WITH (FORCE)")


async def _copy_template(admin: str, name: str) -> bool:
    try:
        await _run(admin, f"CREATE DATABASE {name} TEMPLATE fourfold_template")
    except asyncpg.ObjectInUseError:  # another test process makes its copy
        return False
    return True


async def _run(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


def noted(value: int, note_id: UUID | None = None) -> Noted:
    """An event about a note, a new one unless it is given."""
    return Noted(note_id=note_id or new_id(), value=value)


def values_of(events: Sequence[Noted]) -> list[int]:
    """What the events bring."""
    return [event.value for event in events]

"""The worker takes care of itself: old rows, servers that are away, strangers' jobs, questions about its health."""

import asyncio
import os
import signal
import urllib.request
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from redis.exceptions import ConnectionError as ValkeyGone
from redis.exceptions import ResponseError

from fourfold.ground.durable import job
from fourfold.ground.refusals import Conflict, Unavailable
from fourfold.ground.work import Work
from fourfold.serve.worker.patience import is_away, keep_going
from fourfold.serve.worker.sweep import Sweep
from fourfold.serve.worker.worker import run_worker
from tests.conftest import _free_port
from tests.serve.workshop import SHOP, Ignored, Line, Workshop, add, eventually, noted, open_workshop


@pytest.fixture
async def workshop(home: Path) -> AsyncIterator[Workshop]:
    """A workshop of the test's own."""
    async with open_workshop(home) as place:
        yield place


def caused(problem: Exception, cause: Exception) -> Exception:
    problem.__cause__ = cause
    return problem


@pytest.mark.parametrize(
    ("problem", "is_so"),
    [
        (Unavailable(), True),
        (caused(Unavailable(), FileNotFoundError("the server's socket")), True),
        (asyncpg.AdminShutdownError(), True),
        (asyncpg.InterfaceError("connection is closed"), True),
        (ValkeyGone(), True),
        (ConnectionRefusedError(), True),
        (asyncpg.InterfaceError("another operation is in progress"), False),
        (caused(Unavailable(), asyncpg.InterfaceError("another operation is in progress")), False),
        (ResponseError("WRONGTYPE"), False),
        (FileNotFoundError("a template"), False),
        (Conflict(), False),
        (ValueError(), False),
    ],
)
def test_servers_that_are_away_are_no_mistakes(problem: Exception, is_so: bool) -> None:
    """P-27: a server that is away never uses up attempts; a mistake does."""
    assert is_away(problem) is is_so


async def test_a_part_that_fails_begins_anew() -> None:
    """P-27: whatever one part of the worker dies from, it is started again."""
    stop, starts = asyncio.Event(), []

    async def run(_stop: asyncio.Event) -> None:
        starts.append(1)
        if len(starts) < 3:
            raise OSError
        stop.set()

    await keep_going("part", run, stop)
    assert len(starts) == 3


async def test_valkey_closes_connections(workshop: Workshop) -> None:
    """P-26: clients that Valkey has thrown out come back, and no event is lost."""
    async with workshop.worker():
        for value in range(10):
            await workshop.tell(noted(value))
            await throw_out(workshop)
        assert sorted(await workshop.lines("first", 10)) == list(range(10))


async def throw_out(workshop: Workshop) -> None:
    """Closes the connections to the workshop's own database: those of other tests go to the same server."""
    number = urlsplit(str(workshop.settings.valkey_url)).query.removeprefix("db=")
    for client in await workshop.house.valkey.client_list(_type="normal"):
        if client["db"] == number:
            await workshop.house.valkey.client_kill_filter(_id=client["id"], skipme=True)


@job("shop.notes.unknown")
async def unknown(work: Work, ask: Line) -> None:
    """No worker of the shop knows it."""


@job("shop.notes.lonely", attempts=1)
async def lonely(work: Work, ask: Line) -> None:
    """Needs a server that is away."""
    raise Unavailable


async def test_jobs_of_others_stay_in_the_queue(workshop: Workshop) -> None:
    """P-27: a worker that does not know a kind of job leaves it to those that do."""
    job_id = await workshop.enqueue(unknown)
    await workshop.enqueue(add, Line(value=1))
    async with workshop.worker():
        await workshop.lines("add", 1)
        await workshop.enqueue(add, Line(value=2))
        await workshop.lines("add", 2)
        assert len(await workshop.rows("SELECT FROM ground.pgqueuer WHERE status = 'queued'")) == 1
    row = await workshop.job(job_id)
    assert (row["status"], row["attempts"]) == ("queued", 0)


async def test_jobs_wait_for_servers_that_are_away(workshop: Workshop) -> None:
    """P-27: what needs a server that is away is put off, shows why, and counts no attempt."""
    job_id = await workshop.enqueue(lonely)
    async with workshop.worker(replace(SHOP, jobs=[lonely])):
        await eventually(lambda: workshop.rows("SELECT FROM ground.job WHERE error IS NOT NULL"))
    row = await workshop.job(job_id)
    assert (row["status"], row["attempts"], row["error"]["code"]) == ("queued", 0, "unavailable")


async def test_old_rows_are_thrown_away(workshop: Workshop) -> None:
    """P-26: settled events, what was done about them and ended jobs are kept for 30 days; what is not done stays."""
    await workshop.enqueue(add, Line(value=1))
    async with workshop.worker():
        await workshop.tell(noted(1), Ignored())
        await workshop.lines("second", 1)
        await workshop.lines("add", 1)
    await workshop.rows("UPDATE ground.event SET settled = true")
    await workshop.tell(noted(2))
    waiting = await workshop.enqueue(add, Line(value=2))
    await workshop.rows("INSERT INTO ground.revocation VALUES ('someone', now(), now())")
    sweep = Sweep(workshop.house, [], [])
    await sweep.clean(workshop.clock.now() + timedelta(days=29))
    assert [len(await workshop.rows(f"SELECT FROM ground.{name}")) for name in ("event", "inbox", "job")] == [3, 2, 2]
    assert await workshop.rows("SELECT FROM ground.revocation") == []
    await sweep.clean(workshop.clock.now() + timedelta(days=31))
    assert [len(await workshop.rows(f"SELECT FROM ground.{name}")) for name in ("event", "inbox", "job")] == [1, 0, 1]
    assert (await workshop.job(waiting))["status"] == "queued"


async def test_it_cleans_once_a_day(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-27: of two workers one cleans, each day anew."""
    cleaned = []

    async def clean(_sweep: Sweep, now: object) -> None:
        cleaned.append(now)

    monkeypatch.setattr(Sweep, "clean", clean)
    sweeps = [Sweep(workshop.house, [], []) for _ in range(2)]
    # No day begins in the middle of it.
    workshop.clock.advance(timedelta(hours=12 - workshop.clock.now().hour))
    for days in (1, 2):
        workshop.clock.advance(timedelta(days=1))
        for sweep in sweeps * 2:
            await sweep.clean_once_a_day()
        assert len(cleaned) == days


async def test_it_tells_how_it_is(workshop: Workshop, unused_port: Callable[[], int]) -> None:
    """P-27: the worker's process answers whether it lives and is ready, and its figures."""
    port = unused_port()
    task = asyncio.create_task(run_worker(workshop.settings, [SHOP], port))
    assert await eventually(lambda: _answer(port, "/readyz")) == '{"status":"ready"}'
    assert await _answer(port, "/healthz") == '{"status":"alive"}'
    await workshop.tell(noted(1))
    await workshop.lines("second", 1)
    assert 'fourfold_events_total{outcome="done",reaction="shop.notes.first"}' in await _answer(port, "/metrics")
    os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(60):
        await task


@pytest.fixture
def unused_port() -> Callable[[], int]:
    """Finds a port that nobody listens on."""

    def find() -> int:
        return _free_port()

    return find


async def _answer(port: int, path: str) -> str:
    def ask() -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
                return str(answer.read().decode())
        except OSError:
            return ""

    return await asyncio.to_thread(ask)

"""What workers tell of queues, outbox, streams and schedules, and where a worker apart tells it."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from fourfold.ground.durable import job
from fourfold.ground.ids import new_id
from fourfold.ground.metrics import metrics_text
from fourfold.ground.work import Work
from fourfold.serve.figures.server import WorkerPortTaken, telling
from fourfold.serve.figures.soundings import Soundings, added_up
from tests.conftest import _free_port
from tests.serve.scraped import Scraped
from tests.serve.workshop import SHOP_WITH_CLOCK, Line, Workshop, add, eventually, noted, open_workshop


@pytest.fixture
async def workshop(home: Path) -> AsyncIterator[Workshop]:
    """A workshop of the test's own."""
    async with open_workshop(home) as place:
        yield place


def told() -> Scraped:
    """What this process tells now."""
    return Scraped.of(metrics_text()[0].decode())


async def look(workshop: Workshop) -> Scraped:
    """What is told after one look."""
    await Soundings(workshop.house, [SHOP_WITH_CLOCK], [SHOP_WITH_CLOCK]).look()
    return told()


@job("market.stalls.secret")
async def stranger(work: Work, ask: Line) -> None:
    """Of a service that the worker does not know."""


async def test_what_waits_is_told(workshop: Workshop) -> None:
    """P-31: jobs by kind, the oldest due, the outbox and its age; unknown kinds together are one series."""
    began = time.monotonic()
    await workshop.enqueue(add, Line(value=1))
    await workshop.enqueue(add, Line(value=2), at=workshop.clock.now() + timedelta(hours=1))
    await workshop.enqueue(stranger)
    await workshop.tell(noted(1), noted(2))
    await workshop.rows("UPDATE ground.pgqueuer SET execute_after = execute_after - interval '90 seconds'")
    workshop.clock.advance(timedelta(seconds=40))
    now: Scraped = await eventually(lambda: _both_wait(workshop))
    took = time.monotonic() - began
    assert now.total("queue_jobs", kind="shop.notes.add", status="queued") == 2
    assert now.total("queue_jobs", kind="other", status="queued") == 1
    assert 85 < now.total("queue_oldest_due_seconds", kind="shop.notes.add") < 91 + took
    assert now.total("outbox_waiting") == 2
    assert 35 < now.total("outbox_oldest_seconds") < 41 + took
    assert now.total("sampled_timestamp_seconds") > 1_700_000_000


async def _both_wait(workshop: Workshop) -> Any:
    """What is told, unless the worker of other tests, which is in this process too, has just told its own."""
    now = await look(workshop)
    other = now.total("queue_jobs", kind="other", status="queued")
    return now if (now.total("outbox_waiting"), other) == (2, 1) else None


async def test_what_is_done_waits_no_longer(workshop: Workshop) -> None:
    """P-31: once a worker has been at it the gauges are at zero, streams included, and counters tell what was done."""
    before = told()
    await workshop.enqueue(add, Line(value=1))
    await workshop.tell(noted(1), noted(2))
    async with workshop.worker():
        await workshop.lines("second", 2)
        await workshop.lines("add", 1)
        done: Scraped = await eventually(lambda: _settled(workshop))
    assert done.total("queue_jobs", kind="shop.notes.add") == 0
    assert done.total("outbox_waiting") == done.total("outbox_oldest_seconds") == 0
    # What was done is counted after its commit, and at the latest before the worker has left.
    after = told()
    for name, labels, count in (
        ("jobs_total", {"kind": "shop.notes.add", "outcome": "done"}, 1),
        ("job_seconds_count", {"kind": "shop.notes.add"}, 1),
        ("events_total", {"reaction": "shop.notes.second", "outcome": "done"}, 2),
    ):
        assert after.total(name, **labels) - before.total(name, **labels) == count, name


async def _settled(workshop: Workshop) -> Any:
    now = await look(workshop)
    waits = now.total("stream_lag", consumer="shop") + now.total("stream_pending", consumer="shop")
    # An event may be handled before it is marked as published.
    waits += now.total("queue_jobs", kind="shop.notes.add") + now.total("outbox_waiting")
    return None if waits else now


async def test_streams_behind_are_told(workshop: Workshop) -> None:
    """P-31: how many events a consumer has not taken, and how many it has taken and not handled."""
    house = workshop.house
    await house.valkey.xgroup_create("ff:ev:3", "ff:shop", id="0", mkstream=True)
    for number in range(5):
        await house.valkey.xadd("ff:ev:3", {"number": number})
    await house.valkey.xreadgroup("ff:shop", "main", {"ff:ev:3": ">"}, count=2)
    now = await look(workshop)
    assert (now.total("stream_lag", consumer="shop"), now.total("stream_pending", consumer="shop")) == (3, 2)


async def test_failures_are_told(workshop: Workshop) -> None:
    """P-31: failed jobs by kind, parked events by reaction."""
    job_id = await workshop.enqueue(add, Line(value=1))
    await workshop.rows("UPDATE ground.job SET status = 'failed' WHERE id = $1", job_id)
    await workshop.rows(
        "INSERT INTO ground.parked (tenant_id, reaction, event_id, attempts, error, parked_at)"
        " VALUES ($1, 'shop.notes.first', $2, 4, 'broken', now())",
        workshop.tenant, new_id(),
    )  # fmt: skip
    now = await look(workshop)
    assert now.total("queue_jobs", kind="shop.notes.add", status="failed") == 1
    assert now.total("parked_events", reaction="shop.notes.first") == 1
    assert now.total("parked_events", reaction="shop.notes.second") == 0


async def test_late_schedules_are_told(workshop: Workshop) -> None:
    """P-31: a period whose jobs nobody has enqueued is late; one that is enqueued is not."""
    # No new hour begins in the middle of it.
    workshop.clock.advance(timedelta(minutes=30 - workshop.clock.now().minute))
    assert (await look(workshop)).total("schedule_late_seconds", kind="shop.notes.hourly") > 0
    hour = workshop.clock.now().replace(minute=0, second=0, microsecond=0)
    await workshop.rows("INSERT INTO ground.schedule (name, last_at) VALUES ('shop.notes.hourly', $1)", hour)
    assert (await look(workshop)).total("schedule_late_seconds", kind="shop.notes.hourly") == 0


def test_unknown_names_are_one() -> None:
    """P-31: names that nobody knows make no series of their own."""
    assert added_up(["a", "b"], [("a", 1), ("x", 2), ("y", 3)]) == {"a": 1, "b": 0, "other": 5}


async def asked(workshop: Workshop, path: str, **headers: str) -> Any:
    """What a worker's own server answers."""
    port = workshop.settings.worker_port
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        return await client.get(path, headers=headers)


@pytest.mark.parametrize(("env", "given"), [("production", None), ("production", "a token"), ("development", None)])
async def test_a_worker_apart_tells(workshop: Workshop, env: Any, given: str | None) -> None:
    """P-04, P-31: a worker answers on its own port; its metrics are closed in production without the token."""
    settings = workshop.house.settings
    settings.env, settings.metrics_token = env, None if given is None else SecretStr(given)
    settings.worker_port = port = _free_port()
    async with telling(workshop.house, port):
        assert (await eventually(lambda: _alive(workshop))) == {"status": "alive"}
        assert (await asked(workshop, "/readyz")).json() == {"status": "ready"}
        answer = await asked(workshop, "/metrics")
        assert answer.status_code == (200 if env == "development" else 404 if given is None else 401)
        if given is not None:
            answer = await asked(workshop, "/metrics", authorization=f"Bearer {given}")
            assert "fourfold_jobs_total" in answer.text
        with pytest.raises(WorkerPortTaken, match="FOURFOLD_WORKER_PORT"):
            await telling(workshop.house, port).__aenter__()


async def _alive(workshop: Workshop) -> Any:
    try:
        return (await asked(workshop, "/healthz")).json()
    except httpx.TransportError:
        return None

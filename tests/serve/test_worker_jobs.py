"""Durable work is done: once, again after a failure, never by two workers at once, and on schedule."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from fourfold.core.background.mend import cancel_job, retry_job
from fourfold.ground.durable import Later, write_jobs
from fourfold.ground.ids import new_id
from fourfold.ground.work import begin
from fourfold.serve.worker import labour, schedules
from tests.serve.workshop import (
    MARKET,
    SHOP_THAT_ASKS,
    SHOP_WITH_CLOCK,
    SHOP_WITH_ROUNDS,
    Line,
    Workshop,
    add,
    eventually,
    hourly,
    open_workshop,
    stall,
    tidy,
    walk,
)


@pytest.fixture
async def workshop(home: Path) -> AsyncIterator[Workshop]:
    """A workshop of the test's own."""
    async with open_workshop(home) as place:
        yield place


async def is_in(workshop: Workshop, job_id: object, status: str) -> bool:
    """Whether a job is in a state."""
    return bool(await workshop.rows("SELECT FROM ground.job WHERE id = $1 AND status = $2", job_id, status))


async def test_a_job_is_done_once(workshop: Workshop) -> None:
    """P-27: enqueued with the change, done once with its result; a name under which it exists enqueues it only once."""
    await workshop.enqueue(add, Line(value=7), once="seven")
    await workshop.enqueue(add, Line(value=7), once="seven")
    job_id = await workshop.enqueue(walk, Line(value=8))
    async with workshop.worker():
        await eventually(lambda: is_in(workshop, job_id, "done"))
        assert await workshop.lines("add", 1) == [7]
    job = await workshop.job(job_id)
    assert (job["progress"], job["result"]) == (1, {"half": True})
    assert len(await workshop.rows("SELECT FROM ground.job")) == 2


async def test_rolled_back_work_leaves_no_job(workshop: Workshop) -> None:
    """P-27: no job without its change."""
    with pytest.raises(ZeroDivisionError):
        await _enqueue_and_fail(workshop)
    assert await workshop.rows("SELECT FROM ground.job") == []
    assert await workshop.rows("SELECT FROM ground.pgqueuer") == []


async def _enqueue_and_fail(workshop: Workshop) -> None:
    async with begin(workshop.house, workshop.who) as work:
        work.later(add, Line())
        await work.flush()
        raise ZeroDivisionError


async def test_a_failing_job_is_tried_again_and_then_fails(workshop: Workshop) -> None:
    """P-27: growing pauses between attempts, then failed with its error; people have it run again."""
    await workshop.rows("INSERT INTO public.broken VALUES ('add')")
    job_id = await workshop.enqueue(add, Line(value=7))
    async with workshop.worker():
        await eventually(lambda: _tried(workshop, job_id, 1))
        job = await workshop.job(job_id)
        assert job["status"] == "queued"
        assert job["run_at"] - job["created_at"] > timedelta(seconds=2)
        workshop.clock.advance(timedelta(seconds=60))
        await eventually(lambda: _tried(workshop, job_id, 2))
        workshop.clock.advance(timedelta(seconds=60))
        await eventually(lambda: is_in(workshop, job_id, "failed"))
        job = await workshop.job(job_id)
        assert job["error"] == {"code": "unexpected", "title": "Broken", "detail": "add"}
        assert job["attempts"] == 3
        assert [row["subject"] for row in await workshop.rows("SELECT * FROM ledger WHERE line = 'given up'")] == [
            "unexpected"
        ]
        assert await workshop.rows("SELECT FROM ground.pgqueuer") == []

        await workshop.rows("DELETE FROM public.broken")
        async with begin(workshop.house, workshop.who) as work:
            assert (await retry_job(work, job_id)).status == "queued"
        assert await workshop.lines("add", 1) == [7]
        await eventually(lambda: is_in(workshop, job_id, "done"))
    assert (await workshop.job(job_id))["error"] is None


async def _tried(workshop: Workshop, job_id: object, attempts: int) -> bool:
    return bool(await workshop.rows("SELECT FROM ground.job WHERE id = $1 AND attempts = $2", job_id, attempts))


async def test_timers_and_cancelling(workshop: Workshop) -> None:
    """P-27: a job for later waits for its time, and a cancelled one is not done."""
    now = workshop.clock.now()
    later = await workshop.enqueue(add, Line(value=1), at=now + timedelta(hours=2))
    cancelled = await workshop.enqueue(add, Line(value=2), at=now + timedelta(hours=1))
    async with workshop.worker():
        async with begin(workshop.house, workshop.who) as work:
            assert (await cancel_job(work, cancelled)).status == "cancelled"
        workshop.clock.advance(timedelta(hours=1.5))
        await eventually(lambda: _entries(workshop, 1))
        assert await workshop.values("add") == []
        workshop.clock.advance(timedelta(hours=1))
        assert await workshop.lines("add", 1) == [1]
    assert [(await workshop.job(each))["status"] for each in (later, cancelled)] == ["done", "cancelled"]


async def _entries(workshop: Workshop, count: int) -> bool:
    return len(await workshop.rows("SELECT FROM ground.pgqueuer")) == count


async def test_a_long_job_is_not_done_by_two(workshop: Workshop) -> None:
    """P-27: a job that takes longer than the signs of life may be absent is run by one worker only."""
    job_id = await workshop.enqueue(walk, Line(value=7, seconds=labour.DEAD_AFTER.total_seconds() * 2))
    async with workshop.worker(), workshop.worker():
        await eventually(lambda: is_in(workshop, job_id, "done"))
    assert await workshop.values("begun") == [7]


async def test_a_worker_takes_only_what_it_knows(workshop: Workshop) -> None:
    """P-27: jobs of a service that is served elsewhere wait for its worker untouched, and hold up nobody."""
    stalls = [await workshop.enqueue(stall, Line(value=value)) for value in range(20)]
    job_id = await workshop.enqueue(add, Line(value=7))
    async with workshop.worker():
        await eventually(lambda: is_in(workshop, job_id, "done"))
        entries = await workshop.rows("SELECT status, attempts FROM ground.pgqueuer")
        assert {tuple(entry) for entry in entries} == {("queued", 0)}
        assert len(entries) == len(stalls)
        async with workshop.worker(MARKET):
            assert sorted(await workshop.lines("stall", 20)) == list(range(20))


async def test_a_worker_that_leaves_hands_its_jobs_over(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-27: a job that is longer than the time to leave goes on with the next worker, and that is no lost attempt."""
    monkeypatch.setattr(labour, "DRAIN_WITHIN", 0.1)
    # A worker that has said nothing is not taken for dead before the test gives up.
    monkeypatch.setattr(labour, "DEAD_AFTER", timedelta(minutes=10))
    job_id = await workshop.enqueue(walk, Line(value=7, seconds=3))
    async with workshop.worker():
        await workshop.lines("begun", 1)
    async with workshop.worker():
        await workshop.lines("begun", 2)
        await eventually(lambda: is_in(workshop, job_id, "done"))
    assert (await workshop.job(job_id))["attempts"] == 0


async def test_a_silent_worker_keeps_its_turn(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-27: even when its signs of life come too late, nobody runs the job a second time while the first one runs."""
    monkeypatch.setattr(labour, "BEAT", 60.0)
    job_id = await workshop.enqueue(walk, Line(value=7, seconds=labour.DEAD_AFTER.total_seconds() * 2))
    async with workshop.worker(), workshop.worker():
        await eventually(lambda: is_in(workshop, job_id, "done"))
    assert await workshop.values("begun") == [7]


async def test_a_schedule_is_kept_once(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-27: two workers, one job for each tenant and period."""
    monkeypatch.setattr(schedules, "EVERY", 0.05)
    workshop.clock.advance(timedelta(minutes=60 - workshop.clock.now().minute))
    async with workshop.worker(SHOP_WITH_CLOCK), workshop.worker(SHOP_WITH_CLOCK):
        for hour in range(3):
            await workshop.lines("hourly", hour + 1)
            workshop.clock.advance(timedelta(hours=1))
        await workshop.lines("hourly", 4)
        await asyncio.sleep(0.3)
    jobs = await workshop.rows("SELECT once FROM ground.job WHERE name = $1", hourly.name)
    assert len({job["once"] for job in jobs}) == len(jobs) == 4


async def test_a_schedule_asks_who_is_due(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-27: a tenant without anything to be done gets no job, and does get one in the period in which there is."""
    monkeypatch.setattr(schedules, "EVERY", 0.05)
    workshop.clock.advance(timedelta(minutes=60 - workshop.clock.now().minute))
    await workshop.open_tenant(other := new_id())
    busy = "INSERT INTO public.ledger (tenant_id, line) VALUES ($1, 'due')"
    await workshop.rows(busy, workshop.tenant)
    async with workshop.worker(SHOP_THAT_ASKS):
        await workshop.lines("hourly", 1)
        workshop.clock.advance(timedelta(hours=1))
        await workshop.lines("hourly", 2)
        assert await _scheduled_in(workshop) == [workshop.tenant] * 2
        await workshop.rows(busy, other)
        workshop.clock.advance(timedelta(hours=1))
        await workshop.lines("hourly", 4)
    assert sorted(await _scheduled_in(workshop)) == sorted([workshop.tenant] * 3 + [other])


async def test_who_is_due_waits_for_no_round(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-27: a schedule that goes through all tenants and is held up there does not hold up those that are due."""
    monkeypatch.setattr(schedules, "EVERY", 0.05)
    workshop.clock.advance(timedelta(minutes=60 - workshop.clock.now().minute))
    await workshop.rows("INSERT INTO public.ledger (tenant_id, line) VALUES ($1, 'due')", workshop.tenant)
    once = f"{tidy.name}:{int(workshop.clock.now().timestamp() // 3600)}"
    async with begin(workshop.house, workshop.who) as held:
        await write_jobs(held.db, held.who, held.now, [Later.of(tidy, Line(), held.now, once)])
        async with workshop.worker(SHOP_WITH_ROUNDS):
            await eventually(lambda: workshop.rows("SELECT FROM pg_locks WHERE NOT granted"))
            await workshop.lines("hourly", 1)
            workshop.clock.advance(timedelta(hours=1))
            await workshop.lines("hourly", 2)
            assert await workshop.values("tidy") == []


async def _scheduled_in(workshop: Workshop) -> list[UUID]:
    return [row[0] for row in await workshop.rows("SELECT tenant_id FROM ground.job WHERE name = $1", hourly.name)]


async def test_tidying_waits_for_everything_else(workshop: Workshop) -> None:
    """P-27: what was enqueued later is done before the work that may wait, however much there is of it."""
    for value in range(labour.AT_ONCE * 3):
        await workshop.enqueue(tidy, Line(value=value))
    await workshop.enqueue(add, Line(value=7))
    async with workshop.worker():
        await workshop.lines("tidy", labour.AT_ONCE * 3)
    done = await workshop.rows("SELECT line FROM public.ledger ORDER BY n")
    assert [row["line"] for row in done].index("add") < labour.AT_ONCE

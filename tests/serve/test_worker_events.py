"""Events arrive: once, in order, whatever dies, and nobody waits for those that are poison."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from fourfold.core.background.mend import Replay, replay_events, retry_parked
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.outbox import events_told
from fourfold.ground.service import Service
from fourfold.ground.work import begin
from fourfold.serve.worker import lane, sweep
from fourfold.serve.worker.sweep import Sweep
from fourfold.serve.worker.worker import Worker
from tests.serve.workshop import SHOP, Ignored, Workshop, eventually, noted, open_workshop


@pytest.fixture
async def workshop(home: Path) -> AsyncIterator[Workshop]:
    """A workshop of the test's own."""
    async with open_workshop(home) as place:
        yield place


async def test_each_reaction_is_told_once(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-26: an event that is published twice has each effect once, with the request that it came from."""
    # Nothing else is settled meanwhile, however long it takes.
    monkeypatch.setattr(sweep, "EVERY", 3600.0)
    event = noted(1)
    async with workshop.worker():
        await workshop.tell(event, Ignored())
        await workshop.lines("second", 1)
        await workshop.rows("UPDATE ground.event SET published_at = NULL WHERE id = $1", event.event_id)
        await workshop.tell(noted(2, event.note_id))
        assert await workshop.lines("second", 2) == [1, 2]
    assert await workshop.values("first") == [1, 2]
    settled = await workshop.rows("SELECT type FROM ground.event WHERE settled")
    assert [row["type"] for row in settled] == ["shop.note.ignored"]


async def test_rolled_back_work_tells_nobody(workshop: Workshop) -> None:
    """P-26: no event without its change."""
    async with workshop.worker():
        with pytest.raises(ZeroDivisionError):
            await _tell_and_fail(workshop)
        await workshop.tell(noted(2))
        assert await workshop.lines("first", 1) == [2]
    assert len(await workshop.rows("SELECT FROM ground.event")) == 1


async def _tell_and_fail(workshop: Workshop) -> None:
    async with begin(workshop.house, workshop.who) as work:
        work.emit(noted(1))
        await work.flush()
        raise ZeroDivisionError


async def test_one_subject_stays_in_order(workshop: Workshop) -> None:
    """P-26: what happens to one aggregate arrives in its order, with two workers at it."""
    subjects = [new_id() for _ in range(20)]
    async with workshop.worker(), workshop.worker():
        for value in range(30):
            await workshop.tell(*[noted(value, subject) for subject in subjects])
        await workshop.lines("first", 600)
        await workshop.lines("second", 600)
    for subject in subjects:
        for line in ("first", "second"):
            rows = await workshop.rows(
                "SELECT value FROM public.ledger WHERE subject = $1 AND line = $2 ORDER BY n", str(subject), line
            )
            assert [row["value"] for row in rows] == list(range(30))


async def test_poison_is_parked_and_others_go_on(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-26: an event that a reaction cannot bear is parked and visible, others go on, and it can be delivered again."""
    monkeypatch.setattr(lane, "PAUSES", (0.01, 0.02, 0.03))
    await workshop.rows("INSERT INTO public.broken VALUES ('negative')")
    poison = noted(-1)
    async with workshop.worker():
        await workshop.tell(poison, *[noted(value, poison.note_id) for value in range(5)])
        assert await workshop.lines("second", 5) == [0, 1, 2, 3, 4]
        assert await workshop.values("first") == [-1, 0, 1, 2, 3, 4]
        (parked,) = await workshop.rows("SELECT * FROM ground.parked")
        assert (parked["event_id"], parked["reaction"], parked["attempts"]) == (poison.event_id, "shop.notes.second", 4)
        assert parked["error"] == "Broken: negative"

        await workshop.rows("DELETE FROM public.broken")
        async with begin(workshop.house, workshop.who) as work:
            await retry_parked(work, poison.event_id, "shop.notes.second")
        assert await workshop.lines("negative", 1) == [-1]
    assert len(await workshop.values("first")) == 6


async def test_the_past_is_replayed(workshop: Workshop) -> None:
    """P-26: named reactions handle past events once more, others do not."""
    since = workshop.clock.now()
    async with workshop.worker():
        await workshop.tell(noted(1), noted(2))
        await workshop.lines("second", 2)
        async with begin(workshop.house, workshop.who) as work:
            assert await replay_events(work, Replay(since=since, reactions=["shop.notes.first"])) == 2
        assert sorted(await workshop.lines("first", 4)) == [1, 1, 2, 2]
    assert sorted(await workshop.values("second")) == [1, 2]


async def test_a_late_commit_with_a_lower_number_is_not_lost(workshop: Workshop) -> None:
    """T55: a slow transaction whose event has a lower number than published ones is published when it commits."""
    async with workshop.worker(), begin(workshop.house, workshop.who) as slow:
        await slow.db.execute(events_told(slow.who, slow.now, [noted(1)]))
        await workshop.tell(noted(2))
        assert await workshop.lines("first", 1) == [2]
        await slow.db.execute("COMMIT; BEGIN")
        assert await workshop.lines("first", 2) == [2, 1]


async def test_nothing_is_lost_with_valkey(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-26: everything that only Valkey held is sent again after it was emptied."""
    monkeypatch.setattr(sweep, "EVERY", 0.2)
    async with workshop.worker():
        await workshop.tell(*[noted(value) for value in range(50)])
        await workshop.lines("first", 50)
        for part in range(50, 200, 50):
            await workshop.tell(*[noted(value) for value in range(part, part + 50)])
            await workshop.house.valkey.flushdb()
        # What is marked as published after the clock is moved would have to arrive anew.
        await eventually(lambda: _all_published(workshop))
        workshop.clock.advance(sweep.TIME_TO_ARRIVE_BEHIND_OTHERS * 2)
        assert sorted(await workshop.lines("first", 200)) == list(range(200))
        assert sorted(await workshop.lines("second", 200)) == list(range(200))
        workshop.clock.advance(sweep.TIME_TO_ARRIVE * 2)
        await eventually(lambda: _all_settled(workshop))


async def _all_published(workshop: Workshop) -> bool:
    return not await workshop.rows("SELECT FROM ground.event WHERE published_at IS NULL")


async def _all_settled(workshop: Workshop) -> bool:
    return not await workshop.rows("SELECT FROM ground.event WHERE NOT settled")


async def test_lost_entries_are_sent_again_only_when_nothing_is_before_them(workshop: Workshop) -> None:
    """P-26: an event that has not arrived is sent again, at once where its partition is idle."""
    async with workshop.worker() as worker:
        await workshop.tell(noted(1))
        await workshop.lines("second", 1)
        await workshop.rows("DELETE FROM ground.inbox")
        await workshop.rows("UPDATE ground.event SET published_at = published_at - interval '20 seconds'")
        await worker.parts["sweep"].settle()  # type: ignore[attr-defined]  # the part is a Sweep
        assert await workshop.lines("first", 2) == [1, 1]


async def test_events_wait_for_services_of_other_workers(workshop: Workshop) -> None:
    """P-26: a worker of another service does not settle what a service that is deployed elsewhere has not handled."""
    other = Service("other", "Reacts to nothing.", routers=[], permissions={})
    await Sweep(workshop.house, [SHOP], [SHOP]).deployed()

    def knowing(house: House, services: Sequence[Service]) -> Worker:
        return Worker(house, services, [*services, SHOP])

    async with workshop.worker(other, knowing) as worker:
        await workshop.tell(noted(1))
        await eventually(lambda: workshop.rows("SELECT FROM ground.event WHERE published_at IS NOT NULL"))
        await workshop.house.valkey.flushdb()
        workshop.clock.advance(sweep.TIME_TO_ARRIVE * 2)
        await worker.parts["sweep"].settle()  # type: ignore[attr-defined]  # the part is a Sweep
        assert not await _all_settled(workshop)
    async with workshop.worker():
        assert await workshop.lines("first", 1) == [1]


async def test_lanes_are_shared_and_taken_over(workshop: Workshop) -> None:
    """P-26: workers share the lanes, and whoever stays takes those of one that has gone."""
    async with workshop.worker() as one:
        await eventually(lambda: _lanes(one, 8))
        async with workshop.worker() as two:
            await eventually(lambda: _lanes(two, 4))
            await eventually(lambda: _lanes(one, 4))
        await eventually(lambda: _lanes(one, 8))


async def _lanes(worker: object, count: int) -> bool:
    return len(list(worker.parts["react"].lanes())) == count  # type: ignore[attr-defined]  # the part is a React


async def test_it_stops_at_once(workshop: Workshop) -> None:
    """P-26: an idle worker stops within a second."""
    loop = asyncio.get_running_loop()
    # A busy machine may stand still meanwhile: one time in three counts.
    for value in range(1, 4):
        async with workshop.worker():
            await workshop.tell(noted(value))
            await workshop.lines("second", value)
            begun = loop.time()
        took = loop.time() - begun
        if took < 1:
            break
    assert took < 1

"""Changes: heard of by every process, in an order that lets no cache stay wrong."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from fourfold.ground import changes as module
from fourfold.ground.changes import MEMORY, Changes
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.db import open_pool, transaction
from fourfold.ground.ids import new_id
from fourfold.ground.pool import Pool
from tests.conftest import Running


@pytest.fixture
async def pool(running: Running) -> AsyncIterator[Pool]:
    """Connections of the application's role."""
    pool = await open_pool(running.settings.postgres_url or "", 3)
    yield pool
    await pool.close()


async def test_others_hear_of_it_after_the_commit(pool: Pool) -> None:
    """T19: who tells knows at once; another process with its next look after the commit, and hears it once."""
    clock = ShiftedClock()
    here, there, subject = Changes(pool, clock), Changes(pool, clock), f"session:{new_id()}"
    async with transaction(pool, None) as db:
        await here.tell(db, subject, clock.now())
        assert here.last(subject) > 0
        await there.load()
        assert there.turn(subject) == 0
    await there.load()
    assert there.last(subject) == here.last(subject)
    heard = there.turn(subject)
    await there.load()
    assert there.turn(subject) == heard != 0


async def test_a_cache_that_read_in_between_reads_again(pool: Pool) -> None:
    """P-15: what was read after a change was told and before its commit is old, and the next turn says so."""
    clock = ShiftedClock()
    here, subject = Changes(pool, clock), f"roles:{new_id()}"
    before = here.turn(subject)
    async with transaction(pool, None) as db:
        await here.tell(db, subject, clock.now())
        told = here.turn(subject)
    await here.load()
    assert len({before, told, here.turn(subject)}) == 3


async def test_old_changes_are_forgotten(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-13: a process does not remember changes that have nothing left to refuse, and no number comes back."""
    monkeypatch.setattr(module, "REMEMBERED", 0)
    clock = ShiftedClock()
    here, subject = Changes(pool, clock), f"key:{new_id()}"
    async with transaction(pool, None) as db:
        await here.tell(db, subject, clock.now())
    await here.load()
    first = here.turn(subject)
    clock.advance(MEMORY + timedelta(minutes=1))
    await here.load()
    assert (here.last(subject), here.turn(subject)) == (0.0, 0)
    async with transaction(pool, None) as db:
        await here.tell(db, subject, clock.now())
    assert here.turn(subject) > first

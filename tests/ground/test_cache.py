"""The cache: a stampede loads once, and without it answers are the same."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID

from fourfold.ground.cache import kept_or_made
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.valkey import open_valkey
from fourfold.ground.who import Who
from fourfold.ground.work import begin, look
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.conftest import Running, Tenant


class Maker:
    """Makes an answer, and counts how often."""

    def __init__(self, text: str, *, costly: bool) -> None:
        self.text, self.costly, self.times = text, costly, 0
        self.begun = asyncio.Event()

    async def __call__(self) -> tuple[str, bool]:
        """Takes its time."""
        self.times += 1
        self.begun.set()
        await asyncio.sleep(0.1)
        return self.text, self.costly


async def ask(house: House, tenant: UUID, maker: Callable[[], Awaitable[tuple[str, bool]]], name: str = "n") -> str:
    """Asks as a visitor of the tenant."""
    async with look(house, Who(tenant, "x")) as view:
        return await kept_or_made(view, "catalogue", name, maker)


async def outdate(house: House, tenant: UUID, subject: str = "catalogue") -> None:
    """Commits a change of what the subject's answers tell of."""
    async with begin(house, Who.system(tenant)) as work:
        work.outdate(subject)


async def test_a_stampede_loads_once(running: Running, tenant: Tenant, other_tenant: Tenant) -> None:
    """P-30: when a costly answer has ended, one of many requests in two processes makes it; tenants share nothing."""
    one, two = await open_house(running.settings, ALL), await open_house(running.settings, ALL)
    try:
        ours, theirs, costly = UUID(tenant.id), UUID(other_tenant.id), Maker("answer", costly=True)
        assert await ask(one, ours, costly) == "answer"
        assert await ask(two, ours, costly) == "answer"
        assert costly.times == 1
        await outdate(one, ours)
        answers = await asyncio.gather(*(ask(house, ours, costly) for house in (one, two) for _ in range(8)))
        assert set(answers) == {"answer"}
        assert costly.times == 2
        assert await ask(two, theirs, Maker("theirs", costly=True)) == "theirs"
        costly.costly = False
        await outdate(two, ours)
        answers = await asyncio.wait_for(asyncio.gather(*(ask(one, ours, costly) for _ in range(8))), 2)
        assert set(answers) == {"answer"}
        cheap = Maker("cheap", costly=False)
        for _ in range(2):
            assert await ask(one, ours, cheap, "cheap") == "cheap"
        assert cheap.times == 2
    finally:
        await one.close()
        await two.close()


async def test_no_answer_of_before_a_change_is_served(running: Running, tenant: Tenant, other_tenant: Tenant) -> None:
    """P-30: after a change's commit no process serves an older answer, nor keeps one that was being made meanwhile."""
    one, two = await open_house(running.settings, ALL), await open_house(running.settings, ALL)
    ours, theirs = UUID(tenant.id), UUID(other_tenant.id)
    try:
        for house, owner in ((one, ours), (two, theirs)):
            assert await ask(house, owner, Maker("old", costly=True)) == "old"
        maker = Maker("late", costly=True)
        late = asyncio.create_task(ask(one, ours, maker, "late"))
        await maker.begun.wait()
        await outdate(two, ours, "others")
        assert await ask(two, ours, Maker("new", costly=True)) == "old"
        await outdate(two, ours)
        assert await late == "late"
        for house in (one, two):
            assert await ask(house, ours, Maker("new", costly=True)) == "new"
            assert await ask(house, ours, Maker("newest", costly=True), "late") == "newest"
        assert await ask(one, theirs, Maker("new", costly=True)) == "old"
    finally:
        await one.close()
        await two.close()


async def test_a_valkey_that_goes_back_in_time_brings_nothing_old_back(running: Running, tenant: Tenant) -> None:
    """P-30: neither an empty Valkey nor one that was restored from yesterday makes an answer wrong."""
    house, ours = await open_house(running.settings, ALL), UUID(tenant.id)
    try:
        assert await ask(house, ours, Maker("old", costly=True)) == "old"
        keys = [key async for key in house.valkey.scan_iter(f"t:{ours}:cache:*")]
        yesterday = [(key, await house.valkey.dump(key)) for key in keys]
        await outdate(house, ours)
        assert await ask(house, ours, Maker("new", costly=True)) == "new"
        await house.valkey.delete(*[key async for key in house.valkey.scan_iter(f"t:{ours}:cache:*")])
        for key, value in yesterday:
            await house.valkey.restore(key, 0, value or b"")
        assert await ask(house, ours, Maker("newer", costly=True)) == "newer"
    finally:
        await house.close()


async def test_a_change_that_is_not_committed_outdates_nothing(running: Running, tenant: Tenant) -> None:
    """P-30: what was rolled back leaves the kept answers as they are."""
    house, ours = await open_house(running.settings, ALL), UUID(tenant.id)
    try:
        assert await ask(house, ours, Maker("old", costly=True)) == "old"
        with suppress(RuntimeError):
            async with begin(house, Who.system(ours)) as work:
                work.outdate("catalogue")
                raise RuntimeError
        assert await ask(house, ours, Maker("new", costly=True)) == "old"
    finally:
        await house.close()


async def test_without_the_cache_answers_are_the_same(running: Running) -> None:
    """P-30: switched off, or with Valkey away, each request makes its own answer."""
    house = await open_house(running.settings.model_copy(update={"cache": "off"}), ALL)
    away = await open_house(running.settings, ALL)
    await away.valkey.aclose()
    away.valkey = open_valkey("redis://127.0.0.1:1")
    try:
        for each in (house, away):
            maker, tenant = Maker("answer", costly=True), new_id()
            assert [await ask(each, tenant, maker) for _ in range(2)] == ["answer", "answer"]
            assert maker.times == 2
    finally:
        await house.close()
        await away.close()

"""The cache: a stampede loads once, and without it answers are the same."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from fourfold.ground.cache import kept_or_made
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.valkey import open_valkey
from fourfold.ground.who import Who
from fourfold.ground.work import look
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.conftest import Running, Tenant


class Maker:
    """Makes an answer, and counts how often."""

    def __init__(self, text: str, *, costly: bool) -> None:
        self.text, self.costly, self.times = text, costly, 0

    async def __call__(self) -> tuple[str, bool]:
        """Takes its time."""
        self.times += 1
        await asyncio.sleep(0.1)
        return self.text, self.costly


async def ask(house: House, tenant: UUID, maker: Callable[[], Awaitable[tuple[str, bool]]], name: str = "n") -> str:
    """Asks as a visitor of the tenant."""
    async with look(house, Who(tenant, "x")) as view:
        return await kept_or_made(view, name, maker)


async def test_a_stampede_loads_once(running: Running, tenant: Tenant, other_tenant: Tenant) -> None:
    """P-30: when a costly answer has ended, one of many requests in two processes makes it; tenants share nothing."""
    one, two = await open_house(running.settings, ALL), await open_house(running.settings, ALL)
    try:
        ours, theirs, costly = UUID(tenant.id), UUID(other_tenant.id), Maker("answer", costly=True)
        assert await ask(one, ours, costly) == "answer"
        assert await ask(two, ours, costly) == "answer"
        assert costly.times == 1
        await one.valkey.delete(f"t:{ours}:cache:n")
        answers = await asyncio.gather(*(ask(house, ours, costly) for house in (one, two) for _ in range(8)))
        assert set(answers) == {"answer"}
        assert costly.times == 2
        assert await ask(two, theirs, Maker("theirs", costly=True)) == "theirs"
        costly.costly = False
        await one.valkey.delete(f"t:{ours}:cache:n", f"t:{ours}:cache:n:turn")
        answers = await asyncio.wait_for(asyncio.gather(*(ask(one, ours, costly) for _ in range(8))), 2)
        assert set(answers) == {"answer"}
        cheap = Maker("cheap", costly=False)
        for _ in range(2):
            assert await ask(one, ours, cheap, "cheap") == "cheap"
        assert cheap.times == 2
    finally:
        await one.close()
        await two.close()


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

"""Limits: exact however many ask at once and in however many processes; and what becomes of them without Valkey."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from fourfold.ground.buckets import Buckets
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from fourfold.ground.limits import Ask, Limit, Limits, TooManyRequests, limit_in
from fourfold.ground.refusals import Unavailable
from fourfold.ground.valkey import open_valkey
from tests.conftest import Running

MINUTE = timedelta(minutes=1)
NOWHERE = "redis://127.0.0.1:1"
Process = Callable[..., Limits]


class StandingClock(ShiftedClock):
    """Goes on only when it is moved: what comes back with time must not do so while a busy machine takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self._begun = datetime.now(UTC)

    def now(self) -> datetime:
        """When it was made, and what it has been moved by."""
        return self._begun + self.offset


@pytest.fixture
async def process(running: Running) -> AsyncIterator[Process]:
    """Makes the limits of a process, as many as one likes; they share a clock."""
    clock, clients = StandingClock(), []

    def make(url: str = str(running.settings.valkey_url), processes: int = 1) -> Limits:
        clients.append(open_valkey(url))
        limits = Limits(clients[-1], clock, processes)
        limits.clock = clock  # type: ignore[attr-defined]  # for the tests that move it
        return limits

    yield make
    for client in clients:
        await client.aclose()


async def taken(limits: Limits, tenant: UUID, limit: Limit, times: int = 1, key: str = "k") -> Counter[str]:
    """What so many calls at once come to."""

    async def once() -> str:
        try:
            await limits.take(tenant, "trial", key, limit)
        except TooManyRequests as refusal:
            return "refused" if int(refusal.headers["Retry-After"]) >= 1 else "refused without a time"
        return "passed"

    return Counter(await asyncio.gather(*(once() for _ in range(times))))


@pytest.mark.parametrize(("text", "count", "seconds"), [("600/60s", 600, 60), ("20/1m", 20, 60), ("5/2h", 5, 7200)])
def test_limits_are_written_shortly(text: str, count: int, seconds: int) -> None:
    """P-24: a count and a time."""
    assert limit_in(text) == Limit(count, timedelta(seconds=seconds))
    assert limit_in("off") is None


@pytest.mark.parametrize("text", ["", "600", "0/1s", "1/0s", "600/60", "-1/1s", "1/1d", "600/60s "])
def test_other_words_are_no_limit(text: str) -> None:
    """P-24: what cannot be read is refused."""
    with pytest.raises(ValueError, match="600/60s"):
        limit_in(text)


async def test_two_processes_share_a_limit(process: Process) -> None:
    """T36: of 400 calls at once over two processes, at a limit of 50, exactly 50 pass."""
    tenant, limit = new_id(), Limit(50, MINUTE)
    counts = await asyncio.gather(*(taken(process(), tenant, limit, 200) for _ in range(2)))
    assert sum(counts, Counter()) == {"passed": 50, "refused": 350}


async def test_a_limit_comes_back_by_eighths(process: Process) -> None:
    """P-24: nothing comes back at first, an eighth after an eighth of the time, all after all of it, and never more."""
    limits, tenant, limit = process(), new_id(), Limit(80, MINUTE)
    clock: ShiftedClock = limits.clock  # type: ignore[attr-defined]  # set by the fixture
    assert await taken(limits, tenant, limit, 100) == {"passed": 80, "refused": 20}
    clock.advance(timedelta(seconds=5))
    assert await taken(limits, tenant, limit, 10) == {"refused": 10}
    clock.advance(timedelta(seconds=3))
    assert await taken(limits, tenant, limit, 20) == {"passed": 10, "refused": 10}
    clock.advance(timedelta(hours=1))
    assert await taken(limits, tenant, limit, 100) == {"passed": 80, "refused": 20}
    clock.advance(-timedelta(hours=1))
    assert await taken(limits, tenant, limit) == {"refused": 1}


async def test_a_small_limit_says_when(process: Process) -> None:
    """P-24: 429 says when the next will pass, and then it does."""
    limits, tenant, limit = process(), new_id(), Limit(2, MINUTE)
    clock: ShiftedClock = limits.clock  # type: ignore[attr-defined]  # set by the fixture
    assert await taken(limits, tenant, limit, 2) == {"passed": 2}
    with pytest.raises(TooManyRequests) as refused:
        await limits.take(tenant, "trial", "k", limit)
    headers = refused.value.headers
    assert headers["RateLimit-Policy"] == '"trial";q=2;w=60'
    assert headers["RateLimit"] == '"trial";r=0;t=30'
    clock.advance(timedelta(seconds=int(headers["Retry-After"])))
    assert await taken(limits, tenant, limit, 2) == {"passed": 1, "refused": 1}


async def test_keys_and_tenants_have_limits_of_their_own(process: Process) -> None:
    """T38: what one has used up is nobody else's loss."""
    limits, limit = process(), Limit(3, MINUTE)
    ours, others = new_id(), new_id()
    assert await taken(limits, ours, limit, 4) == {"passed": 3, "refused": 1}
    assert await taken(limits, ours, limit, 4, key="another") == {"passed": 3, "refused": 1}
    assert await taken(limits, others, limit, 4) == {"passed": 3, "refused": 1}


async def test_all_or_none(process: Process) -> None:
    """P-24: who is refused by one limit uses up none of the others."""
    limits, tenant = process(), new_id()
    narrow = Ask(tenant, "narrow", "k", Limit(2, MINUTE))
    wide = Ask(tenant, "wide", "k", Limit(10, MINUTE))
    verdicts = [await limits.together([wide, narrow]) for _ in range(5)]
    assert [verdict.granted for verdict in verdicts] == [1, 1, 0, 0, 0]
    assert verdicts[-1].ask == narrow
    assert (await limits.together([wide])).left == 7


async def test_several_at_once_only_from_the_fuller_half(process: Process) -> None:
    """P-24: a batch is handed out while at least half stays, then one by one; so the end is exact."""
    limits = process()
    ask = Ask(new_id(), "wide", "k", Limit(100, MINUTE))
    granted = [(await limits.together([ask], wanted=20)).granted for _ in range(60)]
    assert granted[:4] == [20, 20, 1, 1]
    assert sum(granted) == 98
    for now in (0, 0):
        alone = Buckets()
        answers = [alone.take(["k"], [ask.limit], 20, now)[1] for _ in range(60)]
        assert answers == granted


async def test_looking_takes_nothing(process: Process) -> None:
    """T21: whether something is left can be asked as often as one likes, shared or alone."""
    for limits in (process(), process(NOWHERE)):
        tenant, limit = new_id(), Limit(2, MINUTE)
        for _ in range(2):
            for _ in range(5):
                await limits.check(tenant, "trial", "k", limit)
            assert await taken(limits, tenant, limit) == {"passed": 1}
        with pytest.raises(TooManyRequests):
            await limits.check(tenant, "trial", "k", limit)


async def test_alone_at_its_share(process: Process, capfd: pytest.CaptureFixture[str]) -> None:
    """T39: without Valkey a process of two lets half of the limit pass, never all; who asks for it is refused."""
    limits, tenant = process(NOWHERE, processes=2), new_id()
    assert await taken(limits, tenant, Limit(50, MINUTE), 200) == {"passed": 25, "refused": 175}
    with pytest.raises(Unavailable):
        await limits.take(tenant, "codes", "k", Limit(50, MINUTE), when_away="refuse")
    assert capfd.readouterr().out.count("each process alone") <= 1


async def test_it_heals_by_itself(process: Process, running: Running) -> None:
    """T39: when Valkey is back, limits are shared again within a second, without a restart."""
    limits, tenant, limit = process(NOWHERE), new_id(), Limit(5, MINUTE)
    shared = process()
    assert await taken(shared, tenant, limit, 5) == {"passed": 5}
    assert await taken(limits, tenant, limit) == {"passed": 1}
    back = open_valkey(str(running.settings.valkey_url))
    limits._shared._valkey = back
    deadline = time.monotonic() + 60
    while (await limits.take(new_id(), "trial", "k", limit)).alone and time.monotonic() < deadline:  # noqa: ASYNC110 - nothing tells
        await asyncio.sleep(0.05)
    assert await taken(limits, tenant, limit) == {"refused": 1}
    await back.aclose()


async def test_a_forgotten_script_is_told_again(process: Process, running: Running) -> None:
    """T39: a Valkey that was started anew knows nothing, and is told."""
    limits, tenant, limit = process(), new_id(), Limit(5, MINUTE)
    await limits._shared._valkey.script_flush()
    assert await taken(limits, tenant, limit, 7) == {"passed": 5, "refused": 2}

"""Rates: leases spare the asking, never pass a limit, and lose little; what counts as one address."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from fourfold.ground.clock import ShiftedClock
from fourfold.ground.configuration import Setting
from fourfold.ground.ids import new_id
from fourfold.ground.limits import Limits, TooManyRequests, Verdict
from fourfold.ground.rates import NO_TENANT, Rates, network_of
from fourfold.ground.settings import load_settings
from fourfold.ground.valkey import open_valkey
from fourfold.ground.who import Who
from tests.conftest import Running
from tests.ground.test_limits import StandingClock

Process = Callable[..., Rates]


class Counted(Limits):
    """Limits that tell how often they were asked."""

    asked = 0

    async def together(self, *args: object, **rest: object) -> Verdict:
        self.asked += 1
        return await super().together(*args, **rest)  # type: ignore[arg-type]  # handed on as they are


@pytest.fixture
async def clock() -> ShiftedClock:
    """The time of this test's processes."""
    return StandingClock()


@pytest.fixture
async def process(running: Running, clock: ShiftedClock, tmp_path: Path) -> AsyncIterator[Process]:
    """Makes the rates of a process from the settings' texts."""
    valkey = open_valkey(str(running.settings.valkey_url))

    def make(**limits: str) -> Rates:
        settings = load_settings(home=tmp_path, **{"limit_tenant": "off", **limits})
        return Rates(Counted(valkey, clock, 1), clock, settings)

    yield make
    await valkey.aclose()


def somebody() -> Who:
    """A visitor of a tenant of their own."""
    return Who(new_id(), "shop", address="198.51.100.7")


async def passed(rates: Rates, who: Who, times: int) -> int:
    """How many of so many requests, one after the other, pass."""
    count = 0
    for _ in range(times):
        try:
            await rates.admit("normal", who)
        except TooManyRequests:
            continue
        count += 1
        # The next request comes in another turn of the loop, as on a real connection.
        await asyncio.sleep(0)
    return count


def asked(rates: Rates) -> int:
    """How often Valkey was asked for buckets."""
    assert isinstance(rates._limits, Counted)
    return rates._limits.asked


async def test_far_from_a_limit_few_ask(process: Process) -> None:
    """P-24: of two thousand requests of one caller a few dozen ask."""
    rates = process(limit_normal="100000/10s")
    assert await passed(rates, somebody(), 2000) == 2000
    assert asked(rates) < 40


async def test_small_limits_are_always_asked(process: Process) -> None:
    """T36: at 200 and less each request asks, and exactly so many pass."""
    rates, who = process(limit_normal="200/1h"), somebody()
    assert await passed(rates, who, 300) == 200
    assert asked(rates) >= 200


async def test_leases_never_pass_a_limit(process: Process) -> None:
    """T36: two processes with leases let at most the limit pass, and hardly less."""
    one, two, who = process(limit_normal="1000/1h"), process(limit_normal="1000/1h"), somebody()
    counts = await asyncio.gather(*(passed(each, who, 800) for each in (one, two) for _ in range(2)))
    assert 950 <= sum(counts) <= 1000


async def test_who_comes_seldom_loses_nothing(process: Process, clock: ShiftedClock) -> None:
    """P-24: leases grow with use: one request in two seconds takes one, not a batch."""
    rates, who = process(limit_normal="400/1h"), somebody()
    total = 0
    for _ in range(200):
        total += await passed(rates, who, 1)
        clock.advance(timedelta(seconds=2))
    headers = dict(await rates.admit("normal", who))
    assert total == 200
    assert int(headers[b"ratelimit"].split(b"r=")[1].split(b";")[0]) >= 199


async def test_a_lease_ends_with_its_second(process: Process, clock: ShiftedClock) -> None:
    """P-24: what was leased and not spent within a second is asked for anew, also when the clock is put back."""
    rates, who = process(limit_normal="100000/10s"), somebody()
    await passed(rates, who, 100)
    for move in (timedelta(seconds=2), -timedelta(seconds=1000)):
        before = asked(rates)
        clock.advance(move)
        await passed(rates, who, 1)
        assert asked(rates) > before


async def test_a_refusal_is_kept_for_a_moment(process: Process) -> None:
    """T38: whoever floods is refused without asking anybody."""
    rates, who = process(limit_normal="10/1h"), somebody()
    assert await passed(rates, who, 10) == 10
    before = asked(rates)
    assert await passed(rates, who, 500) == 0
    assert asked(rates) <= before + 2


async def test_each_kind_of_caller_has_its_limit(process: Process) -> None:
    """P-24: address, account and key count each for themselves, and so does each class of routes."""
    rates, visitor = process(limit_normal="5/1h", limit_sign_in="2/1h"), somebody()
    member = replace(visitor, kind="account", account_id=new_id())
    assert await passed(rates, visitor, 3) == 3
    assert await passed(rates, member, 3) == 2, "the address has used up three"
    elsewhere = replace(member, address="198.51.100.8")
    assert await passed(rates, elsewhere, 9) == 3, "the account has used up two"
    keyed = replace(elsewhere, address="198.51.100.9", account_id=new_id(), key_id=new_id())
    assert await passed(rates, keyed, 9) == 5
    assert await passed(rates, replace(keyed, address="198.51.100.10", account_id=new_id()), 9) == 0
    counts = Counter[bool]()
    for _ in range(4):
        try:
            await rates.admit("sign_in", visitor)
        except TooManyRequests:
            counts[False] += 1
        else:
            counts[True] += 1
    assert counts == {True: 2, False: 2}


async def test_what_is_set_for_a_tenant_counts(process: Process, clock: ShiftedClock) -> None:
    """P-24: what operators set for a plan or the platform stands before the deployment's own setting."""
    rates, who, chosen = process(limit_normal="off"), somebody(), {"core.limit_tenant": "3/1h"}

    async def chosen_for(tenant: UUID, setting: Setting[str]) -> str:
        return chosen.get(setting.name, "") if tenant == who.tenant_id else ""

    rates._chosen = chosen_for
    assert await passed(rates, who, 2) == 2
    assert await passed(rates, replace(who, address="198.51.100.8"), 2) == 1
    assert await passed(rates, somebody(), 50) == 50
    chosen.update({"core.limit_tenant": "off", "core.limit_normal": "5/1h"})
    clock.advance(timedelta(seconds=1.1))
    assert await passed(rates, who, 9) == 5


async def test_unknown_callers_are_counted_by_address(process: Process) -> None:
    """T21: bad credentials use up the address's limit, and then nothing is looked up for it."""
    rates, address = process(limit_normal="3/1h"), f"2001:db8:{new_id().hex[-4:]}::1"
    rates.refuse_flood(address)
    for _ in range(3):
        await rates.admit_stranger("normal", address)
    with pytest.raises(TooManyRequests):
        await rates.admit_stranger("normal", address)
    with pytest.raises(TooManyRequests) as refused:
        rates.refuse_flood(address)
    assert refused.value.headers["RateLimit-Policy"] == '"normal-address";q=3;w=3600'
    rates.refuse_flood("198.51.100.99")
    assert NO_TENANT.int == 0


@pytest.mark.parametrize(
    ("address", "one"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_what_counts_as_one_address(address: str, one: str) -> None:
    """P-24: everybody has 2**64 addresses of IPv6, so they count as one."""
    assert network_of(address) == one

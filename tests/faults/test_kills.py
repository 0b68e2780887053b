"""Buyers buy while processes and servers are killed at random moments; afterwards everything must add up."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest

from bench.deployment import Deployment, Shop
from tests.faults.buyers import Crowd
from tests.faults.reckoning import assert_invoiced_once, assert_mailed_once, assert_told_the_truth, until_quiet

PIECES = 1_000_000
VICTIMS = ("api-1", "worker", "valkey", "postgres")


def kill(deployment: Deployment, name: str) -> bool:
    """Kills a process the hard way; False when it is dead already."""
    pid = deployment.pids().get(name)
    with suppress(ProcessLookupError):
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            return True
    return False


def kill_supervisor(deployment: Deployment) -> None:
    """Kills the supervisor, with which all others die, and starts everything again."""
    assert deployment.supervisor is not None
    deployment.supervisor.kill()
    deployment.supervisor.wait()
    deployment.start()


def crowd_of(shop: Shop, deployment: Deployment, people: int) -> Crowd:
    """Buyers, half of them guests, who have begun to buy."""
    variants = [*shop.product("plenty", [PIECES, PIECES]), *shop.product("more", [PIECES])]
    crowd = Crowd(deployment.base, shop.slug, variants)
    buyers = [{"Authorization": f"Bearer {shop.buyer(number)}"} for number in range(people // 2)]
    crowd.start(buyers, people - people // 2)
    return crowd


def settle_accounts(
    deployment: Deployment, shop: Shop, crowd: Crowd, kills: Counter[str], *, hasty: bool = False
) -> None:
    """Everybody finishes, everything comes to rest, and then everything that was told is true."""
    crowd.finish()
    assert crowd.repeats["500"] == 0, "a server that is away is no mistake of ours: 503 says so"
    rested = until_quiet(shop, hasty=hasty)
    assert_told_the_truth(deployment, crowd)
    assert_invoiced_once(deployment, crowd)
    kinds = assert_mailed_once(shop, crowd)
    doctor = deployment.fourfold("doctor", "--books")
    assert doctor["ok"], doctor
    print(  # noqa: T201 - the figures are the result of this test
        f"\n{len(crowd.purchases)} orders, {sum(kills.values())} kills {dict(kills)}, repeats {dict(crowd.repeats)},"
        f" longest silence {crowd.longest_silence():.1f} s, at rest after {rested:.1f} s, mails {sorted(kinds)}"
    )


def test_kills_lose_nothing(deploy: Callable[..., Deployment]) -> None:
    """P-27, C-34: buyers buy while the API, the worker, Valkey and PostgreSQL are killed once each."""
    deployment = deploy()
    shop = deployment.open_shop("short")
    crowd = crowd_of(shop, deployment, 8)
    kills: Counter[str] = Counter()
    for name in VICTIMS:
        time.sleep(1.5)
        kills[name] += kill(deployment, name)
    time.sleep(2)
    settle_accounts(deployment, shop, crowd, kills, hasty=True)


@pytest.mark.faults
def test_many_kills_lose_nothing(deploy: Callable[..., Deployment]) -> None:
    """P-27, C-34: the same for minutes: 32 kills at random moments, and twice the supervisor with all that it runs."""
    chance = random.Random(20)
    deployment = deploy(workers=2)
    shop = deployment.open_shop("long")
    crowd = crowd_of(shop, deployment, 20)
    kills: Counter[str] = Counter()
    while sum(kills.values()) < 32:
        time.sleep(chance.uniform(0.2, 5.0))
        name = chance.choice([*VICTIMS, "api-2"])
        kills[name] += kill(deployment, name)
        if sum(kills.values()) in {11, 22} and kills["supervisor"] < sum(kills.values()) // 11:
            kill_supervisor(deployment)
            kills["supervisor"] += 1
    time.sleep(3)
    settle_accounts(deployment, shop, crowd, kills)

"""An oracle: people act by chance, and on every surface everybody sees what a slow and plain model says, no more."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis import Redis

from tests.builders.clocks import StoppableClock
from tests.conftest import Tenant, wait
from tests.social.oracle.world import World

SEED = "FOURFOLD_TEST_SEED"
MOST_TOLD = 10

Eventually = Callable[..., Any]
Sql = Callable[..., list[dict[str, Any]]]
Documents = Callable[..., list[dict[str, Any]]]


@contextmanager
def told_of(seed: int, world: World) -> Iterator[None]:
    """Whatever goes wrong is told with what makes it go wrong again."""
    try:
        yield
    except AssertionError as problem:
        said = "\n".join(world.actors.last)
        raise AssertionError(
            f"{SEED}={seed}, {world.actors.done} acts, the last of them:\n{said}\n{problem}"
        ) from problem


@dataclass(frozen=True, slots=True)
class Course:
    """Two tenants over some hours, and how one looks where nobody else can."""

    main: World
    second: World
    clock: StoppableClock
    eventually: Eventually
    sql: Sql
    documents: Documents
    began: datetime

    @property
    def worlds(self) -> tuple[World, World]:
        """Both of them."""
        return self.main, self.second

    def become_quiet(self) -> None:
        """Waits until all is done about what was told."""
        for world in self.worlds:
            self.eventually(lambda world=world: world.is_quiet(self.sql, self.documents), seconds=120)

    def differences(self, share: float, viewers: int) -> list[str]:
        """What is otherwise than it ought to be."""
        found = [*self.main.differences(share, viewers), *self.second.differences(share, 1)]
        found += self.main.crossings(self.second, 5)
        return found + [str(each) for world in self.worlds for each in world.miscounted(self.documents)]

    def an_hour_later(self) -> None:
        """What has ended by then is told of before anybody acts again; nobody's token is good for so long."""
        for world in self.worlds:
            world.an_hour_later()
        hours = timedelta(hours=self.main.model.hour)
        wait(self.clock, self.sql, self.began + hours - self.clock.now())
        for world in self.worlds:
            world.sign_in_again()
        self.become_quiet()
        for world in self.worlds:
            world.actors.telling.settle()


@pytest.fixture
def oracle(
    tenant: Tenant,
    other_tenant: Tenant,
    clock: StoppableClock,
    eventually: Eventually,
    admin_sql: Sql,
    documents_of: Documents,
) -> Callable[..., None]:
    """Has people of two tenants act, and compares what they see with the model after every so many acts."""

    def lose_valkey() -> None:
        with Redis.from_url(str(tenant.running.settings.valkey_url)) as client:
            client.flushdb()

    def run(seed: int, people: int, rounds: int, acts: int, share: float, viewers: int) -> None:
        main, second = World(tenant, people, seed), World(other_tenant, 3, seed + 1)
        course = Course(main, second, clock, eventually, admin_sql, documents_of, clock.now())
        with told_of(seed, main):
            for each in range(rounds):
                main.act(acts // 2)
                if each == rounds // 2:
                    # Whatever is under way is lost as well.
                    lose_valkey()
                main.act(acts - acts // 2)
                second.act(acts // 5)
                course.become_quiet()
                found = course.differences(share, people + 1 if each == rounds - 1 else viewers)
                assert found == [], "\n".join(found[:MOST_TOLD])
                course.an_hour_later()

    return run


def test_everybody_sees_what_is_theirs_to_see(oracle: Callable[..., None]) -> None:
    """S-02, S-06, S-07, S-20, S-24, S-25, S-26, S-40, S-60, S-63: after any acts, on every surface, to the last count.

    B-52, I1, I2, I3, I4, I5, I6, I7, I8, I14, I17, I18, I19, I21, I22, I23, I26, I40.
    """
    oracle(seed=int(os.environ.get(SEED, "7")), people=6, rounds=5, acts=60, share=0.1, viewers=2)


@pytest.mark.faults
def test_ten_thousand_acts(oracle: Callable[..., None]) -> None:
    """S-07, S-20, S-24, S-25, S-26, S-40, S-60, S-63: the same for long, by another chance each time.

    Ten people, ten thousand acts, and a Valkey that loses all in the middle: I1 to I8, I14, I17 to I23, I26, I40.
    """
    seed = int(os.environ.get(SEED, f"{time.time_ns() % 1_000_000}"))
    oracle(seed=seed, people=10, rounds=20, acts=500, share=0.1, viewers=4)

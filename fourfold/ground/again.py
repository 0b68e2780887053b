"""Doing again what met another transaction: nothing of it was done, and nobody has been answered."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Hashable
from contextvars import ContextVar
from typing import TypeVar

from fourfold.ground.refusals import Unavailable

PATIENCE = 8.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.004, 0.15

Result = TypeVar("Result")

# What has been counted outside of the transaction: it stays counted, however often that is tried.
_counted: ContextVar[set[Hashable] | None] = ContextVar("counted", default=None)
# Of its own: whoever seeds the one that all share would make everybody wait in step.
_chance = random.Random()  # noqa: S311 - chance without secrets


class TryAgain(Exception):
    """A transaction met another one, or lost its server before the commit: nothing was done, and it may be repeated."""


async def until_done(act: Callable[[], Awaitable[Result]]) -> Result:
    """What `act` gives, the first time that it meets nobody; raises `Unavailable` after 8 seconds of trying."""
    now = asyncio.get_running_loop().time
    latest, pause = now() + PATIENCE, SHORTEST_PAUSE
    before = _counted.set(set())
    try:
        while True:
            try:
                return await act()
            except TryAgain as problem:
                if now() > latest:
                    raise Unavailable("Too many change the same thing at once; try again in a moment.") from problem
            # By chance, so that those who met do not meet again.
            await asyncio.sleep(pause * _chance.uniform(0.3, 1.0))
            pause = min(pause * 2, LONGEST_PAUSE)
    finally:
        _counted.reset(before)


async def only_once(what: Hashable, count: Callable[[], Awaitable[object]]) -> None:
    """Does what is counted outside of any transaction; not again when the act that it is part of is tried again."""
    counted = _counted.get()
    if counted is not None and what in counted:
        return
    await count()
    if counted is not None:
        counted.add(what)

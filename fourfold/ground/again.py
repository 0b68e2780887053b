"""Doing again what met another transaction: nothing of it was done, and nobody has been answered."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fourfold.ground.refusals import Unavailable

PATIENCE = 8.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.004, 0.15

Result = TypeVar("Result")

# Of its own: whoever seeds the one that all share would make everybody wait in step.
_chance = random.Random()  # noqa: S311 - chance without secrets


class TryAgain(Exception):
    """A transaction met another one, or lost its server before the commit: nothing was done, and it may be repeated."""


async def until_done(act: Callable[[], Awaitable[Result]]) -> Result:
    """What `act` gives, the first time that it meets nobody; raises `Unavailable` after 8 seconds of trying."""
    now = asyncio.get_running_loop().time
    latest, pause = now() + PATIENCE, SHORTEST_PAUSE
    while True:
        try:
            return await act()
        except TryAgain as problem:
            if now() > latest:
                raise Unavailable("Too many change the same thing at once; try again in a moment.") from problem
        # By chance, so that those who met do not meet again.
        await asyncio.sleep(pause * _chance.uniform(0.3, 1.0))
        pause = min(pause * 2, LONGEST_PAUSE)

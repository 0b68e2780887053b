"""Onboarding: what a new tenant does first, as each system declares it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fourfold.ground.work import View


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: `how` names the way in, `is_done` looks whether it has been done."""

    name: str
    title: str
    how: str
    is_done: Callable[[View], Awaitable[bool]]

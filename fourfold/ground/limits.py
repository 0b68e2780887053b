"""Limits: how often something may be done, counted by all processes together in Valkey.

While Valkey is away each process counts for itself, at its share of the limit, and says so once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal, Protocol
from uuid import UUID

from fourfold.ground.buckets import Buckets, Limit, limit_in, shape_of
from fourfold.ground.clock import Clock
from fourfold.ground.metrics import limit_decisions_total
from fourfold.ground.refusals import TooMany, Unavailable
from fourfold.ground.valkey import Valkey
from fourfold.ground.valkey_buckets import SharedBuckets
from fourfold.ground.who import Who

__all__ = ["Ask", "Limit", "Limits", "TooManyRequests", "Verdict", "limit_in"]


class Asker(Protocol):
    """A `View`, a `Work` or a `Desk`."""

    who: Who


@dataclass(frozen=True, slots=True)
class Ask:
    """One bucket that something must fit into: whose, of which limit, and for which key in it."""

    tenant_id: UUID
    name: str
    key: str
    limit: Limit

    @property
    def bucket(self) -> str:
        """The bucket's name in Valkey."""
        return f"t:{self.tenant_id}:limit:{self.name}:{self.key}"

    @property
    def policy(self) -> str:
        """The value of `RateLimit-Policy`."""
        return f'"{self.name}";q={self.limit.count};w={max(1, round(self.limit.per.total_seconds()))}'


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of asking: how many were granted (0: refused), and how it stands with the tightest of the buckets."""

    granted: int
    ask: Ask
    left: int
    seconds: float
    alone: bool

    @property
    def standing(self) -> str:
        """The value of `RateLimit`."""
        return f'"{self.ask.name}";r={max(0, self.left)};t={whole(self.seconds)}'


def whole(seconds: float) -> int:
    """Whole seconds for a header: never too few, and never none."""
    return max(1, -int(-seconds // 1))


class TooManyRequests(TooMany):
    """429: too often; `Retry-After` says when it may be tried again."""

    def __init__(self, verdict: Verdict) -> None:
        """The refusal that tells of a verdict."""
        wait = whole(verdict.seconds)
        super().__init__(
            f"Try again in {wait} seconds." if wait > 1 else "Try again in a second.",
            headers={
                "Retry-After": str(wait),
                "RateLimit-Policy": verdict.ask.policy,
                "RateLimit": verdict.standing,
            },
        )


class Limits:
    """The limits of one process; `processes` is how many of them share each limit."""

    def __init__(self, valkey: Valkey, clock: Clock, processes: int) -> None:
        """Nothing is asked yet."""
        self._shared = SharedBuckets(valkey)
        self._alone = Buckets()
        self._clock = clock
        self._processes = processes

    @property
    def is_alone(self) -> bool:
        """Whether this process counts for itself, since Valkey is away."""
        return self._shared.is_away

    async def take(
        self, of: UUID | Asker, name: str, key: str, limit: Limit, *, when_away: Literal["local", "refuse"] = "local"
    ) -> Verdict:
        """Takes one of a limit of a tenant; raises `TooManyRequests` when none is left.

        `of` is the tenant's id, or the work, view or desk of it; `key` may be anything, such as an address of a mail.
        While Valkey is away this process counts alone, or, by `refuse`, everything is `Unavailable`.
        """
        verdict = await self.together([_ask(of, name, key, limit)])
        if verdict.alone and when_away == "refuse":
            raise Unavailable("This cannot be counted right now; try again in a moment.")
        limit_decisions_total.labels(name, "allowed" if verdict.granted else "refused").inc()
        if not verdict.granted:
            raise TooManyRequests(verdict)
        return verdict

    async def check(self, of: UUID | Asker, name: str, key: str, limit: Limit) -> None:
        """Raises `TooManyRequests` when none of a limit is left; takes nothing."""
        verdict = await self.together([_ask(of, name, key, limit)], wanted=0)
        if verdict.left < 1:
            limit_decisions_total.labels(name, "refused").inc()
            raise TooManyRequests(verdict)

    async def together(self, asks: Sequence[Ask], wanted: int = 1) -> Verdict:
        """Takes from all of the buckets, or from none when one of them is full.

        Several are granted at once only while every bucket is at least half empty.
        """
        now = int(self._clock.now().timestamp() * 1000)
        keys = [ask.bucket for ask in asks]
        args = [now, wanted, *(each for ask in asks for each in shape_of(ask.limit))]
        answer = await self._shared.take(keys, args)
        alone = answer is None
        if answer is None:
            shares = [ask.limit.divided(self._processes) for ask in asks]
            answer = self._alone.take(keys, shares, wanted, now)
        places = [answer[0] - 1] if answer[0] else range(len(asks))
        at = min(places, key=lambda place: answer[2 * place + 2] / shape_of(asks[place].limit)[0])
        return Verdict(answer[1], asks[at], answer[2 * at + 2], answer[2 * at + 3] / 1000, alone)


def _ask(of: UUID | Asker, name: str, key: str, limit: Limit) -> Ask:
    tenant_id = of if isinstance(of, UUID) else of.who.tenant_id
    return Ask(tenant_id, name, blake2b(key.encode("utf-8", "replace"), digest_size=16).hexdigest(), limit)

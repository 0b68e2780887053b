"""Rates: which limits a request is held to, by the class of its route, and leases that spare most requests the asking.

A process that is far from a limit takes several at once and hands them out for a second. Near the limit, and at limits
that are small, each request asks. What is left of a lease is lost, so the limit is never passed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Annotated, Literal, TypeAlias, get_args
from uuid import UUID

from pydantic import Field

from fourfold.ground.buckets import PATTERN
from fourfold.ground.clock import Clock
from fourfold.ground.configuration import Setting
from fourfold.ground.db import AWAY
from fourfold.ground.limits import Ask, Limit, Limits, TooManyRequests, Verdict, limit_in
from fourfold.ground.metrics import limit_decisions_total
from fourfold.ground.settings import Settings
from fourfold.ground.who import Who

Rate = Literal["normal", "costly", "sign_in"]
# Where a request's scope keeps the headers that tell how it stands with its limits.
RATE = "rate"
# Requests that belong to no tenant are counted under this id, by their address.
NO_TENANT = UUID(int=0)
# Smaller limits are asked about by each request.
SMALL = 200
# A lease is at most this share of the smallest of its limits.
SHARE = 50
LEASED_FOR = 1.0
MOST_LEASES = 20_000
ENDLESS = 1 << 60
_refused = {rate: limit_decisions_total.labels(rate, "refused") for rate in get_args(Rate)}
_allowed = {rate: limit_decisions_total.labels(rate, "allowed") for rate in get_args(Rate)}

Headers: TypeAlias = list[tuple[bytes, bytes]]
Key: TypeAlias = tuple[Rate, UUID, str, UUID | None, UUID | None]
Chosen: TypeAlias = Callable[[UUID, Setting[str]], Awaitable[str]]

RATE_SETTINGS: Mapping[str, Setting[str]] = {
    name: Setting(
        f"core.limit_{name}",
        Annotated[str, Field(pattern=f"^$|{PATTERN}")],
        "",
        f"Requests {whose}, such as 600/60s; off: no limit; empty: as the deployment is set",
        frozenset({"platform", "plan"}),
    )
    for name, whose in {
        "normal": "of one address, account or API key",
        "costly": "of one address, account or API key to routes that do much work",
        "sign_in": "of one address, account or API key to sign in and up",
        "tenant": "of the whole tenant",
    }.items()
}
"""What operators may set for the platform or for a plan."""


@dataclass(slots=True)
class Lease:
    """What one caller may still do in one process without asking; or, for a moment, that they may do nothing."""

    size: int = 0
    left: int = 0
    until: float = 0.0
    verdict: Verdict | None = None
    policy: bytes = b""
    asking: bool = False

    def good(self, now: float) -> bool:
        """Whether it counts at that time; a clock that was put back ends it."""
        return now < self.until <= now + LEASED_FOR

    def refuse(self) -> None:
        """Raises `TooManyRequests` when that was the last verdict."""
        if self.verdict is not None and not self.verdict.granted:
            raise TooManyRequests(self.verdict)

    def take_in(self, verdict: Verdict, now: float) -> None:
        """Adds what was granted; what was refused is refused until the next is due, or for a moment."""
        self.left += verdict.granted
        self.verdict, self.policy = verdict, verdict.ask.policy.encode()
        self.until = now + (LEASED_FOR if verdict.granted else min(LEASED_FOR, verdict.seconds))

    def headers(self) -> Headers:
        """What the caller is told about the limit that they are nearest to."""
        if self.verdict is None:
            return []
        name, left = self.verdict.ask.name.encode(), max(0, self.verdict.left + self.left)
        return [
            (b"ratelimit-policy", self.policy),
            (b"ratelimit", b'"%b";r=%d;t=%d' % (name, left, self.verdict.seconds + 1)),
        ]


class Rates:
    """The limits of every request, by tenant and by address, account and API key."""

    def __init__(self, limits: Limits, clock: Clock, settings: Settings, chosen: Chosen | None = None) -> None:
        """Reads the limits from the settings; `chosen` tells what is set for a tenant or its plan instead."""
        self._limits = limits
        self._clock = clock
        self._chosen = chosen
        self._of = {name: limit_in(getattr(settings, f"limit_{name}")) for name in RATE_SETTINGS}
        self._leases: dict[Key, Lease] = {}
        self._filling: set[asyncio.Task[None]] = set()
        self._untold: dict[Rate, int] = dict.fromkeys(get_args(Rate), 0)

    def refuse_flood(self, address: str) -> None:
        """Raises `TooManyRequests` for an address whose unknown callers have just been refused; nothing is asked."""
        lease = self._leases.get(("normal", NO_TENANT, address, None, None))
        if lease is not None and not lease.left and lease.good(self._clock.now().timestamp()):
            try:
                lease.refuse()
            except TooManyRequests:
                _refused["normal"].inc()
                raise

    def tell(self) -> None:
        """Adds what was allowed since the last time to the figures: doing so for each request would cost it more."""
        for rate, count in self._untold.items():
            self._untold[rate] = 0
            _allowed[rate].inc(count)

    async def admit_stranger(self, rate: Rate, address: str) -> Headers:
        """Counts a request of nobody known, by its address alone; raises `TooManyRequests`."""
        return await self._admit((rate, NO_TENANT, address, None, None))

    async def admit(self, rate: Rate, who: Who) -> Headers:
        """Counts a request; gives the headers that tell how it stands; raises `TooManyRequests`."""
        return await self._admit((rate, who.tenant_id, who.address, who.account_id, who.key_id))

    async def _admit(self, key: Key) -> Headers:
        now = self._clock.now().timestamp()
        lease = self._leases.get(key) or self._new(key)
        try:
            if not lease.good(now):
                # What was not spent in its time is lost, and next time fewer are taken.
                await self._ask(key, lease, lease.size // 2)
            elif lease.left:
                lease.left -= 1
                if lease.left < lease.size // 4 and not lease.asking:
                    self._fill_soon(key, lease)
            else:
                lease.refuse()
                await self._ask(key, lease, lease.size * 2)
        except TooManyRequests:
            _refused[key[0]].inc()
            raise
        self._untold[key[0]] += 1
        return lease.headers()

    def _new(self, key: Key) -> Lease:
        while len(self._leases) >= MOST_LEASES:
            del self._leases[next(iter(self._leases))]
        lease = self._leases[key] = Lease()
        return lease

    async def _ask(self, key: Key, lease: Lease, size: int) -> None:
        """Asks for this request, and for as many that may follow; others who ask meanwhile do so for themselves."""
        first = not lease.asking
        asks = await self._asks(key)
        wanted = batch_of(asks, size) if first else 1
        if first:
            lease.asking, lease.size, lease.left = True, wanted, 0
        try:
            verdict = await self._limits.together(asks, wanted) if asks else None
        finally:
            lease.asking = lease.asking and not first
        now = self._clock.now().timestamp()
        if verdict is None:
            lease.left, lease.until = ENDLESS, now + LEASED_FOR
            return
        lease.take_in(verdict, now)
        lease.refuse()
        lease.left -= 1

    def _fill_soon(self, key: Key, lease: Lease) -> None:
        """Takes a lease's next before its last are spent, so that nobody has to wait for them."""
        lease.asking = True
        task = asyncio.create_task(self._fill(key, lease))
        self._filling.add(task)
        task.add_done_callback(self._filling.discard)

    async def _fill(self, key: Key, lease: Lease) -> None:
        try:
            with suppress(*AWAY, TimeoutError):
                asks = await self._asks(key)
                wanted = batch_of(asks, lease.size * 2)
                verdict = await self._limits.together(asks, wanted)
                if verdict.granted:
                    lease.size = wanted
                    lease.take_in(verdict, self._clock.now().timestamp())
        finally:
            lease.asking = False

    async def _asks(self, key: Key) -> Sequence[Ask]:
        rate, tenant_id, address, account_id, key_id = key
        limit, asks = await self._limit(rate, tenant_id), []
        if limit is not None:
            named = {"address": network_of(address), "account": account_id, "key": key_id}
            asks = [Ask(tenant_id, f"{rate}-{kind}", str(each), limit) for kind, each in named.items() if each]
        whole = None if tenant_id == NO_TENANT else await self._limit("tenant", tenant_id)
        return asks if whole is None else [*asks, Ask(tenant_id, "tenant", "all", whole)]

    async def _limit(self, name: str, tenant_id: UUID) -> Limit | None:
        text = ""
        if self._chosen is not None and tenant_id != NO_TENANT:
            text = await self._chosen(tenant_id, RATE_SETTINGS[name])
        return limit_in(text) if text else self._of[name]


def batch_of(asks: Sequence[Ask], size: int) -> int:
    """How many may be taken at once of those that are wished for."""
    least = min((ask.limit.count for ask in asks), default=0)
    return max(1, min(size, least // SHARE)) if least > SMALL else 1


@lru_cache(10_000)
def network_of(address: str) -> str:
    """What counts as one address: of IPv6 the first 64 bits, since everybody has all that follow."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False).network_address)
    return address

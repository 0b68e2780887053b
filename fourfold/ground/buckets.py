"""Buckets: how a limit counts. Each use fills a bucket, which leaks in portions; one that is full lets nothing in.

This is the generic cell rate algorithm with a clock that moves in steps: the whole limit may be used at once, and then
comes back by eighths. The steps make the count exact: of 400 calls at once at a limit of 50 in a minute, 50 pass, even
when they take some seconds. Buckets that all processes share are in `valkey_buckets`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

# How a limit is written: `600/60s`, `20/1m`, `1000/1h`, or `off`.
PATTERN = r"^(off|[1-9]\d{0,8}/[1-9]\d{0,4}[smh])$"
SECONDS = {"s": 1, "m": 60, "h": 3600}
PORTIONS = 8
MOST_BUCKETS = 50_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many in so long a time; `burst` is how many may come at once, all of them when it is not given."""

    count: int
    per: timedelta
    burst: int | None = None

    def divided(self, shares: int) -> "Limit":
        """The share of one of several that count each for themselves: at least one."""
        return Limit(max(1, self.count // shares), self.per, None if self.burst is None else self.burst // shares or 1)


@lru_cache(1024)
def limit_in(text: str) -> Limit | None:
    """The limit that a setting tells, such as `600/60s`; None for `off`; raises ValueError for anything else."""
    if not re.fullmatch(PATTERN, text):
        reason = f"a limit is written as 600/60s or off, not {text!r}"
        raise ValueError(reason)
    if text == "off":
        return None
    count, _, per = text.partition("/")
    return Limit(int(count), timedelta(seconds=int(per[:-1]) * SECONDS[per[-1]]))


@lru_cache(1024)
def shape_of(limit: Limit) -> tuple[int, int, int]:
    """A limit's bucket: its capacity, the portion that leaks at once, and the milliseconds between portions."""
    capacity = limit.burst or limit.count
    portion = max(1, capacity // PORTIONS)
    step = -(-portion * int(limit.per.total_seconds() * 1000) // limit.count)
    return capacity, portion, max(1, step)


class Buckets:
    """Buckets of this process alone, for as long as Valkey is away."""

    def __init__(self) -> None:
        """All are empty."""
        self._kept: dict[str, tuple[int, int]] = {}

    def take(self, keys: Sequence[str], limits: Sequence[Limit], wanted: int, now: int) -> list[int]:
        """What the shared buckets answer; `now` in milliseconds."""
        answer, refusing = [0, wanted], 0
        levels: list[tuple[int, int]] = []
        for at, (key, limit) in enumerate(zip(keys, limits, strict=True), 1):
            capacity, portion, step = shape_of(limit)
            level, since = self._kept.get(key, (0, now))
            steps = max(0, (now - since) // step)
            level, since = max(0, level - steps * portion), since + steps * step
            since = since if level else now
            left = capacity - level
            if left < 1 and not refusing:
                refusing = at
            if wanted > 1 and left - wanted < capacity / 2:
                answer[1] = 1
            answer += [left, max(1, -((left - 1) // portion)) * step - (now - since)]
            levels.append((level, since))
        answer[0] = refusing
        if refusing:
            answer[1] = 0
        if not answer[1]:
            return answer
        for at, (key, (level, since)) in enumerate(zip(keys, levels, strict=True)):
            self._kept.pop(key, None)
            self._kept[key] = (level + answer[1], since)
            answer[2 * at + 2] -= answer[1]
        while len(self._kept) > MOST_BUCKETS:
            del self._kept[next(iter(self._kept))]
        return answer

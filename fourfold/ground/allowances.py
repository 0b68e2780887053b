"""Allowances: what a tenant's plan lets it use in a month, held against what it has used."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from fourfold.ground.clock import Clock
from fourfold.ground.configuration import Level, Setting
from fourfold.ground.refusals import TooMany
from fourfold.ground.who import Who

SHARED: frozenset[Level] = frozenset({"platform", "plan"})
# Stands for all keys of a tenant together.
ALL_KEYS = UUID(int=0)

Number = Annotated[int, Field(ge=0, le=1 << 53)]
REQUESTS: Setting[int] = Setting(
    "business.requests_per_month", Number, 0, "Requests of a tenant in a month; 0: no limit", SHARED
)
KEY_REQUESTS: Setting[int] = Setting(
    "business.key_requests_per_month", Number, 0, "Requests of each API key in a month; 0: no limit", SHARED
)
STORAGE: Setting[int] = Setting(
    "business.storage_bytes", Number, 0, "Bytes of files of a tenant; 0: as the deployment is set", SHARED
)
USAGE_DAYS: Setting[int] = Setting(
    "business.usage_days", Annotated[int, Field(ge=32, le=3650)], 400, "Days for which usage is reported", SHARED
)
QUOTAS: tuple[Setting[Any], ...] = (REQUESTS, KEY_REQUESTS, STORAGE, USAGE_DAYS)
"""What operators may set for the platform or for a plan."""

Chosen = Callable[[UUID, Setting[int]], Awaitable[int]]


class QuotaExceeded(TooMany):
    """429: the month's requests are used up; `Retry-After` leads to the next month."""

    code = "quota_exceeded"
    title = "The plan's requests of this month are used up"


class Allowances:
    """The figures of one process: those of tenants whose plan has a limit, and which it has served lately.

    They come from the database with every count, so others' requests are known within a second or two.
    """

    def __init__(self, clock: Clock, chosen: Chosen, storage: int) -> None:
        """`chosen` tells what is set for a tenant or its plan; `storage` is the deployment's bytes for each tenant."""
        self._storage = storage
        self._clock = clock
        self._chosen = chosen
        self._used: dict[tuple[UUID, UUID], tuple[date, int]] = {}

    async def take_in(self, tenant_id: UUID, month: date, used: Mapping[UUID, int]) -> None:
        """What a tenant's keys, and all of it under `ALL_KEYS`, have used in a month; older months are not heeded."""
        for key_id, requests in used.items():
            limited = await self._chosen(tenant_id, _setting_of(key_id))
            known = self._used.get((tenant_id, key_id))
            if not limited:
                self._used.pop((tenant_id, key_id), None)
            elif known is None or known[0] <= month:
                self._used[tenant_id, key_id] = (month, requests)

    async def storage_of(self, tenant_id: UUID) -> int:
        """How many bytes of files the tenant may store."""
        return await self._chosen(tenant_id, STORAGE) or self._storage

    async def admit(self, who: Who) -> None:
        """Raises `QuotaExceeded` when the tenant or its key has used what its plan gives for this month."""
        if not self._used:
            return
        for key_id in (ALL_KEYS,) if who.key_id is None else (ALL_KEYS, who.key_id):
            known = self._used.get((who.tenant_id, key_id))
            if known is None:
                continue
            quota, now = await self._chosen(who.tenant_id, _setting_of(key_id)), self._clock.now()
            if quota and known[1] >= quota and known[0] == month_of(now):
                raise _exceeded(key_id, quota, now)


def _setting_of(key_id: UUID) -> Setting[int]:
    return REQUESTS if key_id == ALL_KEYS else KEY_REQUESTS


def _exceeded(key_id: UUID, quota: int, now: datetime) -> QuotaExceeded:
    ends = next_month(now)
    whose = "The tenant's plan" if key_id == ALL_KEYS else "The plan gives this API key"
    verb = "gives " if key_id == ALL_KEYS else ""
    return QuotaExceeded(
        f"{whose} {verb}{quota} requests a month, and they are used up until {ends:%Y-%m-%d}.",
        more={"quota": quota, "of": "tenant" if key_id == ALL_KEYS else "key", "resets_at": ends.isoformat()},
        headers={"Retry-After": str(max(1, int((ends - now).total_seconds()) + 1))},
    )


def month_of(moment: datetime) -> date:
    """The first day of a moment's month, in UTC."""
    return moment.astimezone(UTC).date().replace(day=1)


def next_month(moment: datetime) -> datetime:
    """When the next month begins, in UTC."""
    first = month_of(moment)
    year, month = (first.year + 1, 1) if first.month == 12 else (first.year, first.month + 1)  # noqa: PLR2004 - December
    return datetime(year, month, 1, tzinfo=UTC)

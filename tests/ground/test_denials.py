"""Denials: nobody fills the disk by being refused, and what was refused is still known."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from fourfold.ground.audit import AuditNote, Outcome
from fourfold.ground.denials import MOST_ALIKE, MOST_OF_A_TENANT, WINDOW, Denials
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.who import Who
from fourfold.ground.work import look
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.conftest import Running, Tenant

REFUSED = Outcome("denied", "missing_permission")


@dataclass(slots=True)
class Watch:
    """Seconds that a test moves on."""

    seconds: float = 1.0

    def __call__(self) -> float:
        """The seconds."""
        return self.seconds


@pytest.fixture
async def house(running: Running) -> AsyncIterator[House]:
    """A house of the test's own event loop."""
    opened = await open_house(running.settings, ALL)
    yield opened
    await opened.close()


async def kept(house: House, tenant: Tenant) -> list[int]:
    """How many refusals each entry tells of, in their order."""
    async with look(house, Who.system(UUID(tenant.id))) as view:
        rows = await view.db.fetch(
            "SELECT coalesce((body::jsonb ->> 'count')::int, 1) AS count FROM core.audit_entry"
            " WHERE body::jsonb ->> 'outcome' = 'denied' ORDER BY id"
        )
    return [row["count"] for row in rows]


def member(tenant: Tenant, **more: Any) -> Who:
    """Somebody of the tenant."""
    return Who(UUID(tenant.id), tenant.slug, kind="account", account_id=new_id(), **more)


async def test_many_that_are_alike_are_one_entry_with_a_number(tenant: Tenant, house: House) -> None:
    """T64: the first of a minute are kept one by one, the others as one with their number once the minute is over."""
    watch, who, note = Watch(), member(tenant), AuditNote("core.x.y", "thing:1")
    denials = Denials(house.pool, house.clock, house.scribe, watch)
    for _ in range(MOST_ALIKE + 30):
        denials.tell(who, note, REFUSED)
    watch.seconds += WINDOW + 1
    denials.tell(who, note, REFUSED)
    await denials.finish()
    assert sorted(await kept(house, tenant)) == [1] * (MOST_ALIKE + 1) + [30]


async def test_however_they_differ_a_tenant_has_only_so_many(tenant: Tenant, house: House) -> None:
    """T64: a thousand callers from a thousand addresses fill no more of the log than one may."""
    watch = Watch()
    denials = Denials(house.pool, house.clock, house.scribe, watch)
    for number in range(MOST_OF_A_TENANT + 400):
        denials.tell(member(tenant, address=f"10.0.{number // 256}.{number % 256}"), AuditNote("core.x.y", ""), REFUSED)
    await denials.finish()
    counts = await kept(house, tenant)
    assert (len(counts), sum(counts)) == (MOST_OF_A_TENANT + 1, MOST_OF_A_TENANT + 400)


async def test_what_cannot_be_written_keeps_nothing_else_back(tenant: Tenant, house: House) -> None:
    """T64: an entry that PostgreSQL refuses is logged and left; others are written all the same."""
    denials = Denials(house.pool, house.clock, house.scribe, Watch())
    denials.tell(member(tenant), AuditNote("core.x.\0", "thing:\0"), REFUSED)
    await denials.finish()
    denials.tell(member(tenant), AuditNote("core.x.y", "thing:\0"), REFUSED)
    await denials.finish()
    assert await kept(house, tenant) == [1]

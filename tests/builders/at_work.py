"""Fourfold itself at work for a tenant: jobs and erasures, run by a test at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from fourfold.ground.clock import ShiftedClock
from fourfold.ground.who import Who
from fourfold.ground.work import Desk
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.conftest import Tenant


def at_work(tenant: Tenant, act: Callable[[Desk], Awaitable[Any]], later: timedelta = timedelta()) -> Any:
    """What comes of an act of the system's, in a house of its own, where it is `later` than for everybody else."""

    async def run() -> Any:
        clock = ShiftedClock()
        clock.offset = tenant.running.clock.offset + later
        house = await open_house(tenant.running.settings, ALL, clock=clock, as_worker=True)
        try:
            return await act(Desk(house, Who.system(UUID(tenant.id), tenant.slug)))
        finally:
            await house.close()

    return asyncio.run(run())

"""Telling those who watch somebody when they come and go, also with a process that was killed."""

import asyncio
from uuid import UUID

from fourfold.ground.house import House
from fourfold.social.presence.queries import presence_of
from fourfold.social.presence.rules import State
from fourfold.social.sockets.hub import Hub

WATCHED = "presence"
SECONDS = 1.0


async def keep_watching(house: House, hub: Hub) -> None:
    """Looks after all whom somebody watches here, every second, until it is cancelled."""
    told: dict[tuple[UUID, UUID], State] = {}
    while True:
        await asyncio.sleep(SECONDS)
        lines = {(line.tenant_id, line.id): line for line in hub.lines_of(WATCHED)}
        told = {key: state for key, state in told.items() if key in lines}
        for tenant_id in {tenant_id for tenant_id, _ in lines}:
            people = [person for tenant, person in lines if tenant == tenant_id]
            for person, here in (await presence_of(house, tenant_id, people)).items():
                key = (tenant_id, person)
                if told.get(key) != here.state:
                    told[key] = here.state
                    hub.tell_here(lines[key], "presence.changed", here.told(person))

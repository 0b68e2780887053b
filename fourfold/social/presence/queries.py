"""Reads of who is here: Valkey alone knows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from fourfold.ground.house import House
from fourfold.ground.valkey import ValkeyAway
from fourfold.social.presence.rules import entry_in, state_of
from fourfold.social.presence.shapes import PresenceShape

NOBODY = PresenceShape(state="offline", last_seen=None)


def seen_key(tenant_id: UUID) -> str:
    """Where it is kept when each person of a tenant was here last, in milliseconds."""
    return f"t:{tenant_id}:presence"


def connections_key(tenant_id: UUID, person: UUID) -> str:
    """Where a person's connections are kept: each with its process, and its state."""
    return f"t:{tenant_id}:presence:{person}"


def process_key(process: str) -> str:
    """What is there as long as a process lives."""
    return f"presence:{process}"


async def presence_of(house: House, tenant_id: UUID, people: Sequence[UUID]) -> dict[UUID, PresenceShape]:
    """Whether these people are here; while Valkey is away, nobody is."""
    if not people:
        return {}
    try:
        return await _presence_of(house, tenant_id, people)
    except ValkeyAway:
        return dict.fromkeys(people, NOBODY)


async def _presence_of(house: House, tenant_id: UUID, people: Sequence[UUID]) -> dict[UUID, PresenceShape]:
    async with house.valkey.pipeline(transaction=False) as asked:
        for person in people:
            _ = asked.hvals(connections_key(tenant_id, person))
        _ = asked.zmscore(seen_key(tenant_id), [str(person) for person in people])
        *kept, seen = await asked.execute()
    connections = [[entry_in(each.decode()) for each in some] for some in kept]
    processes = sorted({process for some in connections for process, _ in some})
    living = await house.valkey.mget([process_key(each) for each in processes]) if processes else []
    alive = {process for process, told in zip(processes, living, strict=True) if told is not None}
    return {
        person: PresenceShape(state=state_of(some, alive), last_seen=_moment(last))
        for person, some, last in zip(people, connections, seen, strict=True)
    }


def _moment(milliseconds: float | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)

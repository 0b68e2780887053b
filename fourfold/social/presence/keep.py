"""Keeping who is connected to this process, in Valkey, where all processes look.

A process that dies says nothing more, and its connections end with its last beat. What Valkey loses it has again after
the next one.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from fourfold.ground.house import House
from fourfold.ground.ids import new_text_id
from fourfold.ground.valkey import ValkeyAway
from fourfold.social.presence.queries import connections_key, process_key, seen_key
from fourfold.social.presence.rules import State, entry

# A process is taken for dead after this; it beats so often, and tells of all its connections every few beats.
ALIVE_SECONDS, BEAT_SECONDS, BEATS = 3, 1.0, 15
# So long the connections of a person are kept without being told of again.
KEPT_SECONDS = 90

Connection = tuple[UUID, UUID, str]


class Presences:
    """The connections of one process: each of a tenant, a person, and an id."""

    def __init__(self, house: House) -> None:
        """Nobody is connected yet."""
        self._house = house
        self._process = new_text_id()
        self._states: dict[Connection, State] = {}

    async def set(self, connection: Connection, state: State) -> None:
        """Somebody is connected, and here or away."""
        self._states[connection] = state
        with suppress(*ValkeyAway):
            await self._tell([connection])

    async def end(self, connection: Connection) -> None:
        """A connection is gone."""
        tenant_id, person, name = connection
        if self._states.pop(connection, None) is None:
            return
        with suppress(*ValkeyAway):
            async with self._house.valkey.pipeline(transaction=False) as words:
                _ = words.hdel(connections_key(tenant_id, person), name)
                _ = words.zadd(seen_key(tenant_id), {str(person): self._now()})
                await words.execute()

    async def keep_on(self) -> None:
        """Beats until it is cancelled; then all its connections are gone."""
        try:
            while True:
                for number in range(BEATS):
                    with suppress(*ValkeyAway):
                        await self._beat(tells_all=number == 0)
                    await asyncio.sleep(BEAT_SECONDS)
        finally:
            await self._part()

    async def _beat(self, *, tells_all: bool) -> None:
        known = await self._house.valkey.set(process_key(self._process), b"1", ex=ALIVE_SECONDS, get=True)
        # Nothing is known of us at the first beat, and when Valkey has lost what it knew.
        if tells_all or known is None:
            await self._tell(list(self._states))

    async def _tell(self, connections: Iterable[Connection]) -> None:
        now = self._now()
        async with self._house.valkey.pipeline(transaction=False) as words:
            _ = words.set(process_key(self._process), b"1", ex=ALIVE_SECONDS)
            for tenant_id, person, name in connections:
                state = self._states.get((tenant_id, person, name))
                if state is not None:
                    key = connections_key(tenant_id, person)
                    _ = words.hset(key, name, entry(self._process, state))
                    _ = words.expire(key, KEPT_SECONDS)
                    _ = words.zadd(seen_key(tenant_id), {str(person): now})
            await words.execute()

    async def _part(self) -> None:
        with suppress(*ValkeyAway):
            await self._house.valkey.delete(process_key(self._process))

    def _now(self) -> int:
        return int(self._house.clock.now().timestamp() * 1000)

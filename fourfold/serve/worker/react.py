"""Reactions: takes the lanes whose turn nobody else has, and shares them with the other workers."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

import asyncpg

from fourfold.ground.house import House
from fourfold.ground.logs import log
from fourfold.ground.reactions import Reaction
from fourfold.ground.service import Service
from fourfold.serve.worker.lane import Lane
from fourfold.serve.worker.patience import Paused, rest
from fourfold.serve.worker.relay import PARTITIONS
from fourfold.serve.worker.turns import Turn, be_present, count_present, give_back, own_connection, take

LOOK_AROUND = 2.0

_log = log("fourfold.events")


def reactions_of(services: Sequence[Service]) -> dict[str, list[Reaction]]:
    """The reactions of the services by the type of event that they react to."""
    found: dict[str, list[Reaction]] = {}
    for reaction in (each for service in services for room in service.reactions for each in room.all):
        found.setdefault(reaction.event.type, []).append(reaction)
    return found


@dataclass(slots=True)
class Following:
    """One service's reactions, and the lanes of it that are this process's turn."""

    service: str
    reactions: Mapping[str, Sequence[Reaction]]
    lanes: dict[int, Lane] = field(default_factory=dict)

    def turn(self, partition: int) -> str:
        """The name of a lane's turn."""
        return f"{self.service}:{partition}"


class React:
    """Every lane is followed by one process in the deployment; a dead process's lanes are taken over by others."""

    def __init__(self, house: House, services: Sequence[Service]) -> None:
        self.house = house
        self.paused = Paused(house)
        self.followings = [
            Following(service.name, reactions) for service in services if (reactions := reactions_of([service]))
        ]

    def lanes(self) -> Iterator[Lane]:
        """The lanes followed here."""
        return (lane for following in self.followings for lane in following.lanes.values())

    async def run(self, stop: asyncio.Event) -> None:
        """Follows until `stop` is set or PostgreSQL goes away, and with it the turns."""
        if not self.followings:
            await stop.wait()
            return
        ended = asyncio.Event()
        async with own_connection(self.house, "turns") as db:
            db.add_termination_listener(lambda _: ended.set())
            watch = asyncio.create_task(_first(stop, ended))
            try:
                for following in self.followings:
                    await be_present(db, following.service)
                while not ended.is_set():
                    for following in self.followings:
                        await self._share(db, following)
                    await rest(ended, LOOK_AROUND)
            finally:
                watch.cancel()
                await self._leave(at_once=not stop.is_set())
        if not stop.is_set():
            raise ConnectionError("PostgreSQL has closed the connection that held the turns")

    async def _share(self, db: asyncpg.Connection, following: Following) -> None:
        for partition, lane in list(following.lanes.items()):
            if lane.task is not None and lane.task.done():
                if lane.leaving.is_set():
                    del following.lanes[partition]
                    await give_back(db, Turn.LANE, following.turn(partition))
                else:
                    _log.error("a lane failed", lane=following.turn(partition), exc_info=lane.task.exception())
                    self._follow(following, partition)
        share = ceil(PARTITIONS / max(await count_present(db, following.service), 1))
        for partition in range(PARTITIONS):
            wanted = len(following.lanes) < share and partition not in following.lanes
            if wanted and await take(db, Turn.LANE, following.turn(partition)):
                self._follow(following, partition)
        for lane in list(following.lanes.values())[share:]:
            lane.leave()

    def _follow(self, following: Following, partition: int) -> None:
        lane = Lane(self.house, self.paused, following.service, partition, following.reactions)
        following.lanes[partition] = lane
        lane.start()

    async def _leave(self, *, at_once: bool) -> None:
        lanes = list(self.lanes())
        for lane in lanes:
            lane.leave(at_once=at_once)
        tasks = [lane.task for lane in lanes if lane.task is not None]
        try:
            if tasks:
                await asyncio.wait(tasks)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            raise
        for following in self.followings:
            following.lanes.clear()


async def _first(stop: asyncio.Event, ended: asyncio.Event) -> None:
    await stop.wait()
    ended.set()

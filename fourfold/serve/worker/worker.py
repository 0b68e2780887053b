"""The worker: everything that is done in the background, in one process or beside the API."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Protocol

from fourfold.ground.house import House
from fourfold.ground.logs import log
from fourfold.ground.service import Service
from fourfold.ground.settings import Settings
from fourfold.serve.figures.pulse import Pulse
from fourfold.serve.figures.server import telling
from fourfold.serve.figures.soundings import Soundings
from fourfold.serve.wiring import open_house, refuse_without_documents
from fourfold.serve.worker.labour import Labour, kinds_of
from fourfold.serve.worker.patience import LONGEST_REST, SHORTEST_REST, is_away, keep_going, rest
from fourfold.serve.worker.react import React, reactions_of
from fourfold.serve.worker.relay import Relay
from fourfold.serve.worker.schedules import Schedules
from fourfold.serve.worker.seal import Seal
from fourfold.serve.worker.sweep import Sweep

STOP_WITHIN = 15.0

_log = log("fourfold.worker")


class Part(Protocol):
    """One of the things that a worker does all the time."""

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set; raises when it cannot go on."""


class Worker:
    """The background work of these services. Any number of workers may run on the same servers.

    `house` is one that was opened with `as_worker`. `known` are all services that there are, for a worker of only some
    of them: an event must reach those that other workers serve as well.
    """

    def __init__(self, house: House, services: Sequence[Service], known: Sequence[Service] = ()) -> None:
        known = known or services
        self._house = house
        schedules = [schedule for service in services for schedule in service.schedules]
        self.parts: dict[str, Part] = {
            "relay": Relay(house, reactions_of(known)),
            "react": React(house, services),
            "sweep": Sweep(house, services, known),
            "labour": Labour(house, kinds_of(services)),
            "schedules": Schedules(house, [each for each in schedules if each.due]),
            # These go through all tenants, which may take a while: those that know who is due do not wait for it.
            "rounds": Schedules(house, [each for each in schedules if not each.due]),
            "seal": Seal(house),
            "soundings": Soundings(house, services, known),
        }
        if house.documents is not None:
            # Loaded here, since only workers of documents pay for the driver.
            self.parts["carrier"] = import_module("fourfold.serve.worker.carrier").Carrier(house, house.documents)

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set; then finishes the events and jobs in hand, for 15 seconds at most."""
        tasks = [
            asyncio.create_task(keep_going(name, part.run, stop), name=f"worker {name}")
            for name, part in self.parts.items()
        ]
        besides = [
            asyncio.create_task(self._house.changes.keep_fresh(), name="changes"),
            asyncio.create_task(Pulse(self._house, "worker").keep_on(), name="pulse"),
        ]
        try:
            await stop.wait()
            await asyncio.wait(tasks, timeout=STOP_WITHIN)
        finally:
            # Whatever is broken off here is done by another worker, or by the next one.
            for task in (*tasks, *besides):
                task.cancel()
            await asyncio.gather(*tasks, *besides, return_exceptions=True)


async def run_worker(
    settings: Settings, services: Sequence[Service], port: int | None = None, known: Sequence[Service] = ()
) -> None:
    """The worker as a process of its own, until SIGTERM or SIGINT; it tells how it is on `port`, or on the settings'.

    Raises `WorkerPortTaken`.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        house = await _open_patiently(settings, services, known, stop)
        if house is not None:
            async with _closing(house), telling(house, port or settings.worker_port):
                _log.info("the worker works", services=[service.name for service in services])
                await Worker(house, services, known).run(stop)
                _log.info("the worker has stopped")
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@asynccontextmanager
async def _closing(house: House) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await house.close()


async def _open_patiently(
    settings: Settings, services: Sequence[Service], known: Sequence[Service], stop: asyncio.Event
) -> House | None:
    refuse_without_documents(settings, services)
    pause = SHORTEST_REST
    while not stop.is_set():
        try:
            return await open_house(settings, services, as_worker=True, known=known)
        except Exception as problem:
            if not is_away(problem) and not isinstance(problem, FileNotFoundError):
                raise
            _log.warning("PostgreSQL does not answer yet", reason=repr(problem))
            await rest(stop, pause)
            pause = min(pause * 2, LONGEST_REST)
    return None

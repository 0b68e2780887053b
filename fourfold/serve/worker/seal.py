"""The sealer: gives the entries of the audit log their places in the chains, about each second."""

import asyncio

from fourfold.core.audit.seal import seal_waiting
from fourfold.ground.house import House
from fourfold.serve.worker.patience import rest

EVERY = 1.0


class Seal:
    """Several workers may do this at once: a chain belongs to one of them for one transaction."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def run(self, stop: asyncio.Event) -> None:
        """Seals until `stop` is set or a server goes away."""
        while not await rest(stop, EVERY):
            await seal_waiting(self.house)

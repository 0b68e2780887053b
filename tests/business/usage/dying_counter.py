"""A process that writes lines as fast as it can and adds them up meanwhile, until it is killed."""

import asyncio
import os
import sys
from uuid import UUID

from fourfold.business.usage.drain import Drain
from fourfold.ground.settings import load_settings
from fourfold.ground.spool import visit_line
from fourfold.ground.who import Who
from fourfold.serve.wiring import open_house
from fourfold.services import ALL


async def count(tenant: UUID, told: str) -> None:
    """Tells of each line, by a byte in a file, once it is written."""
    house = await open_house(load_settings(), ALL)
    line = visit_line(Who(tenant, "dying"), 500_000, "GET", "/dying", 200, 7)
    file = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    drain = Drain(house)
    while True:
        for _ in range(500):
            house.spool.write(line)
            os.write(file, b".")
        await drain.once()


if __name__ == "__main__":
    asyncio.run(count(UUID(sys.argv[1]), sys.argv[2]))

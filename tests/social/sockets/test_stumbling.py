"""What the hub does all the time: it goes on after something that nobody has thought of."""

import asyncio

from fourfold.social.sockets.hub import lasting


async def test_the_hub_gets_up_again() -> None:
    """S-41: a failure of one turn ends neither the hearing nor the looking; the next turn comes by itself."""
    turns: list[int] = []
    third = asyncio.Event()

    async def stumble() -> None:
        turns.append(len(turns))
        if len(turns) < 3:
            raise ZeroDivisionError
        third.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(lasting(stumble, pause=0))
    async with asyncio.timeout(60):
        await third.wait()
    task.cancel()
    assert turns == [0, 1, 2]

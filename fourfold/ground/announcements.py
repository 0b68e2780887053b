"""Announcements: what is told to processes that listen right now; whoever does not listen never hears of it.

Nothing may depend on one: what happened is in a database, and those who listen also look there by themselves.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from fourfold.ground.valkey import Valkey, ValkeyAway

# The channel of Valkey on which all of them go out.
TOPIC = "ff:live"
# Whoever has committed something waits no longer than this for others to be told of it.
PATIENCE = 1.0


async def announce_all(valkey: Valkey, told: Sequence[bytes]) -> None:
    """Tells these, in their order; does nothing while Valkey is away."""
    with suppress(*ValkeyAway):
        async with asyncio.timeout(PATIENCE):
            if len(told) == 1:
                await valkey.publish(TOPIC, told[0])
            elif told:
                async with valkey.pipeline(transaction=False) as several:
                    for each in told:
                        _ = several.publish(TOPIC, each)
                    await several.execute()

"""The cache: costly answers are kept in Valkey for some seconds, and when one ends, one request makes it anew.

Nothing is missed when Valkey loses it or is away, or when `FOURFOLD_CACHE` is off: then each request makes its own.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

from fourfold.ground.parcel import Parcel
from fourfold.ground.valkey import ValkeyAway

KEPT_SECONDS = 15
# For so long it is known of an answer that it is costly to make.
COSTLY_SECONDS = 3600
# Whoever waits for another's answer makes it after all when that takes longer.
WAIT, LOOK_EVERY = 3.0, 0.03

# What makes an answer also says whether it was costly: only then it is kept.
Make = Callable[[], Awaitable[tuple[str, bool]]]


async def kept_or_made(view: Parcel, name: str, make: Make) -> str:
    """The answer of that name for the caller's tenant, at most `KEPT_SECONDS` old when it is a costly one."""
    if view.house.settings.cache == "off":
        return (await make())[0]
    key = f"t:{view.who.tenant_id}:cache:{name}"
    try:
        kept, ours = await _kept_or_turn(view, key)
    except ValkeyAway:
        return (await make())[0]
    if kept is not None:
        return kept
    text, costly = await make()
    with suppress(*ValkeyAway):
        if costly:
            await _keep(view, key, text)
        elif ours:
            # Others need not wait for what is made quickly.
            await view.house.valkey.delete(f"{key}:costly", f"{key}:turn")
    return text


async def _kept_or_turn(view: Parcel, key: str) -> tuple[str | None, bool]:
    """What is kept; or nothing, and whether this request alone is to make it."""
    valkey, deadline = view.house.valkey, monotonic() + WAIT
    text, costly = await valkey.mget(key, f"{key}:costly")
    while text is None and costly is not None and monotonic() < deadline:
        if await valkey.set(f"{key}:turn", b"1", nx=True, px=int(WAIT * 1000)):
            # The last one may have finished between the look and the turn.
            text = await valkey.get(key)
            return (text.decode() if isinstance(text, bytes) else None), True
        await asyncio.sleep(LOOK_EVERY)
        text, costly = await valkey.mget(key, f"{key}:costly")
    return (text.decode() if isinstance(text, bytes) else None), False


async def _keep(view: Parcel, key: str, text: str) -> None:
    valkey = view.house.valkey
    await valkey.set(key, text, ex=KEPT_SECONDS)
    await valkey.set(f"{key}:costly", b"1", ex=COSTLY_SECONDS)
    await valkey.delete(f"{key}:turn")

"""The cache: costly answers are kept in Valkey until what they tell of changes, and one request makes each anew.

Nothing is missed when Valkey loses it, brings back what it had lost, or is away, or when `FOURFOLD_CACHE` is off: then
each request makes its own.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

from fourfold.ground.generations import generation_of
from fourfold.ground.metrics import cache_lookups_total
from fourfold.ground.parcel import Parcel
from fourfold.ground.valkey import ValkeyAway
from fourfold.ground.work import View

# Answers of earlier generations are asked for no more; this is when Valkey forgets them.
KEPT_SECONDS = 300
# For so long an answer is kept that nothing outdates.
BRIEF_SECONDS = 15
# For so long it is known of an answer that it is costly to make.
COSTLY_SECONDS = 3600
# Whoever waits for another's answer makes it after all when that takes longer.
WAIT, LOOK_EVERY = 3.0, 0.03
_hit, _miss, _away = (cache_lookups_total.labels(outcome) for outcome in ("hit", "miss", "away"))

# What makes an answer also says whether it was costly: only then it is kept.
Make = Callable[[], Awaitable[tuple[str, bool]]]


async def kept_or_made(view: View, subject: str, name: str, make: Make) -> str:
    """The answer of that name for the caller's tenant; a costly one may have been made earlier.

    It is never of before a change that was committed and said to outdate the subject (`Work.outdate`).
    """
    if view.house.settings.cache == "off":
        return (await make())[0]
    # Read before anything that the answer is made of, so that no old answer is kept as one of a new generation.
    return await _found_or_made(view, name, await generation_of(view.db, subject), KEPT_SECONDS, make)


async def kept_briefly(parcel: Parcel, name: str, make: Make) -> str:
    """The answer of that name for the caller's tenant, at most `BRIEF_SECONDS` old when it is a costly one."""
    if parcel.house.settings.cache == "off":
        return (await make())[0]
    return await _found_or_made(parcel, name, "brief", BRIEF_SECONDS, make)


async def _found_or_made(parcel: Parcel, name: str, generation: str, seconds: int, make: Make) -> str:
    known = f"t:{parcel.who.tenant_id}:cache:{name}"
    key = f"{known}:{generation}"
    try:
        kept, ours = await _kept_or_turn(parcel, key, f"{known}:costly")
    except ValkeyAway:
        _away.inc()
        return (await make())[0]
    if kept is not None:
        _hit.inc()
        return kept
    _miss.inc()
    text, costly = await make()
    with suppress(*ValkeyAway):
        if costly:
            await _keep(parcel, key, f"{known}:costly", text, seconds)
        elif ours:
            # Others need not wait for what is made quickly.
            await parcel.house.valkey.delete(f"{known}:costly", f"{key}:turn")
    return text


async def _kept_or_turn(parcel: Parcel, key: str, mark: str) -> tuple[str | None, bool]:
    """What is kept; or nothing, and whether this request alone is to make it."""
    valkey, deadline = parcel.house.valkey, monotonic() + WAIT
    text, costly = await valkey.mget(key, mark)
    while text is None and costly is not None and monotonic() < deadline:
        if await valkey.set(f"{key}:turn", b"1", nx=True, px=int(WAIT * 1000)):
            # The last one may have finished between the look and the turn.
            text = await valkey.get(key)
            return (text.decode() if isinstance(text, bytes) else None), True
        await asyncio.sleep(LOOK_EVERY)
        text, costly = await valkey.mget(key, mark)
    return (text.decode() if isinstance(text, bytes) else None), False


async def _keep(parcel: Parcel, key: str, mark: str, text: str, seconds: int) -> None:
    valkey = parcel.house.valkey
    await valkey.set(key, text, ex=seconds)
    await valkey.set(mark, b"1", ex=COSTLY_SECONDS)
    await valkey.delete(f"{key}:turn")

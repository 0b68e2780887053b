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
from fourfold.ground.valkey import ValkeyAway
from fourfold.ground.work import View

# Answers of earlier generations are asked for no more; this is when Valkey forgets them.
KEPT_SECONDS = 300
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
    generation = await generation_of(view.db, subject)
    known = f"t:{view.who.tenant_id}:cache:{name}"
    key = f"{known}:{generation}"
    try:
        kept, ours = await _kept_or_turn(view, key, f"{known}:costly")
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
            await _keep(view, key, f"{known}:costly", text)
        elif ours:
            # Others need not wait for what is made quickly.
            await view.house.valkey.delete(f"{known}:costly", f"{key}:turn")
    return text


async def _kept_or_turn(view: View, key: str, mark: str) -> tuple[str | None, bool]:
    """What is kept; or nothing, and whether this request alone is to make it."""
    valkey, deadline = view.house.valkey, monotonic() + WAIT
    text, costly = await valkey.mget(key, mark)
    while text is None and costly is not None and monotonic() < deadline:
        if await valkey.set(f"{key}:turn", b"1", nx=True, px=int(WAIT * 1000)):
            # The last one may have finished between the look and the turn.
            text = await valkey.get(key)
            return (text.decode() if isinstance(text, bytes) else None), True
        await asyncio.sleep(LOOK_EVERY)
        text, costly = await valkey.mget(key, mark)
    return (text.decode() if isinstance(text, bytes) else None), False


async def _keep(view: View, key: str, mark: str, text: str) -> None:
    valkey = view.house.valkey
    await valkey.set(key, text, ex=KEPT_SECONDS)
    await valkey.set(mark, b"1", ex=COSTLY_SECONDS)
    await valkey.delete(f"{key}:turn")

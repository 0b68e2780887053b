"""Valkey: cache, limits, streams; nothing in it may be missed when it is lost."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha1
from typing import Any, TypeAlias

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from fourfold.ground.metrics import valkey_connects_total
from fourfold.ground.traced import TracedValkey

Valkey: TypeAlias = "Redis"
ValkeyAway = (RedisError, OSError)


def open_valkey(url: str, *, traced: bool = False) -> Valkey:
    """A client for `url`; connects at first use. Blocking reads wait as long as they ask for.

    When it is `traced`, each command is a span of what the caller is at work on.
    """
    return (TracedValkey if traced else Redis).from_url(
        url, socket_timeout=None, socket_connect_timeout=2, decode_responses=False, redis_connect_func=_connected
    )


async def run_script(valkey: Valkey, script: str, keys: Sequence[str], *words: Any) -> Any:
    """What a script answers; it travels by its name, but for the first time."""
    try:
        return await valkey.evalsha(_name_of(script), len(keys), *keys, *words)
    except NoScriptError:
        return await valkey.eval(script, len(keys), *keys, *words)


@lru_cache(64)
def _name_of(script: str) -> str:
    return sha1(script.encode(), usedforsecurity=False).hexdigest()


async def _connected(connection: Any) -> None:
    await connection.on_connect()
    valkey_connects_total.inc()

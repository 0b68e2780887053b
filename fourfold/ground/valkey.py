"""Valkey: cache, limits, streams; nothing in it may be missed when it is lost."""

from typing import Any, TypeAlias

from redis.asyncio import Redis
from redis.exceptions import RedisError

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


async def _connected(connection: Any) -> None:
    await connection.on_connect()
    valkey_connects_total.inc()

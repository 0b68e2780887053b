"""Valkey: cache, limits, streams; nothing in it may be missed when it is lost."""

from typing import TypeAlias

from redis.asyncio import Redis
from redis.exceptions import RedisError

Valkey: TypeAlias = "Redis"
ValkeyAway = (RedisError, OSError)


def open_valkey(url: str) -> Valkey:
    """A client for `url`; connects at first use. Blocking reads wait as long as they ask for."""
    return Redis.from_url(url, socket_timeout=None, socket_connect_timeout=2, decode_responses=False)

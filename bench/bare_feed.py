"""What feeds are measured against: one script in Valkey that joins twenty kept answers, behind a bare ASGI function.

Served by uvicorn with the settings of an API process: `python -m bench.bare_feed PORT VALKEY_URL KEY`. Nobody is asked
who they are or what they may see: these bytes are what could be read at best.
"""

import sys
from typing import Any

import uvicorn
from redis.asyncio import Redis
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

# KEYS: the ids in order, and the posts as JSON by their ids.
SCRIPT = """
local ids = redis.call('ZREVRANGE', KEYS[1], 0, 19)
return '{"items":[' .. table.concat(redis.call('HMGET', KEYS[2], unpack(ids)), ',') .. '],"next":null}'
"""


class Bare:
    """The ASGI application."""

    def __init__(self, url: str, key: str) -> None:
        """Remembers what to connect to."""
        self.url, self.keys = url, (key, f"{key}:posts")
        self.valkey: Any = None

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answers with the feed."""
        if scope["type"] == "lifespan":
            await receive()
            self.valkey = Redis.from_url(self.url)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await self.valkey.aclose()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = await self.valkey.eval(SCRIPT, len(self.keys), *self.keys)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": False})
        await send({"type": "http.response.body", "body": body, "more_body": False})


if __name__ == "__main__":
    uvicorn.run(
        Bare(sys.argv[2], sys.argv[3]),
        port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="warning",
    )  # fmt: skip

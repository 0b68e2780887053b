"""What feeds are measured against: one script in Valkey that joins rendered posts, behind a bare ASGI function.

Served by uvicorn with the settings of an API process: `python -m bench.bare_feed PORT VALKEY_URL`. Whoever asks is
known by the text of their token alone; nobody looks whether they may see what they are given.
"""

import sys
from typing import Any

import uvicorn
from redis.asyncio import Redis
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

SCRIPT = """
local posts = redis.call('ZREVRANGE', KEYS[1], 0, 19)
return '{"items":[' .. table.concat(redis.call('MGET', unpack(posts)), ',') .. '],"next":'
  .. redis.call('GET', KEYS[2]) .. '}'
"""


class Bare:
    """The ASGI application."""

    def __init__(self, url: str) -> None:
        """Connects at first use."""
        self.valkey: Any = Redis.from_url(url)
        self.script = ""

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answers the feed."""
        if scope["type"] == "lifespan":
            await receive()
            self.script = await self.valkey.script_load(SCRIPT)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await self.valkey.aclose()
            await send({"type": "lifespan.shutdown.complete"})
            return
        token = dict(scope["headers"])[b"authorization"].decode().removeprefix("Bearer ")
        body = await self.valkey.evalsha(self.script, 2, f"bare:feed:{token}", f"bare:next:{token}")
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": False})
        await send({"type": "http.response.body", "body": body, "more_body": False})


if __name__ == "__main__":
    uvicorn.run(
        Bare(sys.argv[2]),
        port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="warning",
        server_header=False, backlog=2048,
    )  # fmt: skip

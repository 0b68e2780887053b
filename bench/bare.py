"""What Fourfold is measured against: the same statements on bare asyncpg behind a bare ASGI function, no framework.

Served by uvicorn with the settings of an API process: `python -m bench.bare PORT POSTGRES_URL TENANT_ID`. Every
request is one transaction of the tenant, as it is in Fourfold; nothing else is done.
"""

import sys
from typing import Any
from uuid import UUID

import asyncpg
import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from fourfold.commerce.catalog.queries import product_document
from fourfold.commerce.search.queries import plain_page
from fourfold.commerce.vendors.scope import NOBODY

POOL = 12
LIST, ONE = "/products", "/products/"


class Bare:
    """The ASGI application."""

    def __init__(self, url: str, tenant: UUID) -> None:
        """Remembers what to connect to."""
        self.url = url
        self.begin = f"BEGIN READ ONLY; SET LOCAL fourfold.tenant = '{tenant}'"
        self.pool: Any = None

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answers the two reads."""
        if scope["type"] == "lifespan":
            await receive()
            self.pool = await asyncpg.create_pool(self.url, min_size=POOL, max_size=POOL, reset=_nothing)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await self.pool.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
        path = scope["path"]
        async with self.pool.acquire() as db:
            await db.execute(self.begin)
            body = await (_list(db) if path == LIST else _one(db, path.removeprefix(ONE)))
            await db.execute("COMMIT")
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": False})
        await send({"type": "http.response.body", "body": body, "more_body": False})


async def _nothing(_connection: object) -> None:
    pass


async def _list(db: Any) -> bytes:
    rows = await plain_page(db, {}, "-created", None, 21)
    return ('{"items":[' + ",".join([row["card"] for row in rows[:20]]) + '],"next":null}').encode()


async def _one(db: Any, reference: str) -> bytes:
    row = await product_document(db, UUID(reference), reference, NOBODY)
    assert row is not None
    return bytes(row["document"].encode())


if __name__ == "__main__":
    uvicorn.run(
        Bare(sys.argv[2], UUID(sys.argv[3])),
        port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="warning",
        server_header=False, backlog=2048,
    )  # fmt: skip

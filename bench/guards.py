"""What the guards of a request cost: who it is, may they, how often, whose rows, and the entry in the audit log.

The same application answers the same request with all of them and with none, in turn and in this process, without a
network in between; what is compared is the processor's time for each request.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import asyncpg
from fastapi import FastAPI, Request
from starlette.types import Message

from bench.deployment import Deployment, Shop, deployed
from bench.figures import Figure, median
from fourfold.ground import door, work
from fourfold.ground.db import WRITING, Transaction
from fourfold.ground.pool import Pool
from fourfold.ground.rates import Rates
from fourfold.ground.settings import Settings, load_settings
from fourfold.ground.who import Who
from fourfold.serve.web.application import build_app
from fourfold.services import ALL

ROUNDS, TIMES = 4, 200
ASKED = (("GET", "/v1/core/me", None), ("PATCH", "/v1/core/me", {"name": "Owner"}))


def guards() -> list[Figure]:
    """The guards of a read and of a change, one caller."""
    with deployed() as deployment:
        shop = deployment.open_shop("guards")
        return asyncio.run(_measured(deployment, shop))


async def _measured(deployment: Deployment, shop: Shop) -> list[Figure]:
    # Without guards nothing sets the tenant, so the connections of this process are the tenant's from their beginning.
    admin = await asyncpg.connect(deployment.admin_url())
    await admin.execute(f"ALTER DATABASE fourfold SET fourfold.tenant = '{UUID(shop.tenant_id)}'")
    await admin.close()
    app = build_app(_settings_of(deployment), ALL)
    figures = []
    async with app.router.lifespan_context(app):
        for method, path, body in ASKED:
            costs: dict[bool, list[float]] = {True: [], False: []}
            for round_ in range(ROUNDS + 1):
                for guarded in (True, False):
                    if guarded:
                        cost = await _cost(app, shop, method, path, body)
                    else:
                        who = await app.state.identify(Request(_scope(app, shop, method, path, 0)))
                        with _without_guards(app, who):
                            cost = await _cost(app, shop, method, path, body)
                    if round_:  # the first only warms up
                        costs[guarded].append(cost)
            with_, without = median(costs[True]), median(costs[False])
            scenario = f"guards of {method} {path}"
            figures += [
                Figure(scenario, "CPU with them", with_, "ms/request"),
                Figure(scenario, "CPU without them", without, "ms/request"),
                Figure(scenario, "CPU of the guards", with_ - without, "ms/request", at_most=1.0),
            ]
    return figures


def _settings_of(deployment: Deployment) -> Settings:
    urls = deployment.record().urls
    return load_settings(
        home=Path(deployment.env["FOURFOLD_HOME"]),
        postgres_url=deployment.admin_url().replace("user=postgres", "user=fourfold_app"),
        valkey_url=urls["valkey"],
    )


@contextmanager
def _without_guards(app: FastAPI, who: Who) -> Iterator[None]:
    async def known(_request: Request) -> Who:
        return who

    async def admitted(*_: object) -> list[tuple[bytes, bytes]]:
        return []

    def bare(pool: Pool, _tenant: UUID, *, read_only: bool = False, first_words: str = "") -> Transaction:
        mode = "BEGIN READ ONLY" if read_only else WRITING
        return Transaction(pool, f"{mode}; {first_words}" if first_words else mode, reads=read_only)

    identify = app.state.identify
    app.state.identify = known
    with (
        patch.object(Rates, "admit", admitted),
        patch.object(door, "_asked", lambda *_: None),
        patch.object(work, "transaction", bare),
    ):
        yield
    app.state.identify = identify


async def _cost(app: FastAPI, shop: Shop, method: str, path: str, body: Mapping[str, str] | None) -> float:
    """The median of the processor's milliseconds that such a request takes."""
    sent = json.dumps(body).encode() if body is not None else b""
    costs = []

    async def receive() -> Message:
        return {"type": "http.request", "body": sent, "more_body": False}

    async def send(message: Message) -> None:
        assert message.get("status", 200) == 200, message

    for _ in range(TIMES):
        scope = _scope(app, shop, method, path, len(sent))
        began = time.process_time()
        await app(scope, receive, send)
        costs.append((time.process_time() - began) * 1000)
    return median(costs)


def _scope(app: FastAPI, shop: Shop, method: str, path: str, length: int) -> dict[str, Any]:
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {shop.owner}".encode())]
    if length:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(length).encode())]
    return {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "scheme": "http", "http_version": "1.1", "headers": headers, "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80), "app": app,
    }  # fmt: skip

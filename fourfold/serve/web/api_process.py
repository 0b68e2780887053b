"""One API process: the application behind uvicorn, on a socket that it is handed or opens itself."""

import gc
import socket
from collections.abc import Sequence

import uvicorn

from fourfold.ground.service import Service
from fourfold.ground.settings import Settings
from fourfold.serve.web.application import build_app
from fourfold.serve.web.mounts import Mounts

DRAIN_SECONDS = 12
# Of one message that comes by a websocket.
MOST_BYTES = 1 << 20


class _Server(uvicorn.Server):
    """Uvicorn's server; whoever waits for something to happen is sent away first, so that nobody waits for them."""

    def __init__(self, config: uvicorn.Config, mounts: Mounts) -> None:
        super().__init__(config)
        self._mounts = mounts

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends it."""
        await self._mounts.close()
        await super().shutdown(sockets)


def run_api(settings: Settings, services: Sequence[Service], listen_fd: int | None) -> None:
    """Serves until SIGTERM, then lets the requests in hand finish."""
    app = build_app(settings, services)
    # What is here now stays to the end: the collector need not look at it again and again. What requests leave behind
    # is mostly freed without it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        timeout_keep_alive=65,
        # Events are small, and many go to many.
        ws_per_message_deflate=False,
        ws_max_size=MOST_BYTES,
        backlog=2048,
    )
    sockets = [socket.socket(fileno=listen_fd)] if listen_fd is not None else None
    _Server(config, app.state.mounts).run(sockets=sockets)

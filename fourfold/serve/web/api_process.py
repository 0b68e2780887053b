"""One API process: the application behind uvicorn, on a socket that it is handed or opens itself."""

import gc
import socket
from collections.abc import Sequence

import uvicorn

from fourfold.ground.service import Service
from fourfold.ground.settings import Settings
from fourfold.serve.web.application import build_app

DRAIN_SECONDS = 12


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
        backlog=2048,
    )
    sockets = [socket.socket(fileno=listen_fd)] if listen_fd is not None else None
    uvicorn.Server(config).run(sockets=sockets)

"""A worker's own small server: `/healthz`, `/readyz` and `/metrics`, where a port is set for them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fourfold.ground.house import House
from fourfold.ground.refusals import Refusal, problem_of, problem_response
from fourfold.serve.figures.answer import figures_of
from fourfold.serve.worker.patience import servers_answer


class WorkerPortTaken(OSError):
    """Something else listens on the worker's port."""


class _Server(uvicorn.Server):
    """Leaves signals to the worker."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


@asynccontextmanager
async def telling(house: House, port: int | None) -> AsyncIterator[None]:
    """Answers on the port while the block runs; without a port nothing listens. Raises `WorkerPortTaken`."""
    if port is None:
        yield
        return
    # Opened here: the server would end the whole process when it cannot.
    with _listening(house.settings.host, port) as sock:
        config = uvicorn.Config(_application(house), log_config=None, access_log=False, lifespan="off")
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[sock]), name="telling")
        try:
            yield
        finally:
            server.should_exit = True
            await task


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as problem:
        raise WorkerPortTaken(f"port {port} on {host} is taken; set FOURFOLD_WORKER_PORT to another") from problem


def _application(house: House) -> Starlette:
    async def alive(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def ready(_request: Request) -> Response:
        answer = await servers_answer(house)
        return JSONResponse({"status": "ready" if answer else "not ready"}, 200 if answer else 503)

    async def refused(_request: Request, refusal: Exception) -> Response:
        if not isinstance(refusal, Refusal):
            raise refusal
        return problem_response(problem_of(refusal, ""), refusal.headers)

    routes = [Route("/healthz", alive), Route("/readyz", ready)]
    figures = figures_of(house.settings)
    if figures is not None:
        routes.append(Route("/metrics", figures))
    return Starlette(routes=routes, exception_handlers={Refusal: refused})

"""A second process of the API beside the first: a house, a hub and a port of its own."""

import asyncio
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn

from fourfold.ground.settings import Settings
from fourfold.serve.web.application import build_app
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.conftest import KEPT_OPEN, Running, _free_port, _until_ready


class _Process(threading.Thread):
    """A thread with an event loop of its own, which shares nothing with the first."""

    def __init__(self, settings: Settings, running: Running) -> None:
        super().__init__(name="a second process", daemon=True)
        self.settings, self.clock = settings, running.clock
        self.server: uvicorn.Server | None = None
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as failure:  # noqa: BLE001 - shown by whoever waits for us
            self.failure = failure

    async def _live(self) -> None:
        app = build_app(self.settings, ALL, await open_house(self.settings, ALL, clock=self.clock))
        config = uvicorn.Config(
            app, host="127.0.0.1", port=self.settings.port, log_level="warning", lifespan="on",
            timeout_keep_alive=KEPT_OPEN,
        )  # fmt: skip
        self.server = uvicorn.Server(config)
        await self.server.serve()


@pytest.fixture(scope="session")
def second_url(running: Running) -> Iterator[str]:
    """The address of a second process of the same deployment."""
    settings = running.settings.model_copy(update={"port": _free_port()})
    thread = _Process(settings, running)
    thread.start()
    url = f"http://127.0.0.1:{settings.port}"
    with httpx.Client(base_url=url, timeout=60) as client:
        _until_ready(client, thread)  # type: ignore[arg-type]  # it is asked for its failure alone
        yield url
    if thread.server is not None:
        thread.server.should_exit = True
    thread.join(timeout=20)

"""A second API process on the same servers, as deployments have several."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.conftest import Running, _free_port


@contextmanager
def api_process(running: Running, **more: str) -> Iterator[httpx.Client]:
    """An API process of its own, with other settings if they are given."""
    port = _free_port()
    environment = {
        **os.environ,
        "FOURFOLD_HOME": str(running.settings.home),
        "FOURFOLD_PORT": str(port),
        "FOURFOLD_POSTGRES_URL": running.settings.postgres_url or "",
        "FOURFOLD_VALKEY_URL": running.settings.valkey_url or "",
        "FOURFOLD_MONGO_URL": running.settings.mongo_url or "",
        "FOURFOLD_LOG_LEVEL": "error",
        **more,
    }
    process = subprocess.Popen([sys.executable, "-m", "fourfold.cli", "serve"], env=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            _until_alive(client, process)
            yield client
    finally:
        process.terminate()
        process.wait(60)


def _until_alive(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        assert process.poll() is None, "the second process ended at its start"
        assert time.monotonic() < deadline, "the second process did not start"
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)


@pytest.fixture(scope="module")
def second(running: Running) -> Iterator[httpx.Client]:
    """Requests to the second process."""
    with api_process(running) as client:
        yield client

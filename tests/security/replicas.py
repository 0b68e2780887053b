"""Replicas: more processes of the application on the same servers, with settings of their own, while a test runs."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from urllib.parse import urlsplit

import httpx

from tests.conftest import Running, _free_port

PRODUCTION = {
    "env": "production",
    "public_url": "https://shop.example",
    "storage_url": "file:///tmp/fourfold-production-test",
    "kek": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
}
LONGEST_START = 180.0


@contextmanager
def replica(running: Running, **settings: str) -> Iterator[str]:
    """The address of another process of the application."""
    shared = running.settings
    given = {
        "home": str(shared.home), "port": str(_free_port()), "secret": shared.secret.get_secret_value(),
        "postgres_url": str(shared.postgres_url), "postgres_admin_url": str(shared.postgres_url),
        "valkey_url": str(shared.valkey_url), "mongo_url": str(shared.mongo_url), "log_level": "error", **settings,
    }  # fmt: skip
    environment = {**os.environ, **{f"FOURFOLD_{name.upper()}": value for name, value in given.items()}}
    process = subprocess.Popen([sys.executable, "-m", "fourfold.cli", "serve"], env=environment)
    base = f"http://127.0.0.1:{given['port']}"
    try:
        _until_alive(base, process)
        yield base
    finally:
        process.terminate()
        process.wait(LONGEST_START)


def _until_alive(base: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LONGEST_START
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx.TransportError):
            httpx.get(f"{base}/healthz").raise_for_status()
            return
        time.sleep(0.1)
    message = "the replica did not start"
    raise TimeoutError(message)


def client_of(base: str, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    """A client of a replica. Nothing is encrypted there, and reading the certificates would take longer than asking."""
    return httpx.AsyncClient(base_url=base, headers=headers, timeout=60, verify=False)  # noqa: S501 - as just said


class Relay:
    """A way to Valkey that a test may close and open."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        # Held while the way is closed, so that it can be opened again.
        self.port = _free_port()

    @property
    def url(self) -> str:
        """The address to use in place of Valkey's."""
        login = f":{self._to.password}@" if self._to.password else ""
        return f"redis://{login}127.0.0.1:{self.port}?{self._to.query}"

    async def open(self) -> None:
        """Lets everything through."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)

    async def close(self) -> None:
        """Cuts every connection, and takes no more."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0.05)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._to.scheme == "unix":
            there = await asyncio.open_unix_connection(self._to.path)
        else:
            there = await asyncio.open_connection(self._to.hostname, self._to.port)
        self._writers |= {writer, there[1]}
        await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))
        self._writers -= {writer, there[1]}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def relay(running: Running) -> AsyncIterator[Relay]:
    """An open way to Valkey."""
    way = Relay(str(running.settings.valkey_url))
    await way.open()
    try:
        yield way
    finally:
        await way.close()

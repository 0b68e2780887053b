"""A collector of traces on loopback, and a deployment of API and worker as processes that send theirs to it."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from fourfold.ground.addresses import address_of
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.settings import Settings
from tests.conftest import CHEAP_KIB, POSTGRES, VALKEY, Running, _copy_template, _free_port, database_url, documents_url

LONGEST_START = 180.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A span as it arrived."""

    process: str
    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, Any]
    is_failed: bool


class Collector:
    """Takes spans as OTLP over HTTP; may be stopped and started again, and may take connections without answering."""

    def __init__(self) -> None:
        self.port = _free_port()
        self.bodies: list[bytes] = []
        self.answers = threading.Event()
        self.answers.set()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                collector.bodies.append(self.rfile.read(int(self.headers["content-length"])))
                collector.answers.wait(30)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def spans(self, **attributes: Any) -> list[Seen]:
        """Those that bear these attributes, whose names are written with underscores."""
        wanted = {name.replace("_", "."): value for name, value in attributes.items()}
        return [span for body in list(self.bodies) for span in _read(body) if wanted.items() <= span.attributes.items()]

    def trace(self, trace: str) -> list[Seen]:
        return [span for span in self.spans() if span.trace == trace]


def _read(body: bytes) -> Iterator[Seen]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        process = {each.key: each.value.string_value for each in resource.resource.attributes}["service.name"]
        for scope in resource.scope_spans:
            for span in scope.spans:
                values = {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
                ids = span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
                yield Seen(process, span.name, *ids, values, span.status.code == span.status.STATUS_CODE_ERROR)


@dataclass(slots=True)
class Deployment:
    """An API and a worker as processes of their own."""

    running: Running
    collector: Collector
    folder: Path
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def logged(self, name: str) -> list[dict[str, Any]]:
        """The lines that a process has logged."""
        # The last one may be half written.
        lines = (self.folder / f"{name}.log").read_text().rpartition("\n")[0].splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def start(self, name: str, *words: str, **settings: str) -> None:
        given = {"otlp_url": self.collector.url, "log_level": "debug", **settings}
        for known in (
            "home", "postgres_url", "postgres_worker_url", "valkey_url", "mongo_url", "password_memory_kib", "port",
        ):  # fmt: skip
            given.setdefault(known, str(getattr(self.running.settings, known)))
        environment = {**os.environ, **{f"FOURFOLD_{key.upper()}": value for key, value in given.items()}}
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", "fourfold.cli", *words]
            self.children[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def end(self, name: str) -> tuple[int, float]:
        """Asks a process to end; its exit code, and how long it took."""
        process, began = self.children.pop(name), time.monotonic()
        process.terminate()
        return process.wait(LONGEST_START), time.monotonic() - began


@contextmanager
def open_deployment() -> Iterator[Deployment]:
    """Both processes, on a database of their own, with a collector."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    database = f"traces_gw{number}"
    asyncio.run(_copy_template(database))
    with tempfile.TemporaryDirectory(prefix="fourfold-traces-") as folder:
        settings = Settings(
            home=Path(folder) / "home",
            port=_free_port(),
            postgres_url=address_of(os.environ[POSTGRES], role="fourfold_app", database=database),
            postgres_worker_url=database_url(database, "fourfold_worker"),
            password_memory_kib=CHEAP_KIB,
            mongo_url=documents_url(database),
            valkey_url=f"{os.environ[VALKEY].partition('?')[0]}?db={11 - number}",
        )
        client = httpx.Client(base_url=f"http://127.0.0.1:{settings.port}", timeout=LONGEST_START)
        deployment = Deployment(
            Running(str(client.base_url), database, settings, ShiftedClock(), client), Collector(), Path(folder)
        )
        try:
            deployment.collector.start()
            deployment.start("api", "serve")
            deployment.start("worker", "worker")
            until(lambda: is_ready(client))
            yield deployment
        finally:
            deployment.collector.answers.set()
            for name in list(deployment.children):
                deployment.end(name)
            deployment.collector.stop()
            client.close()


def is_ready(client: httpx.Client) -> bool:
    with suppress(httpx.TransportError):
        return client.get("/readyz").status_code == httpx.codes.OK
    return False


def until(check: Callable[[], Any], seconds: float = LONGEST_START) -> Any:
    """Asks until the answer is something: the others are processes, whom nobody's clock can hurry."""
    latest = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < latest, "did not come about in time"
        time.sleep(0.1)
    return found

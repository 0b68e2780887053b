"""A server of pages on this machine, on a port of its own: what others would serve, good and bad."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Served:
    """What is served under a path: in pieces, each after a pause of so many seconds."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "text/html; charset=utf-8"
    pieces: int = 1
    pause: float = 0.0


@dataclass(slots=True)
class Site:
    """The server: what it serves by paths, and what it was asked for."""

    port: int
    pages: dict[str, Served] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def at(self, path: str, host: str = "localhost") -> str:
        """The address of a page."""
        return f"http://{host}:{self.port}{path}"

    def serve(self, path: str, served: Served | bytes) -> str:
        """Serves something from now on; gives its address."""
        self.pages[path] = served if isinstance(served, Served) else Served(served)
        return self.at(path)

    def times(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(each == path for each, _ in self.asked)


def page(title: str = "News", more: str = "", description: str = "What is new") -> bytes:
    """A page with a head."""
    told = f'<meta property="og:description" content="{description}"><meta property="og:site_name" content="The site">'
    return f"<!doctype html><html><head><title>{title}</title>{told}{more}</head><body><p>…".encode()


@contextmanager
def site() -> Iterator[Site]:
    """A server that is there for as long as the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            ours.asked.append((self.path, dict(self.headers)))
            served = ours.pages.get(self.path, Served(status=404))
            self.send_response(served.status)
            told = {"Content-Type": served.kind, "Connection": "close", **served.headers}
            for name, value in told.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for _ in range(served.pieces):
                    time.sleep(served.pause)
                    self.wfile.write(served.body)
            except OSError:
                # Whoever asked has had enough.
                return

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    ours = Site(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield ours
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

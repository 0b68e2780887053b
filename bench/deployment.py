"""A deployment of its own for benchmarks and fault tests: `fourfold up` on a temporary data folder and a free port."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from fourfold.serve.supervisor.home import RunRecord, read_run

PASSWORD = "correct horse battery staple"
ROOT = Path(__file__).parents[1]
LONGEST_START = 60.0
LONGEST_STOP = 60.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Deployment:
    """Everything that `fourfold up` starts; used as a context it is stopped and removed at the end."""

    def __init__(self, *, workers: int = 1, demo: bool = False, **settings: str) -> None:
        """Nothing runs yet; `settings` are further environment variables."""
        self.home = Path(tempfile.mkdtemp(prefix="ff-"))
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("FOURFOLD_")},
            "FOURFOLD_HOME": str(self.home / "h"),
            "FOURFOLD_PORT": str(self.port),
            "FOURFOLD_DEMO": str(int(demo)),
            "FOURFOLD_WORKERS": str(workers),
            "FOURFOLD_LOG_LEVEL": "warning",
            "PYTHONPATH": str(ROOT),
            **settings,
        }
        self.client = httpx.Client(base_url=self.base, timeout=2)
        self.shops: list[Shop] = []
        self.supervisor: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Starts it, and gives the seconds until it was ready."""
        began = time.monotonic()
        with (self.home / "up.log").open("ab") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "fourfold.cli", "up"], env=self.env, cwd="/", stdout=log, stderr=log
            )
        self.until_ready()
        return time.monotonic() - began

    def until_ready(self, seconds: float = LONGEST_START) -> None:
        """Waits until it answers that it is ready."""
        deadline = time.monotonic() + seconds
        while not self.is_ready():
            if self.supervisor is not None and self.supervisor.poll() is not None:
                raise RuntimeError(f"it ended at its start: {self.log()}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"it is not ready: {self.log()}")
            time.sleep(0.02)

    def is_ready(self) -> bool:
        """Whether it says so."""
        try:
            return self.client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def open_shop(self, slug: str) -> "Shop":
        """A fresh tenant."""
        self.shops.append(Shop(self.base, slug))
        return self.shops[-1]

    def stop(self) -> None:
        """Stops it in good order."""
        if self.supervisor is not None and self.supervisor.poll() is None:
            self.supervisor.send_signal(signal.SIGTERM)
            try:
                self.supervisor.wait(LONGEST_STOP)
            except subprocess.TimeoutExpired:
                self.supervisor.kill()
                raise
        self.supervisor = None

    def log(self) -> str:
        """The end of what it said."""
        return (self.home / "up.log").read_text()[-2000:]

    def record(self) -> RunRecord:
        """What runs, as its supervisor has written it down."""
        record = read_run(Path(self.env["FOURFOLD_HOME"]))
        if record is None:
            raise RuntimeError("nothing runs")
        return record

    def pids(self) -> dict[str, int]:
        """The number of each process by its name: api-1, worker, postgres, valkey."""
        return {name: child.pid for name, child in self.record().children.items() if child.pid is not None}

    def admin_url(self) -> str:
        """The address of the database as superuser."""
        return self.record().urls["postgres"].replace("/postgres?", "/fourfold?", 1)

    def fourfold(self, *words: str) -> dict[str, Any]:
        """Runs a command with `--json`, and gives what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "fourfold.cli", *words, "--json"],
            env=self.env, cwd="/", capture_output=True, text=True, check=False,
        )  # fmt: skip
        if not done.stdout:
            raise RuntimeError(done.stderr[-2000:])
        return dict(json.loads(done.stdout))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            for client in (self.client, *(shop.client for shop in self.shops)):
                client.close()
            shutil.rmtree(self.home, ignore_errors=True)


class Shop:
    """A fresh tenant of a deployment, called as its owner, as a buyer or as a visitor."""

    def __init__(self, base: str, slug: str) -> None:
        """Opens the tenant."""
        self.slug = slug
        self.client = httpx.Client(base_url=base, timeout=60)
        owner = {"email": f"owner@{slug}.test", "password": PASSWORD, "name": "Owner"}
        self.tenant_id = str(self.call("POST", "/v1/core/tenants", {"name": slug, "slug": slug, "owner": owner})["id"])
        self.owner = self.token(owner["email"])

    def call(
        self, method: str, path: str, body: object = None, token: str | None = None, **headers: str
    ) -> dict[str, Any]:
        """One request and its JSON; raises `RuntimeError` for a refusal."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            names["Authorization"] = f"Bearer {token}"
        elif hasattr(self, "tenant_id"):
            names["X-Tenant"] = self.slug
        answer = self.client.request(method, path, json=body, headers=names)
        if answer.status_code >= 400:
            reason = f"{method} {path}: {answer.status_code} {answer.text[:500]}"
            raise RuntimeError(reason)
        return dict(answer.json())

    def token(self, email: str) -> str:
        """Signs in, and gives the access token."""
        signed_in = self.call("POST", "/v1/core/tokens", {"email": email, "password": PASSWORD}, X_Tenant=self.slug)
        return str(signed_in["access_token"])

    def buyer(self, number: int) -> str:
        """A new customer's access token."""
        email = f"buyer{number}@{self.slug}.test"
        self.call("POST", "/v1/core/accounts", {"email": email, "password": PASSWORD, "name": f"Buyer {number}"})
        return self.token(email)

    def product(self, title: str, stocks: list[int], price: int = 1999) -> list[str]:
        """A published product with one variant for each stock; gives the variants' ids."""
        variants = [
            {
                "sku": f"{title}-{number}",
                "options": {"Size": str(number)},
                "price": {"amount": price, "currency": "EUR"},
                "stock": stock,
            }
            for number, stock in enumerate(stocks)
        ]
        body = {"title": title, "description": f"{title}.", "status": "published", "variants": variants}
        made = self.call("POST", "/v1/commerce/products", body, self.owner)
        return [str(variant["id"]) for variant in made["variants"]]

    def books(self, grace_seconds: int = 0) -> list[dict[str, Any]]:
        """The checks that fail."""
        books = self.call("GET", f"/v1/commerce/books?grace_seconds={grace_seconds}", token=self.owner)
        return [check for check in books["checks"] if not check["ok"]]


@contextmanager
def deployed(**how: Any) -> Iterator[Deployment]:
    """A deployment for as long as the block runs."""
    with Deployment(**how) as deployment:
        yield deployment

"""Metrics while processes are killed: what was counted stays, and what the dead were like is told no more."""

import os
import signal
import threading
import time
from collections.abc import Callable

import httpx

from bench.deployment import Deployment
from tests.serve.scraped import Scraped, problems_of


class Readers:
    """Some who read all the time, and count the answers that they had."""

    def __init__(self, base: str, slug: str, people: int) -> None:
        """They do not read yet."""
        self.answers = [0] * people
        self.breaks = [0] * people
        self._stop = threading.Event()
        self._base, self._headers = base, {"X-Tenant": slug}
        self._threads = [threading.Thread(target=self._read, args=(number,)) for number in range(people)]

    def start(self) -> None:
        """All of them begin."""
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """All of them come to their ends."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _read(self, number: int) -> None:
        with httpx.Client(base_url=self._base, headers=self._headers, timeout=10) as client:
            while not self._stop.is_set():
                try:
                    answer = client.get("/v1/commerce/products")
                except httpx.TransportError:
                    self.breaks[number] += 1
                else:
                    assert answer.status_code == 200, answer.text
                    self.answers[number] += 1


def test_kills_do_not_turn_counters_back(deploy: Callable[..., Deployment]) -> None:
    """P-31: an API process and the worker are killed under load; no counter goes back, none counts anything twice."""
    deployment = deploy(workers=2)
    shop = deployment.open_shop("counted")
    readers = Readers(deployment.base, shop.slug, 4)
    before = _scraped(deployment)
    readers.start()
    last, steps = before, 0
    dead = [deployment.pids()[name] for name in ("api-1", "worker")]
    for moment in range(40):
        time.sleep(0.1)
        if moment in {10, 20}:
            os.kill(dead[moment // 10 - 1], signal.SIGKILL)
        now = _scraped(deployment)
        back = [key for key, value in last.counters().items() if now.counters().get(key, -1.0) < value]
        assert back == []
        last, steps = now, steps + 1
    readers.finish()
    assert steps == 40
    deployment.until_ready()
    told, read = _until_told(deployment), sum(readers.answers)
    route = {"route": "/v1/commerce/products", "status": "200"}
    counted = told.total("requests_total", **route) - before.total("requests_total", **route)
    # A request whose answer got lost with its process may have been counted.
    assert read <= counted <= read + sum(readers.breaks)
    pids = {dict(labels).get("pid") for _, labels in told.series} - {None}
    living = {str(pid) for name, pid in deployment.pids().items() if name.startswith(("api", "worker"))}
    assert pids <= living
    assert told.total("pool_max_connections", role="api") == 24
    assert problems_of(told) == []


def _scraped(deployment: Deployment) -> Scraped:
    while True:
        try:
            return Scraped.of(httpx.get(f"{deployment.base}/metrics", timeout=10).text)
        except httpx.TransportError:
            time.sleep(0.02)


def _until_told(deployment: Deployment) -> Scraped:
    """Once the processes that were started again have told of themselves."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        told = _scraped(deployment)
        if told.total("pool_max_connections") == 36 and told.total("sampled_timestamp_seconds"):
            break
        time.sleep(0.1)
    return told

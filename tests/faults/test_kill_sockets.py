"""Processes are killed while people listen: what each of them hears in the end is the log, whole and in order."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import WebSocketException

from bench.deployment import Deployment, Shop
from tests.builders.sockets import Socket, raw_socket

LONGEST_REST = 60.0
POSTS_HERE = "/v1/social/posts"
# Of a victim: the server of documents does not answer for so many seconds, and goes on.
STILL, STANDSTILL = "mongo stands still", 30.0


class Ear(threading.Thread):
    """Somebody who listens, goes away for a moment now and then, and comes back with what they got last."""

    def __init__(self, base: str, token: str, channel: str, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.base, self.token, self.channel, self.chance = base, token, channel, chance
        self.cursors = {channel: 0}
        self.heard: list[str] = []
        self.problems: list[Any] = []
        self.visits = 0
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.is_set():
            with (
                suppress(OSError, WebSocketException),
                raw_socket(self.base, {"token": self.token, "cursors": self.cursors}) as socket,
            ):
                self.visits += 1
                self.listen(socket, time.monotonic() + self.chance.uniform(0.2, 2.0))
            time.sleep(0.1)

    def listen(self, socket: Socket, until: float) -> None:
        """Takes what comes for a while, and then simply goes."""
        taken = 0
        while time.monotonic() < until and not socket.is_over and not self.stop.is_set():
            socket.read(0.1)
            for name, data in socket.heard[taken:]:
                self.take(name, data)
            taken = len(socket.heard)

    def take(self, name: str, data: dict[str, Any]) -> None:
        """An event is taken once, behind the one before it."""
        if name in {"resync_required", "refused"}:
            self.problems.append((name, data))
        elif name == "event" and data["channel"] == self.channel and data["seq"] is not None:
            if data["prev"] != self.cursors[self.channel]:
                self.problems.append(("gap", data))
            self.cursors[self.channel] = data["seq"]
            self.heard.append(data["data"]["comment_id"])


def say(shop: Shop, post_id: str) -> str:
    """A comment, once, whatever is killed meanwhile."""
    key = uuid4().hex
    deadline = time.monotonic() + LONGEST_REST
    while True:
        with suppress(httpx.TransportError):
            headers = {"Authorization": f"Bearer {shop.owner}", "Idempotency-Key": key}
            answer = shop.client.post(f"{POSTS_HERE}/{post_id}/comments", json={"text": "Hello"}, headers=headers)
            if answer.status_code == 201:
                return str(answer.json()["id"])
        assert time.monotonic() < deadline, "nobody answers any more"
        time.sleep(0.1)


def listen_through(deployment: Deployment, victims: Sequence[str], people: int, between: int) -> None:
    """Has people listen while one process after the other is killed, and looks at what they have heard."""
    shop = deployment.open_shop("listeners")
    post = shop.call("POST", POSTS_HERE, {"text": "Hello", "audience": "public"}, shop.owner)["id"]
    seed = random.randrange(1 << 30)
    ears = [
        Ear(deployment.base, shop.buyer(each), f"post:{post}", random.Random(seed + each)) for each in range(people)
    ]
    for ear in ears:
        ear.start()
    said = []
    for name in (*victims, None):
        said += [say(shop, post) for _ in range(between)]
        if name == STILL:
            stand_still(deployment.pids()["mongo"])
            continue
        with suppress(ProcessLookupError, KeyError):
            os.kill(deployment.pids()[name or ""], signal.SIGKILL)
    deadline = time.monotonic() + LONGEST_REST
    while any(len(ear.heard) < len(said) for ear in ears) and time.monotonic() < deadline:
        time.sleep(0.2)
    for ear in ears:
        ear.stop.set()
        ear.join(LONGEST_REST)
    assert [ear.problems for ear in ears] == [[] for _ in ears], f"seed {seed}"
    assert [ear.heard for ear in ears] == [said for _ in ears], f"seed {seed}"
    assert min(ear.visits for ear in ears) > 1


def stand_still(pid: int) -> None:
    """Stops a process, and lets it go on later."""
    os.kill(pid, signal.SIGSTOP)

    def go_on() -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    threading.Timer(STANDSTILL, go_on).start()


def test_whoever_listens_misses_nothing(deploy: Callable[..., Deployment]) -> None:
    """S-41, I11: API processes and Valkey are killed, and clients come and go: no loss, nothing twice, in order."""
    listen_through(deploy(workers=2), ["api-1", "valkey", "api-2"], 4, 8)


@pytest.mark.faults
def test_whoever_listens_for_long_misses_nothing(deploy: Callable[..., Deployment]) -> None:
    """S-41, I11: the same for long, and with the server of documents as well."""
    listen_through(deploy(workers=2), ["api-1", "mongo", "valkey", "api-2", "worker"] * 4, 8, 15)


@pytest.mark.faults
def test_whoever_listens_misses_nothing_while_documents_are_away(deploy: Callable[..., Deployment]) -> None:
    """S-41, I11: half a minute without the server of documents, twice, and API processes and Valkey killed besides."""
    listen_through(deploy(workers=2), ["api-1", STILL, "valkey", STILL, "api-2"], 6, 10)

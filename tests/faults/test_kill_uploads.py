"""API and worker are killed in the middle of uploads: not a byte that was told as come is lost; memory stays flat."""

import hashlib
import os
import random
import signal
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.deployment import Deployment, Shop

pytestmark = pytest.mark.faults

UPLOADS = "/v1/core/uploads"
MIB = 1024 * 1024
LONGEST = 120.0


class Sender:
    """Sends one file by tus, and asks where to go on whenever something breaks."""

    def __init__(self, shop: Shop, content: bytes) -> None:
        """Begins the upload."""
        self.client, self.content, self.told = shop.client, content, 0
        self.headers = {"Authorization": f"Bearer {shop.owner}", "Tus-Resumable": "1.0.0"}
        more = {"Upload-Length": str(len(content)), "Upload-Metadata": f"filename {b64encode(b'a.bin').decode()}"}
        self.path = self.until(lambda: self.client.post(UPLOADS, headers={**self.headers, **more})).headers["location"]

    def until(self, ask: Callable[[], httpx.Response]) -> httpx.Response:
        """The answer, once there is one."""
        deadline = time.monotonic() + LONGEST
        while True:
            with suppress(httpx.TransportError):
                answer = ask()
                if answer.status_code < 500:
                    return answer
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def offset(self) -> int:
        """How far it has come; never less than was told before."""
        answer = self.until(lambda: self.client.head(self.path, headers=self.headers))
        assert answer.status_code == 200
        at = int(answer.headers["upload-offset"])
        assert at >= self.told, "what was told is lost"
        self.told = at
        return at

    def send(self, size: int) -> None:
        """Sends so many bytes from where it has come to."""
        at = self.offset()
        more = {"Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
        with suppress(httpx.TransportError):
            answer = self.client.patch(
                self.path, content=self.content[at : at + size], headers={**self.headers, **more}
            )
            if answer.status_code == 204:
                self.told = int(answer.headers["upload-offset"])
            # 409 comes when the request before, whose answer was lost, is still at work.
            assert answer.status_code in {204, 409} or answer.status_code >= 500, answer.text

    def file(self) -> dict[str, Any]:
        """The file, once it is put together."""
        deadline = time.monotonic() + LONGEST
        path = self.path.replace("/uploads/", "/files/")
        while True:
            found: dict[str, Any] = self.until(lambda: self.client.get(path, headers=self.headers)).json()
            if found.get("status") == "ready":
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.1)


def killed(deployment: Deployment, name: str) -> None:
    """Kills a process the hard way, unless it is dead already."""
    with suppress(ProcessLookupError, KeyError):
        os.kill(deployment.pids()[name], signal.SIGKILL)


def test_nothing_told_is_lost(deploy: Callable[..., Deployment]) -> None:
    """P-28: through kills of each API process and of the worker a file of 60 MB arrives to the byte."""
    deployment = deploy(workers=2)
    content, chance = os.urandom(60 * MIB + 3), random.Random(7)
    sender, kills = Sender(deployment.open_shop("kills"), content), 0
    while sender.offset() < len(content):
        if kills < 8:
            kills += 1
            name = ("api-1", "api-2", "worker")[kills % 3]
            timer = _later(chance.random() * 0.15, deployment, name)
            sender.send(20 * MIB)
            timer.join()
        else:
            sender.send(20 * MIB)
    for _ in range(3):
        killed(deployment, "worker")
        time.sleep(0.3)
    found = sender.file()
    assert (found["size"], found["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    url = f"{sender.path.replace('/uploads/', '/files/')}/content"
    whole = sender.until(lambda: sender.client.get(url, headers=sender.headers))
    assert hashlib.sha256(whole.content).hexdigest() == found["sha256"]


def _later(seconds: float, deployment: Deployment, name: str) -> threading.Timer:
    timer = threading.Timer(seconds, killed, (deployment, name))
    timer.start()
    return timer


def resident(pid: int) -> int:
    """Most memory that a process ever held, in bytes."""
    told = Path(f"/proc/{pid}/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) * 1024


def test_memory_stays_flat(deploy: Callable[..., Deployment], tmp_path: Path) -> None:
    """P-28, T42: 100 MB in a form, by tus and back again cost neither API nor worker more than some parts of them."""
    deployment = deploy()
    shop = deployment.open_shop("flat")
    headers = {"Authorization": f"Bearer {shop.owner}"}
    # The first shows what the processes load for such work at all.
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(os.urandom(10 * MIB))
    large.write_bytes(os.urandom(100 * MIB))
    for file in (small, large):
        before = {name: resident(deployment.pids()[name]) for name in ("api-1", "worker")}
        with file.open("rb") as content:
            stored = shop.client.post("/v1/core/files", files={"file": ("a.bin", content)}, headers=headers).json()
        sender = Sender(shop, file.read_bytes())
        sender.send(100 * MIB)
        assert sender.file()["sha256"] == stored["sha256"]
        with shop.client.stream("GET", stored["url"], headers=headers) as answer:
            digest = hashlib.sha256()
            for chunk in answer.iter_bytes():
                digest.update(chunk)
        assert digest.hexdigest() == stored["sha256"]
        grown = {name: resident(deployment.pids()[name]) - size for name, size in before.items()}
    assert max(grown.values()) < 48 * MIB, grown

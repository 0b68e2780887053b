"""The official clients of Socket.IO: in JavaScript, run by node, and in Python, by long polling."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import socketio  # type: ignore[import-untyped]  # the library has no types

from tests.builders.community import comment, joined, write
from tests.builders.sockets import PATIENCE, token_of
from tests.conftest import Caller, Tenant

Eventually = Callable[..., Any]
CLIENT = Path(__file__).parent / "client"
NODE = shutil.which("node")


class Script:
    """A program of node's that says on each line what it hears."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.heard: list[tuple[str, Any]] = []

    def do(self, act: str) -> None:
        """Has it do something."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{act}\n")
        self.process.stdin.flush()

    def until(self, name: str) -> Any:
        """What it says next under that name."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said, told = json.loads(line)
            self.heard.append((said, told))
            if said == name:
                return told
        pytest.fail(f"it did not say {name}: {self.heard}")


@contextmanager
def script(caller: Caller, channel: str, transport: str, token: str | None = None) -> Iterator[Script]:
    """The official JavaScript client, connected for a caller."""
    if NODE is None:
        pytest.skip("the official JavaScript client is tested where there is node")
    if not (CLIENT / "node_modules").exists():
        pytest.skip("`python requirements/sync.py node` installs the official JavaScript client")
    url = str(caller.base.base_url).rstrip("/")
    command = [NODE, str(CLIENT / "listen.js"), url, token or token_of(caller), channel, transport]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Script(process)
        finally:
            process.kill()


@pytest.mark.parametrize("transport", ["websocket", "polling", "both"])
def test_the_javascript_client_hears_and_resumes(tenant: Tenant, eventually: Eventually, transport: str) -> None:
    """S-41, I11: it listens, loses its connection, comes back by itself, and has missed nothing."""
    author, reader = joined(tenant, 2)
    post = write(author)
    with script(reader, f"post:{post['id']}", transport) as client:
        client.until("ready")
        client.do("subscribe")
        assert client.until("subscribed")["ok"] is True
        said = [comment(author, post)["id"]]
        assert client.until("event")["data"]["comment_id"] == said[0]
        client.do("drop")
        client.until("disconnect")
        said += [comment(author, post)["id"] for _ in range(3)]
        client.until("ready")
        said.append(comment(author, post)["id"])
        events = [told["data"]["comment_id"] for name, told in client.heard if name == "event"]
        while len(events) < len(said):
            events.append(client.until("event")["data"]["comment_id"])
        assert events == said
        assert "gap" not in {name for name, _ in client.heard}
        if transport == "both":

            def way() -> Any:
                client.do("transport")
                return client.until("transport")

            # It has begun by polling once more, and goes over to the websocket meanwhile.
            eventually(lambda: way() == "websocket")
        client.do("end")


def test_the_javascript_client_is_refused(tenant: Tenant) -> None:
    """S-41, I15: without a valid token it hears the problem."""
    with script(tenant.owner, "post:5", "websocket", token="nonsense") as client:
        assert client.until("connect_error")["status"] == 401


def test_the_python_client_hears(tenant: Tenant, eventually: Eventually) -> None:
    """S-41: the official Python client, by long polling."""
    author, reader = joined(tenant, 2)
    post = write(author)
    heard: list[dict[str, Any]] = []
    # Its own patience would be a second for the greeting, and five for a request.
    client = socketio.Client(reconnection=False, request_timeout=PATIENCE)
    client.on("event", heard.append)
    auth = {"token": token_of(reader)}
    client.connect(str(reader.base.base_url), auth=auth, transports=["polling"], wait_timeout=PATIENCE)
    try:
        answer = client.call("subscribe", {"channel": f"post:{post['id']}"}, timeout=PATIENCE)
        assert answer["ok"] is True
        said = comment(author, post)
        eventually(lambda: [each["data"]["comment_id"] for each in heard] == [said["id"]])
    finally:
        client.disconnect()

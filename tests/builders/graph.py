"""Questions to the graph, over HTTP and over websockets."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.conftest import Caller, Running

GRAPHQL = "/v1/social/graphql"
PROTOCOL = Subprotocol("graphql-transport-ws")
PATIENCE = 60.0


def asked(caller: Caller, document: str, **variables: Any) -> httpx.Response:
    """The answer to a document with variables."""
    return caller.post(GRAPHQL, json={"query": document, "variables": variables})


def answer_to(caller: Caller, document: str, **variables: Any) -> dict[str, Any]:
    """The data of an answer in which nothing was refused."""
    answer = asked(caller, document, **variables)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert "errors" not in told, answer.text
    return dict(told["data"])


def refusal_of(caller: Caller, document: str, **variables: Any) -> tuple[int, str]:
    """The status and the code of the one thing that was refused."""
    answer = asked(caller, document, **variables)
    assert answer.status_code == 200, answer.text
    [error] = answer.json()["errors"]
    assert error["message"] == error["extensions"]["detail"]
    assert error["extensions"]["request_id"] == answer.headers["x-request-id"]
    return error["extensions"]["status"], error["extensions"]["code"]


@dataclass
class Talk:
    """A websocket on which the protocol is spoken."""

    socket: ClientConnection
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def say(self, **said: Any) -> None:
        """One message."""
        self.socket.send(json.dumps(said))

    def hear(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next message."""
        return dict(json.loads(self.socket.recv(timeout=seconds)))

    def begin(self, document: str, **variables: Any) -> str:
        """Begins an operation, and says its id."""
        name = str(next(self.numbers))
        self.say(type="subscribe", id=name, payload={"query": document, "variables": variables})
        return name

    def event(self, name: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next event of a subscription of one field."""
        heard = self.hear(seconds)
        assert (heard["type"], heard["id"]) == ("next", name), heard
        [event] = heard["payload"]["data"].values()
        return dict(event)


@contextmanager
def talking(running: Running, token: str | None, headers: dict[str, str] | None = None) -> Iterator[Talk]:
    """A websocket with the greeting already sent."""
    url = f"ws{running.url.removeprefix('http').rstrip('/')}{GRAPHQL}"
    given: dict[str, Any] = {"subprotocols": [PROTOCOL], "additional_headers": headers, "open_timeout": PATIENCE}
    with connect(url, compression=None, **given) as socket:
        talk = Talk(socket)
        talk.say(type="connection_init", payload={} if token is None else {"token": token})
        yield talk


def token_of(caller: Caller) -> str:
    """The caller's access token."""
    return caller.headers["Authorization"].removeprefix("Bearer ")

"""The graph as the official JavaScript client of its protocol sees it."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest

from tests.builders.community import comment, joined, write
from tests.builders.graph import GRAPHQL, PATIENCE, token_of
from tests.conftest import Tenant

CLIENT = Path(__file__).resolve().parents[1] / "sockets" / "client"
NODE = shutil.which("node")
EVENTS = "subscription ($id: UUID!) { postEvents(id: $id) { type prev seq data } }"

pytestmark = pytest.mark.skipif(
    NODE is None or not (CLIENT / "node_modules" / "graphql-ws").is_dir(),
    reason="there is no node here, or the client is not installed",
)


@contextmanager
def started(
    tenant: Tenant, token: str, document: str, variables: dict[str, Any], count: int
) -> Iterator[tuple["subprocess.Popen[str]", "Queue[dict[str, Any]]"]]:
    """The client, listening, and what it prints, as it comes."""
    url = f"ws{tenant.running.url.removeprefix('http').rstrip('/')}{GRAPHQL}"
    asked = [str(NODE), "graphql.js", url, token, document, json.dumps(variables), str(count)]
    heard: Queue[dict[str, Any]] = Queue()
    with subprocess.Popen(asked, cwd=CLIENT, stdout=subprocess.PIPE, text=True) as client:

        def read() -> None:
            for line in client.stdout or ():
                heard.put(json.loads(line))

        reading = Thread(target=read, daemon=True)
        reading.start()
        try:
            yield client, heard
        finally:
            client.kill()
            reading.join()


def test_it_hears_what_happens(tenant: Tenant) -> None:
    """S-82: it greets with the token, hears the comments on a post in their order, and leaves."""
    author, reader = joined(tenant, 2)
    post = write(author)
    with started(tenant, token_of(reader), EVENTS, {"id": post["id"]}, 3) as (client, heard):
        ready = heard.get(timeout=PATIENCE)["data"]["postEvents"]
        assert ready["type"] == "ready"
        said = [comment(author, post, text)["id"] for text in ("One", "Two")]
        events = [heard.get(timeout=PATIENCE)["data"]["postEvents"] for _ in said]
        assert [each["data"]["comment_id"] for each in events] == said
        assert [each["prev"] for each in events] == [ready["seq"], events[0]["seq"]]
        assert client.wait(timeout=PATIENCE) == 0


def test_it_is_told_that_it_may_not(tenant: Tenant) -> None:
    """S-82, I15: a token that is not good closes its connection, and what is not for it is refused."""
    [reader] = joined(tenant, 1)
    with started(tenant, "nonsense", EVENTS, {"id": tenant.id}, 1) as (client, heard):
        assert heard.get(timeout=PATIENCE) == {"refused": 4403}
        assert client.wait(timeout=PATIENCE) == 1
    with started(tenant, token_of(reader), EVENTS, {"id": tenant.id}, 1) as (client, heard):
        [error] = heard.get(timeout=PATIENCE)["refused"]
        assert error["extensions"]["code"] == "social.no_such_channel"
        assert client.wait(timeout=PATIENCE) == 1

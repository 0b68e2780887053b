"""Log lines: JSON, one object a line, telling what each request and job came to, and no secrets."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.builders.people import mail_to
from tests.conftest import PASSWORD, Running, Tenant, _free_port
from tests.serve.workshop import Line, add, noted, open_workshop

REQUIRED = {"timestamp", "level", "event"}


@contextmanager
def logging_process(running: Running, file: Path, *words: str, **settings: str) -> Iterator[dict[str, str]]:
    """A process of its own on the same servers that writes its log into a file; gives its environment."""
    shared = running.settings
    given = {
        "home": str(shared.home), "port": str(_free_port()), "secret": shared.secret.get_secret_value(),
        "postgres_url": str(shared.postgres_url), "postgres_worker_url": str(shared.postgres_worker_url),
        "valkey_url": str(shared.valkey_url), "mongo_url": str(shared.mongo_url), "log_level": "debug",
        "log_requests": "all", **settings,
    }  # fmt: skip
    env = {**os.environ, **{f"FOURFOLD_{name.upper()}": value for name, value in given.items()}}
    with file.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "fourfold.cli", *words], env=env, stdout=out, stderr=out)
    try:
        yield given
    finally:
        process.terminate()
        process.wait(60)


def lines_of(file: Path) -> list[dict[str, Any]]:
    """Every line of a log; each must be one JSON object. The last one counts once it is written to its end."""
    lines = [json.loads(line) for line in file.read_text().rpartition("\n")[0].splitlines()]
    assert [line for line in lines if not set(line) >= REQUIRED] == []
    return lines


@pytest.fixture
def api_log(running: Running, tenant: Tenant, tmp_path: Path, eventually: Any) -> Iterator[tuple[httpx.Client, Path]]:
    """A client of an API process that logs all requests, and where it does."""
    file = tmp_path / "api.log"
    with logging_process(running, file, "serve") as given:
        client = httpx.Client(
            base_url=f"http://127.0.0.1:{given['port']}", headers={"X-Tenant": tenant.slug}, timeout=60
        )
        eventually(lambda: _is_alive(client), 180)
        yield client, file
        client.close()


def _is_alive(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def test_each_request_is_a_line(api_log: tuple[httpx.Client, Path], tenant: Tenant, eventually: Any) -> None:
    """P-31: what was asked by which route, how it ended and how long it took, under the id that the caller has."""
    client, file = api_log
    began = time.monotonic()
    answer = client.get("/v1/commerce/products/none", headers={"X-Request-ID": "askedbytest"})
    took = time.monotonic() - began
    assert answer.headers["x-request-id"] == "askedbytest"

    def told() -> list[dict[str, Any]]:
        return [line for line in lines_of(file) if line.get("request_id") == "askedbytest"]

    (line,) = eventually(told)
    assert (line["event"], line["level"], line["method"], line["status"]) == ("request", "info", "GET", 404)
    assert line["route"] == "/v1/commerce/products/{product_id}"
    assert 0 < line["seconds"] <= took


def test_no_secret_is_in_the_log(
    api_log: tuple[httpx.Client, Path], running: Running, tenant: Tenant, eventually: Any
) -> None:
    """P-31: passwords, tokens, keys, codes of mails and addresses of people are in no line, at the most talkative."""
    client, file = api_log
    address = f"reader@{tenant.slug}.test"
    body = {"email": address, "password": PASSWORD, "name": "Reader Byron"}
    assert client.post("/v1/core/accounts", json=body).status_code == 201
    assert client.post("/v1/core/tokens", json={**body, "password": "quite another one"}).status_code in {401, 422}
    tokens = client.post("/v1/core/tokens", json={"email": address, "password": PASSWORD}).json()
    mine = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert client.get("/v1/core/me", headers=mine).status_code == 200
    assert client.get(f"/v1/core/me?access_token={tokens['access_token']}").status_code in {400, 401}
    assert client.post("/v1/core/tokens/refresh", json={"refresh_token": tokens["refresh_token"]}).status_code == 200
    broken, kind = b'{"password": "' + PASSWORD.encode(), {"Content-Type": "application/json"}
    assert client.post("/v1/core/tokens", content=broken, headers=kind).status_code == 400
    mail = mail_to(tenant, address)
    # The last line may be written after its answer.
    eventually(lambda: len([line for line in lines_of(file) if line["event"] == "request"]) > 6)
    text = file.read_text()
    secrets = [PASSWORD, "quite another one", tokens["access_token"], tokens["refresh_token"], address, "Reader Byron"]
    secrets += [running.settings.secret.get_secret_value(), mail["text"][-60:].strip()]
    assert [secret for secret in secrets if secret in text] == []


async def test_jobs_and_reactions_are_told(home: Path) -> None:
    """P-31: a worker logs each job with its attempt and how long it took, and at debug each reaction."""
    async with open_workshop(home) as workshop:
        with capture_logs() as told:
            await workshop.enqueue(add, Line(value=1))
            await workshop.tell(noted(1))
            async with workshop.worker():
                await workshop.lines("second", 1)
                await workshop.lines("add", 1)
    done = [line for line in told if line["event"] == "a job is done" and line["name"] == add.name]
    made = [line for line in told if line["event"] == "a reaction was made"]
    assert [(line["attempt"], line["log_level"], line["seconds"] > 0) for line in done] == [(1, "info", True)]
    assert {(line["reaction"], line["attempt"], line["outcome"], line["log_level"]) for line in made} >= {
        ("shop.notes.first", 1, "done", "debug")
    }

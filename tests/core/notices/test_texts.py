"""Text messages reach a provider over HTTP, once each."""

import json
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from fourfold.core.notices.texts import DeliverText, TextMessage, deliver_text, send_text
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.who import Who
from fourfold.ground.work import begin
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.conftest import Tenant


@dataclass
class Provider:
    """What the provider has been sent: headers and body; it answers with `answers`, then with 202."""

    answers: list[int] = field(default_factory=list)
    taken: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An HTTP server on loopback that takes messages."""
    box = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            box.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(box.answers.pop(0) if box.answers else 202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    box.url = f"http://127.0.0.1:{server.server_port}/messages"
    yield box
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
async def house(tenant: Tenant, provider: Provider) -> AsyncIterator[House]:
    """A house whose settings name the provider."""
    opened = await open_house(tenant.running.settings, ALL, clock=tenant.running.clock)
    chosen = {"sms_url": provider.url, "sms_token": SecretStr("let-me-in")}
    yield replace(opened, settings=opened.settings.model_copy(update=chosen))
    await opened.close()


async def deliver(house: House, tenant: Tenant, times: int = 1, account: str | None = None) -> dict[str, Any]:
    """Sends a code so many times, and what is kept of it; `waiting` counts the attempts still to come."""
    who = replace(Who.system(UUID(tenant.id)), account_id=UUID(account) if account else None)
    message = TextMessage(
        f"test:{new_id()}", "+4915123456789", "core/recovery/verify_phone", {"code": "012345", "tenant": "Shop"}
    )
    async with begin(house, who) as work:
        await send_text(work, message)
        text_id = await work.db.fetchval("SELECT id FROM core.text_message WHERE once = $1", message.once)
        work.jobs.clear()
        for _ in range(times):
            await deliver_text.act(work, DeliverText(text_id=text_id))
        waiting = len(work.jobs)
        work.jobs.clear()
        row = await work.db.fetchrow(
            "SELECT id, status, attempts, error, language FROM core.text_message WHERE id = $1", text_id
        )
        assert row is not None
        return {**dict(row), "waiting": waiting}


async def test_a_message_reaches_the_provider_once(house: House, tenant: Tenant, provider: Provider) -> None:
    """P-29: the provider gets number, text, the token, and the id as idempotency key, and nothing twice."""
    kept = await deliver(house, tenant, times=2)
    ((headers, body),) = provider.taken
    text = "012345 is your code for Shop. It is good for ten minutes. Never tell it to anybody."
    assert body == {"id": str(kept["id"]), "to": "+4915123456789", "text": text}
    assert (headers["idempotency-key"], headers["authorization"]) == (str(kept["id"]), "Bearer let-me-in")
    assert (kept["status"], kept["attempts"]) == ("sent", 1)


async def test_a_busy_provider_is_asked_again_with_the_same_key(
    house: House, tenant: Tenant, provider: Provider
) -> None:
    """P-29: 429 and 5xx are tried again later, under the same key."""
    provider.answers = [429, 503]
    kept = await deliver(house, tenant, times=3)
    assert (kept["status"], kept["attempts"], kept["waiting"]) == ("sent", 3, 2)
    assert {headers["idempotency-key"] for headers, _ in provider.taken} == {str(kept["id"])}


async def test_a_message_that_is_refused_is_given_up(house: House, tenant: Tenant, provider: Provider) -> None:
    """P-29: what the provider cannot send at all is not sent again."""
    provider.answers = [422]
    kept = await deliver(house, tenant, times=2)
    assert (kept["status"], kept["attempts"], kept["waiting"]) == ("failed", 1, 0)
    assert kept["error"] == "the provider answered 422"


async def test_a_message_is_in_the_language_of_who_asks(house: House, tenant: Tenant, provider: Provider) -> None:
    """P-29: the account's language comes before the tenant's."""
    person = tenant.sign_up()
    assert person.patch("/v1/core/me", json={"language": "fr"}).status_code == 200
    kept = await deliver(house, tenant, account=person.account_id)
    assert kept["language"] == "fr"
    assert provider.taken[0][1]["text"].startswith("012345 est votre code pour Shop.")

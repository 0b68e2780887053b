"""Connecting by Socket.IO: who is let in, for how long, and what they may listen to."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.builders.community import comment, joined, write
from tests.builders.sockets import PATIENCE, listening, own_channel, quickest, raw_socket, token_of
from tests.conftest import Running, Tenant

Eventually = Callable[..., Any]


@pytest.mark.parametrize("auth", [None, {}, {"token": ""}, {"token": "nonsense"}, {"token": 5}, {"cursors": {}}])
def test_nobody_listens_without_a_token(running: Running, auth: dict[str, Any] | None) -> None:
    """S-41, I15: no event before somebody has said who they are; the refusal is a problem like any other."""
    with raw_socket(running.url, auth) as socket:
        socket.until(lambda: socket.refusal)
        assert socket.refusal is not None
        assert (socket.refusal["data"]["status"], socket.heard) == (401, [])
        assert not socket.is_connected


def test_cursors_are_numbers_of_channels(tenant: Tenant) -> None:
    """S-41: what is not a channel, or not a number, is refused and not guessed at."""
    for cursors in ({"post": 1}, {own_channel(tenant.owner): "1"}, {own_channel(tenant.owner): -1}, [1]):
        with raw_socket(tenant.running.url, {"token": token_of(tenant.owner), "cursors": cursors}) as socket:
            socket.until(lambda: socket.refusal)
            assert socket.refusal is not None
            assert socket.refusal["data"]["code"] == "social.bad_message"


def test_whoever_connects_is_told_where_they_are(tenant: Tenant) -> None:
    """S-41: the own channel needs no subscription."""
    with listening(tenant.owner) as socket:
        assert list(socket.told("ready")[0]["cursors"]) == [own_channel(tenant.owner)]


def test_an_api_key_listens_as_far_as_it_goes(tenant: Tenant) -> None:
    """S-41: the same credentials as with requests; a key without the scope stays outside."""
    bodies = [{"name": "ears", "scopes": ["social:live:read"]}, {"name": "none", "scopes": ["social:posts:read"]}]
    secrets = [tenant.owner.post("/v1/core/api-keys", json=body).json()["key"] for body in bodies]
    post = write(tenant.owner)
    with raw_socket(tenant.running.url, {"token": secrets[0]}) as socket:
        socket.until(lambda: socket.told("ready"))
        # It may not read posts, and so listens to none.
        answer = socket.ask("subscribe", {"channel": f"post:{post['id']}"})
        assert answer["error"]["code"] == "social.no_such_channel"
    with raw_socket(tenant.running.url, {"token": secrets[1]}) as socket:
        socket.until(lambda: socket.refusal)
        assert socket.refusal is not None
        assert socket.refusal["data"]["code"] == "core.key_out_of_scope"


def test_a_revoked_session_hears_nothing_more(tenant: Tenant) -> None:
    """S-41, I15: within five seconds of signing out a connection is told nothing more, and ends."""
    author, reader = joined(tenant, 2)
    post = write(author)

    def ending() -> float:
        reader.headers = tenant.sign_in(reader.email).headers
        with listening(reader) as socket:
            socket.subscribe(f"post:{post['id']}")
            assert reader.post("/v1/core/sign-out").status_code == 204
            began = time.monotonic()
            socket.until(lambda: socket.told("refused"))
            seconds = time.monotonic() - began
            before = len(socket.events)
            comment(author, post)
            socket.quiet(2)
            socket.until(lambda: socket.is_over)
            assert len(socket.events) == before
            return seconds

    assert quickest(ending, 5) < 5


def test_what_is_not_for_somebody_is_not_there(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-41, I3, I4, I8: another tenant's post, a private one, others' channels and nothing are one and the same."""
    author, reader = joined(tenant, 2)
    foreign, private = write(other_tenant.owner), write(author, audience="me")
    with listening(reader) as socket:
        answers = [
            socket.ask("subscribe", {"channel": channel})
            for channel in (
                f"post:{foreign['id']}", f"post:{private['id']}", f"post:{uuid4()}", own_channel(author),
                f"nothing:{uuid4()}", "post:5", "",
            )
        ]  # fmt: skip
    told = [{**answer["error"], "request_id": ""} for answer in answers]
    assert told == [told[0]] * len(told)
    assert (told[0]["status"], told[0]["code"]) == (404, "social.no_such_channel")


@pytest.mark.parametrize("given", [None, 5, "post", [], {}, {"channel": 5}, {"channel": None}])
def test_what_is_not_understood_is_answered(tenant: Tenant, given: object) -> None:
    """S-41: every event has its answer, also those that make no sense."""
    with listening(tenant.owner) as socket:
        assert socket.ask("subscribe", given)["error"]["status"] in {400, 422}
        assert socket.ask("subscribe")["error"]["code"] == "social.bad_message"
        assert socket.ask("subscribe", {"channel": own_channel(tenant.owner), "cursor": -1})["error"]["status"] == 422
        assert socket.ask("presence", {"state": "gone"})["error"]["status"] == 422
        assert socket.ask("unsubscribe", {"channel": own_channel(tenant.owner)})["ok"] is True


def test_nobody_opens_too_much(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """S-41, I16: what one connection may hold is bounded."""
    posts = [write(tenant.owner) for _ in range(3)]
    monkeypatch.setattr("fourfold.social.sockets.hub.MOST_CHANNELS", 3)
    with listening(tenant.owner) as socket:
        for post in posts[:2]:
            socket.subscribe(f"post:{post['id']}")
        answer = socket.ask("subscribe", {"channel": f"post:{posts[2]['id']}"})
        assert answer["error"]["code"] == "social.too_many_channels"
        # Again is not one more, and room can be made.
        socket.subscribe(f"post:{posts[0]['id']}")
        assert socket.ask("unsubscribe", {"channel": f"post:{posts[0]['id']}"})["ok"] is True
        socket.subscribe(f"post:{posts[2]['id']}")


def test_pages_of_others_do_not_connect(tenant: Tenant) -> None:
    """P-12: a browser is let in from the pages that the tenant lists, as with every other request."""
    with pytest.raises(Exception, match=r"403|1008"), raw_socket(tenant.running.url, None, "https://elsewhere.test"):
        pass


def test_other_versions_of_the_protocol_are_refused(running: Running) -> None:
    """S-41: only what the official clients speak today."""
    for query in ("EIO=3&transport=polling", "EIO=4&transport=flashsocket", "EIO=4&transport=polling&sid=nothing"):
        assert httpx.get(f"{running.url}/socket.io/?{query}", timeout=PATIENCE).status_code == 400

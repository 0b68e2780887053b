"""Hosts of tenants' own: they lead nowhere until the DNS proves whose they are."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import dns.message
import dns.rrset
import pytest

from fourfold.ground.ids import new_id
from tests.conftest import PASSWORD, Running, Tenant

DOMAINS = "/v1/core/domains"


class Names(threading.Thread):
    """A name server on this machine that answers TXT questions from `records`."""

    def __init__(self) -> None:
        super().__init__(name="names", daemon=True)
        self.records: dict[str, str] = {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))

    def run(self) -> None:
        while True:
            try:
                asked, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            question = dns.message.from_wire(asked)
            answer = dns.message.make_response(question)
            name = question.question[0].name
            text = self.records.get(name.to_text(omit_final_dot=True))
            if text is not None:
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", f'"{text}"'))
            self.socket.sendto(answer.to_wire(), sender)


@pytest.fixture
def names(running: Running) -> Iterator[Names]:
    """The name server that the application asks."""
    server = Names()
    server.start()
    running.settings.dns_server = f"127.0.0.1:{server.socket.getsockname()[1]}"
    yield server
    running.settings.dns_server = None
    server.socket.close()


def named(tenant: Tenant, host: str) -> dict[str, Any]:
    """A host that was named."""
    answer = tenant.owner.post(DOMAINS, json={"host": host})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_proven_host_leads_to_its_tenant(
    tenant: Tenant, other_tenant: Tenant, names: Names, eventually: Callable[..., Any]
) -> None:
    """P-11: visitors of the host are the tenant's, tokens of others are refused there, and it can be let go."""
    host = f"shop-{new_id().hex[-8:]}.example.com"
    domain = named(tenant, host.upper())
    assert (domain["host"], domain["verified_at"]) == (host, None)
    assert named(tenant, host) == domain
    client, at_host = tenant.running.client, {"Host": f"{host}:443"}
    sign_in = {"email": tenant.owner.email, "password": PASSWORD}
    assert client.post("/v1/core/tokens", json=sign_in, headers=at_host).json()["code"] == "tenant_required"
    path = f"{DOMAINS}/{domain['id']}"
    unproven = tenant.owner.post(f"{path}/verify")
    assert (unproven.status_code, unproven.json()["code"]) == (409, "core.domain_not_proven")
    names.records[domain["record"]] = domain["proof"]
    assert tenant.owner.post(f"{path}/verify").json()["verified_at"]
    eventually(lambda: client.post("/v1/core/tokens", json=sign_in, headers=at_host).status_code == 200)
    assert tenant.owner.get("/v1/core/me", headers=at_host).status_code == 200
    foreign = other_tenant.owner.get("/v1/core/me", headers=at_host)
    assert (foreign.status_code, foreign.json()["code"]) == (403, "wrong_tenant")
    theirs = named(other_tenant, host)
    assert theirs["proof"] != domain["proof"]
    names.records[theirs["record"]] = theirs["proof"]
    taken = other_tenant.owner.post(f"{DOMAINS}/{theirs['id']}/verify")
    assert (taken.status_code, taken.json()["code"]) == (409, "core.domain_taken")
    assert tenant.owner.delete(path).status_code == 204
    assert tenant.owner.get(DOMAINS).json()["items"] == []
    eventually(lambda: client.post("/v1/core/tokens", json=sign_in, headers=at_host).status_code == 400)
    assert other_tenant.owner.post(f"{DOMAINS}/{theirs['id']}/verify").status_code == 200


@pytest.mark.parametrize(
    "host",
    ["", "shop", "a b.example.com", "-a.example.com", "a.b.localhost", "localhost", "x" * 254, "1.2.3.4", "a..b.c"],
)
def test_what_is_no_host_of_ones_own(tenant: Tenant, host: str) -> None:
    """P-11: bad forms, addresses, and the platform's own hosts are 422."""
    assert tenant.owner.post(DOMAINS, json={"host": host}).status_code == 422


def test_hosts_are_the_administrators(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-11: others neither see nor change them; another tenant's is as good as none."""
    domain = named(tenant, "mine.example.com")
    assert tenant.sign_up().post(DOMAINS, json={"host": "x.example.com"}).status_code == 403
    for path in (f"{DOMAINS}/{domain['id']}", f"{DOMAINS}/{new_id()}"):
        answers = (other_tenant.owner.delete(path), other_tenant.owner.post(f"{path}/verify"))
        assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "core.no_such_domain")] * 2

"""Passkeys: real ceremonies with an authenticator made of software, and everything that must not pass for one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from fourfold.ground.clock import ShiftedClock
from tests.builders.authenticator import Authenticator, bytes_of, text_of
from tests.builders.factors import add_app, answer, asked, code_of
from tests.conftest import Caller, Tenant

Sql = Callable[..., list[dict[str, Any]]]


def page(tenant: Tenant) -> str:
    return f"http://{tenant.slug}.localhost:{tenant.running.settings.port}"


def device(tenant: Tenant, **given: Any) -> Authenticator:
    return Authenticator(page(tenant), **given)


def begin(caller: Caller, tenant: Tenant, path: str, **body: Any) -> dict[str, Any]:
    got = caller.post(path, json=body or None, headers={"Origin": page(tenant)})
    assert got.status_code == 200, got.text
    options: dict[str, Any] = got.json()
    return options


def begin_adding(caller: Caller, tenant: Tenant) -> dict[str, Any]:
    return begin(caller, tenant, "/v1/core/me/factors/passkeys/options")


def add(caller: Caller, tenant: Tenant, key: Authenticator) -> httpx.Response:
    begun = begin_adding(caller, tenant)
    body = {"name": "laptop", "ceremony": begun["ceremony"], "credential": key.create(begun["options"])}
    return caller.post("/v1/core/me/factors/passkeys", json=body)


def registered(caller: Caller, tenant: Tenant, **given: Any) -> Authenticator:
    key = device(tenant, **given)
    made = add(caller, tenant, key)
    assert made.status_code == 201, made.text
    return key


def begin_sign_in(tenant: Tenant) -> dict[str, Any]:
    return begin(tenant.visitor, tenant, "/v1/core/tokens/passkey/options")


def sign_in(tenant: Tenant, ceremony: str, credential: dict[str, Any]) -> httpx.Response:
    return tenant.visitor.post("/v1/core/tokens/passkey", json={"ceremony": ceremony, "credential": credential})


def begin_second(tenant: Tenant, challenge: str) -> dict[str, Any]:
    return begin(tenant.visitor, tenant, "/v1/core/tokens/second-factor/passkey-options", challenge=challenge)


def test_a_passkey_signs_in_alone(tenant: Tenant) -> None:
    """P-14: registration and sign-in, without a password; the session is an ordinary one."""
    ada = tenant.sign_up()
    key = device(tenant)
    made = add(ada, tenant, key)
    assert made.status_code == 201, made.text
    assert made.json()["factor"]["relying_party"] == f"{tenant.slug}.localhost"
    assert len(made.json()["recovery_codes"]) == 10
    begun = begin_sign_in(tenant)
    assert begun["options"]["userVerification"] == "required"
    opened = sign_in(tenant, begun["ceremony"], key.get(begun["options"]))
    assert opened.status_code == 200, opened.text
    bearer = {"Authorization": f"Bearer {opened.json()['access_token']}"}
    assert tenant.visitor.get("/v1/core/me", headers=bearer).json()["email"] == ada.email
    assert tenant.visitor.post("/v1/core/sign-out", headers=bearer).status_code == 204


def test_a_passkey_is_a_second_factor(tenant: Tenant) -> None:
    """P-14: after the password, one of the account's own passkeys is asked for."""
    ada = tenant.sign_up()
    key = registered(ada, tenant, verifies=False)
    refusal = asked(tenant, ada.email)
    assert refusal["methods"] == ["passkey", "recovery_code"]
    begun = begin_second(tenant, refusal["challenge"])
    assert [bytes_of(each["id"]) for each in begun["options"]["allowCredentials"]] == [key.passkeys[0].credential_id]
    proof = {"ceremony": begun["ceremony"], "credential": key.get(begun["options"])}
    assert answer(tenant, refusal["challenge"], passkey=proof).status_code == 200
    replayed = answer(tenant, asked(tenant, ada.email)["challenge"], passkey=proof)
    assert code_of(replayed) == "core.wrong_second_factor"


@pytest.mark.parametrize("wrong", ["origin", "challenge", "party", "signature", "user", "kind", "type"])
def test_what_was_not_asked_is_no_proof(tenant: Tenant, wrong: str) -> None:
    """P-14: another page, another challenge, another host, a changed answer: refused."""
    ada = tenant.sign_up()
    key = registered(ada, tenant)
    begun = begin_sign_in(tenant)
    options, ceremony = begun["options"], begun["ceremony"]
    if wrong == "origin":
        key.origin = "http://evil.localhost:1"
    if wrong == "challenge":
        options = begin_sign_in(tenant)["options"]
    if wrong == "kind":
        ceremony = begin_second(tenant, asked(tenant, ada.email)["challenge"])["ceremony"]
    if wrong == "party":
        key.passkeys[0].relying_party = "localhost"
    if wrong == "user":
        key.passkeys[0].user = bytes(16)
    credential = key.get(options, key.passkeys[0])
    if wrong == "signature":
        signature = bytes_of(credential["response"]["signature"])
        credential["response"]["signature"] = text_of(signature[:-1] + bytes([signature[-1] ^ 1]))
    if wrong == "type":
        client = bytes_of(credential["response"]["clientDataJSON"]).replace(b"webauthn.get", b"webauthn.create")
        credential["response"]["clientDataJSON"] = text_of(client)
    got = sign_in(tenant, ceremony, credential)
    assert (got.status_code, code_of(got)) == (401, "core.wrong_passkey")


def test_an_answer_is_taken_once(tenant: Tenant) -> None:
    """P-14: replayed, one after the other or at once, it opens no second session."""
    ada = tenant.sign_up()
    key = registered(ada, tenant, counts=False)
    begun = begin_sign_in(tenant)
    credential = key.get(begun["options"])
    with ThreadPoolExecutor(6) as many:
        got = list(many.map(lambda _: sign_in(tenant, begun["ceremony"], credential).status_code, range(6)))
    assert sorted(got) == [200] + [401] * 5
    assert sign_in(tenant, begun["ceremony"], credential).status_code == 401


def test_a_ceremony_ends_after_five_minutes(tenant: Tenant, clock: ShiftedClock) -> None:
    """P-14: an old question is not answered."""
    ada = tenant.sign_up()
    key = registered(ada, tenant)
    begun = begin_sign_in(tenant)
    clock.advance(timedelta(minutes=6))
    assert code_of(sign_in(tenant, begun["ceremony"], key.get(begun["options"]))) == "core.wrong_passkey"


def test_a_copied_authenticator_is_noticed(tenant: Tenant) -> None:
    """P-14: a counter that does not go up means that there are two of them."""
    ada = tenant.sign_up()
    key = registered(ada, tenant)
    for counter, status in ((5, 200), (5, 401), (3, 401), (6, 200)):
        key.passkeys[0].counter = counter - 1
        begun = begin_sign_in(tenant)
        assert sign_in(tenant, begun["ceremony"], key.get(begun["options"])).status_code == status, counter


def test_alone_a_passkey_must_check_its_person(tenant: Tenant) -> None:
    """P-14: mere presence is one factor, and one is not enough."""
    ada = tenant.sign_up()
    key = registered(ada, tenant)
    key.verifies = False
    begun = begin_sign_in(tenant)
    assert code_of(sign_in(tenant, begun["ceremony"], key.get(begun["options"]))) == "core.wrong_passkey"


def test_somebody_elses_passkey_does_not_pass(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-14, T24: another account's passkey is no second factor, and in another tenant it is nobody's."""
    ada, bob = tenant.sign_up(), tenant.sign_up()
    registered(ada, tenant)
    key = registered(bob, tenant)
    refusal = asked(tenant, ada.email)
    begun = begin_second(tenant, refusal["challenge"])
    proof = {"ceremony": begun["ceremony"], "credential": key.get(begun["options"], key.passkeys[0])}
    assert code_of(answer(tenant, refusal["challenge"], passkey=proof)) == "core.wrong_second_factor"
    here, there = begin_sign_in(tenant), begin_sign_in(other_tenant)
    stolen = key.get(here["options"])
    assert sign_in(other_tenant, here["ceremony"], stolen).status_code == 401
    key.passkeys[0].relying_party, key.origin = f"{other_tenant.slug}.localhost", page(other_tenant)
    assert sign_in(other_tenant, there["ceremony"], key.get(there["options"])).status_code == 401


def test_registering_is_bound_to_its_caller_and_page(tenant: Tenant) -> None:
    """P-14: another account, another page or another challenge register nothing; a passkey is registered once."""
    ada, bob = tenant.sign_up(), tenant.sign_up()
    begun = begin_adding(ada, tenant)
    body = {"name": "k", "ceremony": begun["ceremony"], "credential": device(tenant).create(begun["options"])}
    path = "/v1/core/me/factors/passkeys"
    assert code_of(bob.post(path, json=body)) == "core.wrong_passkey"
    strange = {**body, "credential": Authenticator("http://evil.localhost:1").create(begun["options"])}
    assert code_of(ada.post(path, json=strange)) == "core.wrong_passkey"
    other = {**body, "credential": device(tenant).create(begin_adding(ada, tenant)["options"])}
    assert code_of(ada.post(path, json=other)) == "core.wrong_passkey"
    assert ada.post(path, json=body).status_code == 201
    assert code_of(ada.post(path, json=body)) == "core.wrong_passkey"
    again = begin_adding(ada, tenant)["options"]["excludeCredentials"]
    assert [each["id"] for each in again] == [body["credential"]["id"]]


def test_a_strangers_page_gets_no_options(tenant: Tenant) -> None:
    """P-14: options are for the tenant's pages."""
    for origin in ("https://evil.example", "null", "http://other.localhost:1"):
        got = tenant.visitor.post("/v1/core/tokens/passkey/options", headers={"Origin": origin})
        assert (got.status_code, code_of(got)) == (403, "core.strange_page")


def test_nonsense_is_refused(tenant: Tenant, clock: ShiftedClock) -> None:
    """P-14: whatever strangers send, the answer is a refusal and not a crash."""
    ada = tenant.sign_up()
    key = registered(ada, tenant)
    add_app(ada, clock)
    begun = begin_sign_in(tenant)
    good = key.get(begun["options"])
    for name, value in (
        ("clientDataJSON", "AAAA"), ("clientDataJSON", text_of(b"[]")), ("clientDataJSON", text_of(b'{"type":1}')),
        ("authenticatorData", "AAAA"), ("signature", ""), ("userHandle", "A"), ("userHandle", "AAAA"),
    ):  # fmt: skip
        bad = {**good, "response": {**good["response"], name: value}}
        got = sign_in(tenant, begun["ceremony"], bad)
        assert (got.status_code, code_of(got)) == (401, "core.wrong_passkey"), (name, value)
    for ceremony in ("", "ffw_", "ffw_AAAA", begun["ceremony"][:-4], begun["ceremony"][:60] + "AAAA"):
        assert sign_in(tenant, ceremony, good).status_code == 401, ceremony
    for attestation in ("", "AAAA", text_of(b"\xa1\x01\x02"), text_of(b"\xff" * 40)):
        start = begin_adding(ada, tenant)
        made = device(tenant).create(start["options"])
        made["response"]["attestationObject"] = attestation
        body = {"name": "k", "ceremony": start["ceremony"], "credential": made}
        assert code_of(ada.post("/v1/core/me/factors/passkeys", json=body)) == "core.wrong_passkey"
    for body in ({}, {"ceremony": "x"}, {"ceremony": "x", "credential": {**good, "type": "password"}}):
        assert tenant.visitor.post("/v1/core/tokens/passkey", json=body).status_code == 422


def test_a_disabled_account_is_not_let_in(tenant: Tenant, admin_sql: Sql) -> None:
    """P-14, T20: neither by a passkey nor by the second factor of a sign-in that had begun."""
    ada = tenant.sign_up()
    key = registered(ada, tenant)
    refusal, begun = asked(tenant, ada.email), begin_sign_in(tenant)
    second = begin_second(tenant, refusal["challenge"])
    admin_sql("UPDATE core.account SET status = 'disabled' WHERE id = $1::text::uuid", ada.account_id)
    assert sign_in(tenant, begun["ceremony"], key.get(begun["options"])).status_code == 401
    proof = {"ceremony": second["ceremony"], "credential": key.get(second["options"])}
    assert answer(tenant, refusal["challenge"], passkey=proof).status_code == 401

"""Tokens over HTTP: sign-in, claims that are forged or stale, refresh with rotation and reuse detection."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fourfold.ground.clock import ShiftedClock
from tests.conftest import PASSWORD, Tenant


def sign_in(tenant: Tenant) -> dict[str, Any]:
    """A pair of tokens of the owner."""
    answer = tenant.visitor.post("/v1/core/tokens", json={"email": tenant.owner.email, "password": PASSWORD})
    assert answer.status_code == 200
    return dict(answer.json())


def me(tenant: Tenant, token: str) -> httpx.Response:
    """Who the token says one is."""
    return tenant.running.client.get("/v1/core/me", headers={"Authorization": f"Bearer {token}"})


def refresh(tenant: Tenant, token: str) -> httpx.Response:
    """The next pair of tokens."""
    return tenant.running.client.post("/v1/core/tokens/refresh", json={"refresh_token": token})


def test_signing_in_gives_tokens_that_work(tenant: Tenant) -> None:
    """P-13: an access token, verified by the published keys, and a refresh token."""
    tokens = sign_in(tenant)
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 600
    keys = jwt.PyJWKSet.from_dict(tenant.running.client.get("/.well-known/jwks.json").json())
    header = jwt.get_unverified_header(tokens["access_token"])
    claims = jwt.decode(tokens["access_token"], keys[header["kid"]].key, algorithms=["EdDSA"], audience="fourfold:api")
    assert claims["tid"] == tenant.id
    answer = me(tenant, tokens["access_token"])
    assert answer.json()["tenant"] == {"id": tenant.id, "slug": tenant.slug}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("email", ["owner", "nobody@nowhere.test"])
def test_wrong_credentials_look_the_same(tenant: Tenant, email: str) -> None:
    """P-12: a wrong password and an unknown address get the same answer."""
    address = tenant.owner.email if email == "owner" else email
    answer = tenant.visitor.post("/v1/core/tokens", json={"email": address, "password": "wrong wrong"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "core.wrong_credentials"


def forged(tokens: dict[str, Any], header: dict[str, Any], key: Any, claims: dict[str, Any] | None = None) -> str:
    """A token with the real claims (changed by `claims`), another header and another signature."""
    body = jwt.decode(tokens["access_token"], options={"verify_signature": False}) | (claims or {})
    return jwt.encode(body, key, algorithm=header.pop("alg"), headers={"typ": "at+jwt", **header})


def test_forged_tokens_are_refused(tenant: Tenant) -> None:
    """T14: alg none, HS256 with the public key, unknown kid, jku and jwk headers."""
    tokens = sign_in(tenant)
    kid = jwt.get_unverified_header(tokens["access_token"])["kid"]
    public = tenant.running.client.get("/.well-known/jwks.json").json()["keys"][0]
    stranger = Ed25519PrivateKey.generate()
    unsigned = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in (
            {"alg": "none", "typ": "at+jwt", "kid": kid},
            jwt.decode(tokens["access_token"], options={"verify_signature": False}),
        )
    )
    attempts = [
        unsigned + ".",
        forged(tokens, {"alg": "HS256", "kid": kid}, public["x"].ljust(64, "=")),
        forged(tokens, {"alg": "EdDSA", "kid": "0" * 43}, stranger),
        forged(tokens, {"alg": "EdDSA", "kid": kid}, stranger),
        forged(tokens, {"alg": "EdDSA", "kid": kid, "jku": "http://127.0.0.1/keys"}, stranger),
        forged(tokens, {"alg": "EdDSA", "kid": kid, "jwk": public}, stranger),
        tokens["access_token"][:-4] + "AAAA",
        "not a token",
    ]
    assert [me(tenant, attempt).status_code for attempt in attempts] == [401] * len(attempts)


def test_stale_and_misused_tokens_are_refused(tenant: Tenant, clock: ShiftedClock) -> None:
    """T15: an expired access token, one from the future, and a refresh token used as an access token."""
    tokens = sign_in(tenant)
    assert me(tenant, tokens["refresh_token"]).status_code == 401
    clock.advance(timedelta(minutes=-5))
    assert me(tenant, tokens["access_token"]).status_code == 401
    clock.advance(timedelta(minutes=16))
    answer = me(tenant, tokens["access_token"])
    assert answer.status_code == 401
    assert "expired" in answer.json()["detail"]


def test_a_lost_answer_may_be_asked_for_again(tenant: Tenant) -> None:
    """P-13: inside the grace the old token gives the very same successor."""
    tokens = sign_in(tenant)
    first, again = (refresh(tenant, tokens["refresh_token"]).json() for _ in range(2))
    assert first["refresh_token"] == again["refresh_token"] != tokens["refresh_token"]
    assert me(tenant, again["access_token"]).status_code == 200


def test_reuse_ends_the_whole_session(tenant: Tenant, clock: ShiftedClock) -> None:
    """T16: after the grace a used token ends its family, the newest access and refresh token included."""
    tokens = sign_in(tenant)
    newest = refresh(tenant, tokens["refresh_token"]).json()
    clock.advance(timedelta(seconds=11))
    assert refresh(tenant, tokens["refresh_token"]).status_code == 401
    assert refresh(tenant, newest["refresh_token"]).status_code == 401
    assert me(tenant, newest["access_token"]).status_code == 401
    events = tenant.owner.get("/v1/core/events", params={"type": "core.session.revoked"}).json()["items"]
    assert [event["data"]["reason"] for event in events] == ["reuse"]


def test_an_older_ancestor_ends_the_session_too(tenant: Tenant) -> None:
    """T16: a token from two generations ago is a theft even at once; a made-up one ends nothing."""
    tokens = sign_in(tenant)
    second = refresh(tenant, tokens["refresh_token"]).json()
    third = refresh(tenant, second["refresh_token"]).json()
    made_up = tokens["refresh_token"][:-64] + "0" * 64
    assert refresh(tenant, made_up).status_code == 401
    assert me(tenant, third["access_token"]).status_code == 200
    assert refresh(tenant, tokens["refresh_token"]).status_code == 401
    assert me(tenant, third["access_token"]).status_code == 401


def test_parallel_refreshes_have_one_successor(tenant: Tenant) -> None:
    """T17: twenty at once get one and the same successor, and the session lives."""
    tokens = sign_in(tenant)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: refresh(tenant, tokens["refresh_token"]), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    successors = {answer.json()["refresh_token"] for answer in answers}
    assert len(successors) == 1
    assert refresh(tenant, successors.pop()).status_code == 200


def test_a_session_ends_after_its_lifetime(tenant: Tenant, clock: ShiftedClock) -> None:
    """T18: refreshing does not prolong a session beyond its end."""
    token = sign_in(tenant)["refresh_token"]
    for _ in range(3):
        clock.advance(timedelta(days=9))
        token = refresh(tenant, token).json()["refresh_token"]
    clock.advance(timedelta(days=4))
    assert refresh(tenant, token).status_code == 401


def test_signing_out_ends_both_tokens(tenant: Tenant) -> None:
    """T19: after signing out neither token works."""
    tokens = sign_in(tenant)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert tenant.running.client.post("/v1/core/sign-out", headers=headers).status_code == 204
    assert me(tenant, tokens["access_token"]).status_code == 401
    assert refresh(tenant, tokens["refresh_token"]).status_code == 401


@pytest.mark.parametrize("token", ["", "ffr_", "ffr_" + "0" * 128, "x" * 200, "ffr_" + "g" * 128])
def test_made_up_refresh_tokens_are_refused(tenant: Tenant, token: str) -> None:
    """P-13: whatever is not a refresh token is 401."""
    assert refresh(tenant, token).status_code == 401


def test_a_token_of_one_tenant_is_refused_at_another(tenant: Tenant, other_tenant: Tenant) -> None:
    """P-11: the header or host names the tenant that the token belongs to, or the answer is 403."""
    headers = {**tenant.owner.headers, "X-Tenant": other_tenant.slug}
    assert tenant.running.client.get("/v1/core/me", headers=headers).status_code == 403
    host = {**tenant.owner.headers, "Host": f"{other_tenant.slug}.localhost"}
    assert tenant.running.client.get("/v1/core/me", headers=host).status_code == 403
    own = {**tenant.owner.headers, "Host": f"{tenant.slug}.localhost"}
    assert tenant.running.client.get("/v1/core/me", headers=own).status_code == 200

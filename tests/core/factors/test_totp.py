"""Apps that show codes: added, asked for, and each code taken once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pyotp

from fourfold.ground.clock import ShiftedClock
from tests.builders.clocks import StoppableClock
from tests.builders.factors import add_app, answer, asked, code_at, code_of
from tests.conftest import PASSWORD, Tenant

Sql = Callable[..., list[dict[str, Any]]]


def test_an_app_is_asked_for_from_its_first_code_on(tenant: Tenant, clock: ShiftedClock) -> None:
    """P-14: a secret alone protects nothing; once its code was given, the password opens no session any more."""
    ada = tenant.sign_up()
    made = ada.post("/v1/core/me/factors/totp", json={}).json()
    assert made["uri"].startswith(f"otpauth://totp/{tenant.slug}:")
    assert made["secret"] in made["uri"]
    tenant.sign_in(ada.email)
    wrong = ada.post(f"/v1/core/me/factors/totp/{made['id']}/confirm", json={"code": "000000"})
    assert (wrong.status_code, code_of(wrong)) == (422, "core.wrong_code")
    path = f"/v1/core/me/factors/totp/{made['id']}/confirm"
    added = ada.post(path, json={"code": code_at(made["secret"], clock)})
    assert added.status_code == 200, added.text
    assert added.json()["factor"]["name"] == "authenticator"
    assert len(set(added.json()["recovery_codes"])) == 10
    assert ada.post(path, json={"code": code_at(made["secret"], clock, 1)}).status_code == 404
    refusal = asked(tenant, ada.email)
    assert refusal["methods"] == ["totp", "recovery_code"]
    opened = answer(tenant, refusal["challenge"], code=code_at(made["secret"], clock, 1))
    assert opened.status_code == 200, opened.text
    assert opened.headers["cache-control"] == "no-store"
    token = opened.json()["access_token"]
    me = tenant.visitor.get("/v1/core/me", headers={"Authorization": f"Bearer {token}"})
    assert me.json()["email"] == ada.email
    shown = ada.get("/v1/core/me/factors").json()
    assert [each["kind"] for each in shown["items"]] == ["totp"]
    assert shown["items"][0]["last_used_at"] is not None
    assert shown["recovery_codes_left"] == 10


def test_a_code_is_taken_once(tenant: Tenant, clock: StoppableClock) -> None:
    """P-14, T24: the same code, and one of a step before the last that was used, are refused."""
    ada = tenant.sign_up()
    # Else a step may end between two requests.
    clock.stop()
    secret = add_app(ada, clock)["secret"]
    used = answer(tenant, asked(tenant, ada.email)["challenge"], code=code_at(secret, clock))
    assert (used.status_code, code_of(used)) == (401, "core.wrong_second_factor")
    following = code_at(secret, clock, 1)
    assert answer(tenant, asked(tenant, ada.email)["challenge"], code=following).status_code == 200
    assert answer(tenant, asked(tenant, ada.email)["challenge"], code=following).status_code == 401
    clock.advance(timedelta(seconds=30))
    assert answer(tenant, asked(tenant, ada.email)["challenge"], code=following).status_code == 401


def test_clocks_may_differ_by_one_step(tenant: Tenant, clock: StoppableClock) -> None:
    """P-14, T24: one step early or late is taken, two are not; an expired code is refused."""
    ada = tenant.sign_up()
    clock.stop()
    secret = add_app(ada, clock)["secret"]
    clock.advance(timedelta(minutes=3))
    for steps, status in ((-2, 401), (2, 401), (-1, 200), (1, 200)):
        got = answer(tenant, asked(tenant, ada.email)["challenge"], code=code_at(secret, clock, steps))
        assert got.status_code == status, (steps, got.text)


def test_the_same_code_twice_at_once_opens_one_session(tenant: Tenant, clock: ShiftedClock) -> None:
    """P-14, T24: of many sign-ins with the same code at the same moment one wins."""
    ada = tenant.sign_up()
    secret = add_app(ada, clock)["secret"]
    code = code_at(secret, clock, 1)
    challenges = [asked(tenant, ada.email)["challenge"] for _ in range(4)]
    with ThreadPoolExecutor(8) as many:
        got = list(many.map(lambda each: answer(tenant, each, code=code).status_code, challenges * 2))
    assert sorted(got) == [200] + [401] * 7


def test_a_challenge_is_for_its_own_account(tenant: Tenant, clock: ShiftedClock) -> None:
    """T24: another person's code does not meet the challenge."""
    ada, bob = tenant.sign_up(), tenant.sign_up()
    add_app(ada, clock)
    secret = add_app(bob, clock)["secret"]
    got = answer(tenant, asked(tenant, ada.email)["challenge"], code=code_at(secret, clock, 1))
    assert (got.status_code, code_of(got)) == (401, "core.wrong_second_factor")


def test_secrets_are_sealed(tenant: Tenant, clock: ShiftedClock, admin_sql: Sql) -> None:
    """B-51, T66: the database's bytes lack the secret; a seal that is swapped between rows opens nothing."""
    ada, bob = tenant.sign_up(), tenant.sign_up()
    secrets = [add_app(each, clock)["secret"] for each in (ada, bob)]
    kept = "SELECT f::text AS row FROM core.totp_factor f WHERE tenant_id = $1"
    rows = " ".join(each["row"] for each in admin_sql(kept, tenant.id))
    for secret in secrets:
        assert secret not in rows
        assert secret.encode().hex() not in rows
        assert pyotp.TOTP(secret).byte_secret().hex() not in rows
    admin_sql(
        "UPDATE core.totp_factor f SET sealed_secret = o.sealed_secret FROM core.totp_factor o"
        " WHERE f.tenant_id = $1 AND o.tenant_id = $1"
        " AND f.account_id = $2::text::uuid AND o.account_id = $3::text::uuid",
        tenant.id, ada.account_id, bob.account_id,
    )  # fmt: skip
    got = answer(tenant, asked(tenant, ada.email)["challenge"], code=code_at(secrets[1], clock, 1))
    assert (got.status_code, code_of(got)) == (409, "sealed_field_unreadable")


def test_guessing_codes_is_limited(tenant: Tenant, clock: ShiftedClock) -> None:
    """P-14, T21: five wrong codes end a challenge, and an account has ten guesses in twenty minutes."""
    ada = tenant.sign_up()
    secret = add_app(ada, clock)["secret"]
    challenge = asked(tenant, ada.email)["challenge"]
    for _ in range(5):
        assert code_of(answer(tenant, challenge, code="000000")) == "core.wrong_second_factor"
    over = answer(tenant, challenge, code=code_at(secret, clock, 1))
    assert (over.status_code, code_of(over)) == (401, "core.challenge_over")
    challenge = asked(tenant, ada.email)["challenge"]
    got = [answer(tenant, challenge, code="000000").status_code for _ in range(5)]
    assert got == [401, 401, 401, 401, 429]


def test_a_wrong_password_never_asks_for_a_factor(tenant: Tenant, clock: ShiftedClock) -> None:
    """T22: without the password nobody learns that the account has a second factor."""
    ada = tenant.sign_up()
    add_app(ada, clock)
    got = tenant.visitor.post("/v1/core/tokens", json={"email": ada.email, "password": f"{PASSWORD}!"})
    assert code_of(got) == "core.wrong_credentials"
    assert "challenge" not in got.json()


def test_others_see_no_factors(tenant: Tenant, other_tenant: Tenant, clock: ShiftedClock) -> None:
    """P-14: a factor of somebody else, or of another tenant, is not there."""
    ada, bob, eve = tenant.sign_up(), tenant.sign_up(), other_tenant.sign_up()
    factor = add_app(ada, clock)["id"]
    for stranger in (bob, eve):
        assert stranger.get("/v1/core/me/factors").json() == {"items": [], "recovery_codes_left": 0}
        assert stranger.patch(f"/v1/core/me/factors/{factor}", json={"name": "mine"}).status_code == 404
        assert stranger.delete(f"/v1/core/me/factors/{factor}").status_code == 404
        assert stranger.post(f"/v1/core/me/factors/totp/{factor}/confirm", json={"code": "123456"}).status_code == 404
    challenge = asked(tenant, ada.email)["challenge"]
    got = other_tenant.visitor.post("/v1/core/tokens/second-factor", json={"challenge": challenge, "code": "123456"})
    assert code_of(got) == "core.challenge_over"


def test_bodies_are_checked(tenant: Tenant) -> None:
    """P-14: what does not fit is named."""
    ada = tenant.sign_up()
    for body in ({"name": ""}, {"name": "x" * 101}, {"name": 1}, {"secret": "mine"}):
        assert ada.post("/v1/core/me/factors/totp", json=body).status_code == 422, body
    bad: list[dict[str, Any]] = [
        {}, {"challenge": "x"}, {"challenge": "x", "code": "12345"}, {"challenge": "x", "code": 123456},
        {"challenge": "x", "code": "123456", "recovery_code": "x" * 16}, {"challenge": "x" * 201, "code": "123456"},
    ]  # fmt: skip
    for body in bad:
        assert tenant.visitor.post("/v1/core/tokens/second-factor", json=body).status_code == 422, body
    for challenge in ("x", "ffc_", "ffc_" + "g" * 96, "ffc_" + "0" * 96):
        assert code_of(answer(tenant, challenge, code="123456")) == "core.challenge_over"

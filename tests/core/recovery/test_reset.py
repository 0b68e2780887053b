"""Forgotten passwords: links that are good once, for a while and for one account, and that tell nobody anything."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from fourfold.ground.clock import ShiftedClock
from tests.builders.factors import add_app
from tests.builders.people import mail_to, mails_to, settled_mails, token_in
from tests.conftest import PASSWORD, Caller, Tenant

NEW = "another phrase nobody guesses"


def ask(tenant: Tenant, email: str) -> httpx.Response:
    """The answer to a request for a new password."""
    return tenant.visitor.post("/v1/core/password-resets", json={"email": email})


def confirm(tenant: Tenant, token: str, password: str = NEW) -> httpx.Response:
    """The answer to a new password."""
    body = {"token": token, "password": password}
    return tenant.visitor.post("/v1/core/password-resets/confirm", json=body)


def link(tenant: Tenant, email: str, count: int = 1) -> str:
    """The token of the last of so many links."""
    assert ask(tenant, email).status_code == 202
    return token_in(mail_to(tenant, email, "new password", count))


def sign_in(tenant: Tenant, email: str, password: str) -> int:
    """The status of a sign-in."""
    return tenant.visitor.post("/v1/core/tokens", json={"email": email, "password": password}).status_code


def test_whoever_forgot_chooses_another_password(tenant: Tenant) -> None:
    """P-12, T24: the link opens nothing by itself; the new password counts, and every session ends at once."""
    member = tenant.sign_up()
    pair = tenant.visitor.post("/v1/core/tokens", json={"email": member.email, "password": PASSWORD}).json()
    token = link(tenant, member.email)
    answer = confirm(tenant, token)
    assert (answer.status_code, answer.content) == (204, b"")
    assert member.get("/v1/core/me").status_code == 401
    refreshed = tenant.visitor.post("/v1/core/tokens/refresh", json={"refresh_token": pair["refresh_token"]})
    assert refreshed.status_code == 401
    assert sign_in(tenant, member.email, PASSWORD) == 401
    assert sign_in(tenant, member.email, NEW) == 200
    assert tenant.sign_in(member.email, NEW).get("/v1/core/me").json()["email_verified"] is True
    assert "password" in mail_to(tenant, member.email, "was changed")["text"]


def test_a_link_is_good_once(tenant: Tenant) -> None:
    """T24: twenty who use it at once are one; later it is refused, as is every other link of the account."""
    member = tenant.sign_up()
    first, second = link(tenant, member.email), link(tenant, member.email, 2)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda number: confirm(tenant, second, f"{NEW} {number}"), range(10)))
    assert sorted(each.status_code for each in answers) == [204] + [400] * 9
    assert {each.json()["code"] for each in answers if each.status_code == 400} == {"core.invalid_code"}
    assert confirm(tenant, second).status_code == 400
    assert confirm(tenant, first).status_code == 400


def test_a_link_expires(tenant: Tenant, clock: ShiftedClock) -> None:
    """T24: after an hour it opens nothing."""
    member = tenant.sign_up()
    token = link(tenant, member.email)
    clock.advance(timedelta(minutes=61))
    assert confirm(tenant, token).json()["code"] == "core.invalid_code"
    assert sign_in(tenant, member.email, PASSWORD) == 200


def test_a_link_is_for_one_thing_in_one_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    """T24: it is no link for another purpose, another tenant, and not when a digit differs."""
    member = tenant.sign_up()
    token = link(tenant, member.email)
    for body in ({"token": token}, {"token": "ffc_" + "0" * 96}, {"token": "x"}):
        assert tenant.visitor.post("/v1/core/accounts/verify-email", json=body).status_code == 400
    assert confirm(other_tenant, token).status_code == 400
    assert confirm(tenant, token[:-1] + ("0" if token[-1] != "0" else "1")).status_code == 400
    verifying = token_in(mail_to(tenant, member.email, "confirm your e-mail"))
    assert confirm(tenant, verifying).status_code == 400
    assert confirm(tenant, token).status_code == 204


def test_a_weak_password_does_not_use_up_the_link(tenant: Tenant) -> None:
    """T23, T24: a common password is 422 here too, and the link stays good."""
    member = tenant.sign_up()
    token = link(tenant, member.email)
    assert confirm(tenant, token, "iloveyou1").json()["code"] == "core.weak_password"
    assert confirm(tenant, token, "short").status_code == 422
    assert confirm(tenant, token).status_code == 204


def test_nobody_learns_who_has_an_account(tenant: Tenant) -> None:
    """T22: known, unknown and disabled addresses get the same answer; only the known one gets a mail."""
    member, disabled = tenant.sign_up(), tenant.sign_up()
    assert tenant.owner.post(f"/v1/core/accounts/{disabled.account_id}/disable").status_code == 200
    answers = [ask(tenant, each) for each in (member.email, disabled.email, "nobody@nowhere.test")]
    assert {(each.status_code, each.text) for each in answers} == {(202, '{"status":"accepted"}')}
    mail_to(tenant, member.email, "new password")
    settled_mails(tenant, tenant.owner)
    assert mails_to(tenant, disabled.email, "new password") == mails_to(tenant, "nobody@nowhere.test") == []


def test_nobody_floods_an_inbox(tenant: Tenant) -> None:
    """P-12: five links an hour, however often it is asked."""
    member = tenant.sign_up()
    for _ in range(8):
        assert ask(tenant, member.email).status_code == 202
    settled_mails(tenant, tenant.owner)
    assert len(mails_to(tenant, member.email, "new password")) == 5


@pytest.mark.parametrize("body", [{}, {"email": "nobody"}, {"email": "a@x.test", "x": 1}, {"email": ["a@x.test"]}])
def test_what_is_no_address(tenant: Tenant, body: dict[str, object]) -> None:
    """P-21: it is 422."""
    assert tenant.visitor.post("/v1/core/password-resets", json=body).status_code == 422


def test_a_reset_does_not_skip_the_second_factor(tenant: Tenant, clock: ShiftedClock) -> None:
    """T24: the new password alone opens nothing for whoever has another factor."""
    member = tenant.sign_up()
    add_app(member, clock)
    assert confirm(tenant, link(tenant, member.email)).status_code == 204
    answer = tenant.visitor.post("/v1/core/tokens", json={"email": member.email, "password": NEW})
    assert (answer.status_code, answer.json()["code"]) == (401, "core.second_factor_required")


@pytest.mark.parametrize("verified", [False, True])
def test_a_reset_ends_what_a_stranger_left_behind(tenant: Tenant, verified: bool) -> None:
    """P-12: keys made before an address was ever verified end with the reset; those of its verified owner stay."""
    member = tenant.sign_up()
    if verified:
        token = {"token": token_in(mail_to(tenant, member.email, "confirm your e-mail"))}
        assert tenant.visitor.post("/v1/core/accounts/verify-email", json=token).status_code == 204
    made = member.post("/v1/core/api-keys", json={"name": "key", "scopes": ["core:me:read"]}).json()
    key = Caller(tenant.running.client, {"Authorization": f"Bearer {made['key']}"})
    assert key.get("/v1/core/me").status_code == 200
    assert confirm(tenant, link(tenant, member.email)).status_code == 204
    assert key.get("/v1/core/me").status_code == (200 if verified else 401)

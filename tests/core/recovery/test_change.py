"""Passwords and addresses are changed by whoever proves who they are; the old address is told."""

from datetime import timedelta

import httpx
import pytest

from fourfold.ground.clock import ShiftedClock
from tests.builders.clocks import StoppableClock
from tests.builders.people import mail_to, mails_to, settled_mails, token_in
from tests.conftest import PASSWORD, Caller, Tenant

NEW = "another phrase nobody guesses"


def change(member: Caller, current: str = PASSWORD, new: str = NEW, **more: object) -> httpx.Response:
    """The answer to a change of password."""
    return member.put("/v1/core/me/password", json={"current": current, "new": new, **more})


def test_a_new_password_needs_the_current_one(tenant: Tenant) -> None:
    """T23: a wrong current password is 403, a weak new one 422, and nothing changes."""
    member = tenant.sign_up()
    assert change(member, current="wrong wrong").json()["code"] == "core.wrong_password"
    assert change(member, new="password1").json()["code"] == "core.weak_password"
    assert change(member, new=member.email).json()["code"] == "core.weak_password"
    assert member.put("/v1/core/me/password", json={"new": NEW}).status_code == 422
    tenant.sign_in(member.email)
    assert change(member).status_code == 204
    tenant.sign_in(member.email, NEW)
    mail_to(tenant, member.email, "password was changed")


@pytest.mark.parametrize("ends", [True, False])
def test_other_sessions_end_with_the_password(tenant: Tenant, ends: bool) -> None:
    """P-12: other devices have to sign in again, unless their owner leaves them signed in; this one goes on."""
    member = tenant.sign_up()
    other = tenant.sign_in(member.email)
    assert change(member, end_other_sessions=ends).status_code == 204
    assert member.get("/v1/core/me").status_code == 200
    assert other.get("/v1/core/me").status_code == (401 if ends else 200)


def test_a_stolen_session_does_not_guess_the_password(tenant: Tenant, clock: StoppableClock) -> None:
    """T21: wrong current passwords are counted like failures to sign in."""
    member = tenant.sign_up()
    clock.stop()
    answers = [change(member, current=f"wrong {number}") for number in range(6)]
    assert [each.status_code for each in answers] == [403] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1


def test_keys_change_neither_password_nor_address(tenant: Tenant) -> None:
    """T25: an API key is no person, even if it knows the password."""
    made = tenant.owner.post("/v1/core/api-keys", json={"name": "all", "scopes": ["core:me:write", "core:me:read"]})
    key = Caller(tenant.running.client, {"Authorization": f"Bearer {made.json()['key']}"})
    assert change(key).status_code == 403
    for body in ({"email": "b@x.test", "password": PASSWORD}, {"email": "b@x.test"}):
        assert key.post("/v1/core/me/email", json=body).status_code == 403
    assert key.post("/v1/core/me/phone", json={"phone": "+4915123456789"}).status_code == 403


def test_an_address_changes_when_the_new_one_confirms(tenant: Tenant) -> None:
    """P-16: the new address gets a link, the old one a notice; from then on the new one signs in."""
    member = tenant.sign_up()
    became = f"new-{member.email}"
    asked = member.post("/v1/core/me/email", json={"email": became.upper(), "password": PASSWORD})
    assert (asked.status_code, asked.json()) == (202, {"status": "accepted"})
    token = token_in(mail_to(tenant, became, "confirm your new"))
    assert became in mail_to(tenant, member.email, "wants to change")["text"]
    assert member.get("/v1/core/me").json()["email"] == member.email
    assert tenant.sign_up().post("/v1/core/me/email/confirm", json={"token": token}).status_code == 400
    assert tenant.visitor.post("/v1/core/me/email/confirm", json={"token": token}).status_code == 401
    assert member.post("/v1/core/me/email/confirm", json={"token": token}).status_code == 204
    assert member.post("/v1/core/me/email/confirm", json={"token": token}).status_code == 400
    me = member.get("/v1/core/me").json()
    assert (me["email"], me["email_verified"]) == (became, True)
    assert became in mail_to(tenant, member.email, "was changed")["text"]
    tenant.sign_in(became)
    body = {"email": member.email, "password": PASSWORD}
    assert tenant.visitor.post("/v1/core/tokens", json=body).status_code == 401


def test_a_stale_session_changes_no_address(tenant: Tenant, clock: ShiftedClock) -> None:
    """T25: without the password the session must be fresh; with a wrong one it is refused; a key of a day ends."""
    member = tenant.sign_up()
    became = {"email": f"new-{member.email}"}
    assert member.post("/v1/core/me/email", json=became).status_code == 202
    assert member.post("/v1/core/me/email", json={**became, "password": "wrong wrong"}).status_code == 403
    token = token_in(mail_to(tenant, became["email"], "confirm your new"))
    pair = tenant.visitor.post("/v1/core/tokens", json={"email": member.email, "password": PASSWORD}).json()
    clock.advance(timedelta(hours=25))
    pair = tenant.visitor.post("/v1/core/tokens/refresh", json={"refresh_token": pair["refresh_token"]}).json()
    stale = Caller(tenant.running.client, {"Authorization": f"Bearer {pair['access_token']}"})
    assert stale.post("/v1/core/me/email", json=became).json()["code"] == "core.step_up_required"
    assert stale.post("/v1/core/me/phone", json={"phone": "+4915123456789"}).json()["code"] == "core.step_up_required"
    assert stale.post("/v1/core/me/email/confirm", json={"token": token}).json()["code"] == "core.invalid_code"
    assert stale.post("/v1/core/me/email", json={**became, "password": PASSWORD}).status_code == 202


def test_an_address_of_somebody_else(tenant: Tenant) -> None:
    """T22, P-16: a taken address gets the same answer; its owner is told, and no link is sent."""
    member, other = tenant.sign_up(), tenant.sign_up()
    answer = member.post("/v1/core/me/email", json={"email": other.email, "password": PASSWORD})
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    mail_to(tenant, member.email, "wants to change")
    assert "token=" not in mail_to(tenant, other.email, "account already")["text"]


def test_an_address_taken_in_the_meantime(tenant: Tenant) -> None:
    """P-16: two confirm the same address; the second is 409 and keeps its own."""
    first, second = tenant.sign_up(), tenant.sign_up()
    became, tokens = f"both-{first.email}", []
    for number, member in enumerate((first, second), 1):
        assert member.post("/v1/core/me/email", json={"email": became, "password": PASSWORD}).status_code == 202
        tokens.append(token_in(mail_to(tenant, became, "confirm your new", number)))
    assert first.post("/v1/core/me/email/confirm", json={"token": tokens[0]}).status_code == 204
    answer = second.post("/v1/core/me/email/confirm", json={"token": tokens[1]})
    assert (answer.status_code, answer.json()["code"]) == (409, "core.email_taken")
    assert second.get("/v1/core/me").json()["email"] == second.email


def test_a_reset_stops_a_change_of_address(tenant: Tenant) -> None:
    """T24: whoever resets the password ends what a thief has begun, and a change ends links to the old address."""
    member = tenant.sign_up()
    became = f"thief-{member.email}"
    member.post("/v1/core/me/email", json={"email": became, "password": PASSWORD})
    token = token_in(mail_to(tenant, became, "confirm your new"))
    tenant.visitor.post("/v1/core/password-resets", json={"email": member.email})
    reset = {"token": token_in(mail_to(tenant, member.email, "new password")), "password": NEW}
    assert tenant.visitor.post("/v1/core/password-resets/confirm", json=reset).status_code == 204
    again = tenant.sign_in(member.email, NEW)
    assert again.post("/v1/core/me/email/confirm", json={"token": token}).status_code == 400
    settled_mails(tenant, tenant.owner)
    assert mails_to(tenant, became, "was changed") == []

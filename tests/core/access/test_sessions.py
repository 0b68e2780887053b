"""Sessions: listed with their devices, ended one by one or all together, and confirmed for what is grave."""

from datetime import timedelta
from typing import Any

import pytest

from fourfold.core.access.rules import device_in
from fourfold.core.access.step_up import StepUpRequired, must_be_fresh
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from fourfold.ground.who import Who
from fourfold.ground.work import Desk
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.builders.factors import add_app, code_at
from tests.conftest import PASSWORD, Caller, Tenant

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def sessions(caller: Caller, path: str = "/v1/core/sessions") -> list[dict[str, Any]]:
    """The sessions that are listed."""
    answer = caller.get(path)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def test_sessions_are_listed(tenant: Tenant) -> None:
    """P-13: device, address, times, and which one is asking; the one that was used last comes first."""
    member = tenant.sign_up()
    body = {"email": member.email, "password": PASSWORD}
    tenant.visitor.post("/v1/core/tokens", json=body, headers={"User-Agent": FIREFOX})
    newest, first = sessions(member)
    assert (newest["device"], newest["user_agent"], newest["current"]) == ("Firefox on Linux", FIREFOX, False)
    assert (first["address"], first["current"]) == ("127.0.0.1", True)
    assert first["created_at"] <= first["last_used_at"] < first["expires_at"]
    assert sessions(tenant.owner, f"/v1/core/accounts/{member.account_id}/sessions")[1]["id"] == first["id"]


def test_one_session_is_ended(tenant: Tenant) -> None:
    """P-13: a person ends a session of theirs; it is gone from the list, and ending it again is 404."""
    member = tenant.sign_up()
    other = tenant.sign_in(member.email)
    (ended,) = [each["id"] for each in sessions(member) if not each["current"]]
    assert member.delete(f"/v1/core/sessions/{ended}").status_code == 204
    assert other.get("/v1/core/me").status_code == 401
    assert [each["current"] for each in sessions(member)] == [True]
    assert member.delete(f"/v1/core/sessions/{ended}").status_code == 404


def test_all_others_are_ended(tenant: Tenant) -> None:
    """T19: ending all others leaves the one that asks."""
    member = tenant.sign_up()
    others = [tenant.sign_in(member.email) for _ in range(3)]
    assert member.post("/v1/core/sessions/end-others").json() == {"ended": 3}
    assert {each.get("/v1/core/me").status_code for each in others} == {401}
    assert member.get("/v1/core/me").status_code == 200
    assert member.post("/v1/core/sessions/end-others").json() == {"ended": 0}


def test_sessions_of_others_are_out_of_reach(tenant: Tenant, other_tenant: Tenant) -> None:
    """T01: only a person's own sessions, and for administrators those of their tenant."""
    member, customer = tenant.sign_up(), tenant.sign_up()
    (mine,) = sessions(member)
    for session_id in (mine["id"], str(new_id())):
        assert customer.delete(f"/v1/core/sessions/{session_id}").status_code == 404
        path = f"/v1/core/accounts/{member.account_id}/sessions"
        assert other_tenant.owner.delete(f"{path}/{session_id}").status_code == 404
        assert other_tenant.owner.get(path).status_code == other_tenant.owner.delete(path).status_code == 404
        assert customer.get(path).status_code == customer.delete(path).status_code == 403
    path = f"/v1/core/accounts/{customer.account_id}/sessions/{mine['id']}"
    assert tenant.owner.delete(path).status_code == 404
    path = f"/v1/core/accounts/{member.account_id}/sessions/{mine['id']}"
    assert tenant.owner.delete(path).status_code == 204
    assert member.get("/v1/core/me").status_code == 401


def test_a_stolen_session_is_told_to_its_owner(tenant: Tenant, clock: ShiftedClock, eventually: Any) -> None:
    """T16: when a used refresh token comes back the person gets a mail."""
    member = tenant.sign_up()
    body = {"email": member.email, "password": PASSWORD}
    token = tenant.visitor.post("/v1/core/tokens", json=body).json()["refresh_token"]
    for seconds in (0, 11):
        clock.advance(timedelta(seconds=seconds))
        tenant.visitor.post("/v1/core/tokens/refresh", json={"refresh_token": token})
    clock.offset *= 0

    def told() -> list[Any]:
        mails = tenant.owner.get("/v1/core/outbox-mail").json()["items"]
        return [each for each in mails if each["to"] == member.email and "session was ended" in each["subject"]]

    assert len(eventually(told)) == 1


async def fresh(tenant: Tenant, caller: Caller, clock: ShiftedClock) -> bool:
    """Whether a grave change would be taken from the caller now."""
    house = await open_house(tenant.running.settings, ALL, clock=clock)
    (current,) = [each for each in sessions(caller) if each["current"]]
    at = current["authenticated_at"]
    proved = clock.now().fromisoformat(at.replace("Z", "+00:00")).timestamp()
    try:
        must_be_fresh(Desk(house, Who(new_id(), "x", authenticated_at=proved)))
    except StepUpRequired:
        return False
    finally:
        await house.close()
    return True


async def test_confirming_makes_a_session_fresh(tenant: Tenant, clock: ShiftedClock) -> None:
    """T25: a session is fresh for some minutes; the password once more makes it so again, a refresh does not."""
    member = tenant.sign_up()
    assert await fresh(tenant, member, clock)
    clock.advance(timedelta(minutes=9))
    wrong = member.post("/v1/core/tokens/confirm", json={"password": "wrong wrong wrong"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "core.wrong_credentials")
    tokens = member.post("/v1/core/tokens/confirm", json={"password": PASSWORD})
    assert tokens.status_code == 200, tokens.text
    again = tenant.visitor.post("/v1/core/tokens/refresh", json={"refresh_token": tokens.json()["refresh_token"]})
    clock.advance(timedelta(minutes=7))
    caller = Caller(member.base, {"Authorization": f"Bearer {again.json()['access_token']}"})
    assert await fresh(tenant, caller, clock)
    clock.offset *= 0
    assert member.post("/v1/core/tokens/confirm", json={}).status_code == 422
    assert tenant.visitor.post("/v1/core/tokens/confirm", json={"password": PASSWORD}).status_code == 401


def stale(tenant: Tenant, member: Caller, clock: ShiftedClock) -> Caller:
    """The person with a session that was opened long ago, and a token of just now."""
    body = {"email": member.email, "password": PASSWORD}
    tokens = tenant.visitor.post("/v1/core/tokens", json=body).json()
    clock.advance(timedelta(minutes=16))
    again = tenant.visitor.post("/v1/core/tokens/refresh", json={"refresh_token": tokens["refresh_token"]}).json()
    return Caller(member.base, {"Authorization": f"Bearer {again['access_token']}"}, member.email)


def test_grave_changes_ask_for_a_proof(tenant: Tenant, clock: ShiftedClock) -> None:
    """T25: a refreshed token of an old session removes no factor; with the tokens of a confirmation it does."""
    member = tenant.sign_up()
    caller = stale(tenant, member, clock)
    refused = caller.post("/v1/core/me/factors/totp", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "core.step_up_required")
    tokens = caller.post("/v1/core/tokens/confirm", json={"password": PASSWORD}).json()
    proven = Caller(member.base, {"Authorization": f"Bearer {tokens['access_token']}"})
    assert proven.post("/v1/core/me/factors/totp", json={}).status_code == 201


def test_whoever_has_a_second_factor_confirms_with_it(tenant: Tenant, clock: ShiftedClock) -> None:
    """T25: then the password alone confirms nothing; a wrong code does not either, and a right one once."""
    member = tenant.sign_up()
    enrolled = add_app(member, clock)
    clock.advance(timedelta(minutes=2))
    for answer, code in (
        (member.post("/v1/core/tokens/confirm", json={"password": PASSWORD}), "core.second_factor_required"),
        (member.post("/v1/core/tokens/confirm", json={"code": "000000"}), "core.wrong_second_factor"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, code)
    both = member.post("/v1/core/tokens/confirm", json={"password": PASSWORD, "code": "000000"})
    assert both.status_code == 422
    code = code_at(enrolled["secret"], clock)
    assert member.post("/v1/core/tokens/confirm", json={"code": code}).status_code == 200
    assert member.post("/v1/core/tokens/confirm", json={"code": code}).status_code == 401
    recovery = {"recovery_code": enrolled["recovery_codes"][0]}
    assert member.post("/v1/core/tokens/confirm", json=recovery).status_code == 200
    assert member.post("/v1/core/tokens/confirm", json=recovery).status_code == 401


async def test_a_key_is_never_fresh(tenant: Tenant) -> None:
    """T25: an API key proves no person, so grave changes are not taken from one."""
    house = await open_house(tenant.running.settings, ALL)
    with pytest.raises(StepUpRequired) as refusal:
        must_be_fresh(Desk(house, Who(new_id(), "x", kind="key", account_id=new_id())))
    await house.close()
    assert (refusal.value.status, refusal.value.code) == (403, "core.step_up_required")


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) AppleWebKit/605.1 Version/17.5 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "curl"),
        ("", "Unknown device"),
    ],
)
def test_devices_have_names(user_agent: str, device: str) -> None:
    """P-13: what a person reads in the list of their sessions."""
    assert device_in(user_agent) == device

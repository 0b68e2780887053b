"""Accounts with second factors, and sign-ins that are asked for one."""

from datetime import timedelta
from typing import Any

import httpx
import pyotp

from fourfold.ground.clock import ShiftedClock
from tests.conftest import PASSWORD, Caller, Tenant

STEP = timedelta(seconds=30)


def code_at(secret: str, clock: ShiftedClock, steps: int = 0) -> str:
    """The code that an app shows, so many steps of 30 seconds later."""
    return pyotp.TOTP(secret).at(clock.now() + steps * STEP)


def add_app(caller: Caller, clock: ShiftedClock) -> dict[str, Any]:
    """An app of the caller's that is in force, with its `secret`; the code of this moment is used up by that."""
    made = caller.post("/v1/core/me/factors/totp", json={"name": "phone"})
    assert made.status_code == 201, made.text
    secret = made.json()["secret"]
    path = f"/v1/core/me/factors/totp/{made.json()['id']}/confirm"
    added = caller.post(path, json={"code": code_at(secret, clock)})
    assert added.status_code == 200, added.text
    return {**made.json(), **added.json()}


def asked(tenant: Tenant, email: str, password: str = PASSWORD) -> dict[str, Any]:
    """The refusal that asks for a second factor: `challenge` and `methods`."""
    answer = tenant.visitor.post("/v1/core/tokens", json={"email": email, "password": password})
    assert answer.status_code == 401, answer.text
    assert answer.json()["code"] == "core.second_factor_required"
    refusal: dict[str, Any] = answer.json()
    return refusal


def answer(tenant: Tenant, challenge: str, **given: Any) -> httpx.Response:
    """Answers a challenge."""
    return tenant.visitor.post("/v1/core/tokens/second-factor", json={"challenge": challenge, **given})


def code_of(response: httpx.Response) -> str:
    """The stable code of a refusal."""
    return str(response.json()["code"])

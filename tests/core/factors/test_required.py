"""Roles that need a second factor: until their people have one, only their own account is open to them."""

from collections.abc import Callable
from typing import Any

import httpx

from fourfold.ground.clock import ShiftedClock
from tests.builders.commerce import made
from tests.builders.factors import add_app, code_of
from tests.conftest import PASSWORD, Caller, Tenant, in_time

ACCOUNTS, ME, TOKENS = "/v1/core/accounts", "/v1/core/me", "/v1/core/tokens"
REQUIRED = "core.second_factor_enrolment_required"
Eventually = Callable[..., Any]


def require(tenant: Tenant, *roles: str) -> None:
    """Sets which roles need a second factor."""
    made(tenant.owner.patch("/v1/core/settings", json={"values": {"core.second_factor_roles": list(roles)}}), 200)


def refresh(tenant: Tenant, pair: dict[str, Any]) -> tuple[Caller, dict[str, Any]]:
    """A caller with the newest tokens of a session, and these."""
    newest = made(tenant.visitor.post(f"{TOKENS}/refresh", json={"refresh_token": pair["refresh_token"]}), 200)
    return Caller(tenant.running.client, {"Authorization": f"Bearer {newest['access_token']}"}), newest


def signed_in(tenant: Tenant, email: str) -> dict[str, Any]:
    """The tokens of a new session."""
    return made(tenant.visitor.post(TOKENS, json={"email": email, "password": PASSWORD}), 200)


def refused(answer: httpx.Response) -> bool:
    """Whether the answer asks for a second factor."""
    return answer.status_code == 403 and code_of(answer) == REQUIRED


def test_without_a_factor_only_the_own_account_is_open(
    tenant: Tenant, clock: ShiftedClock, eventually: Eventually
) -> None:
    """P-14, P-19: open sessions are held to it within a second; whoever adds a factor and refreshes has their roles."""
    admin, customer = tenant.sign_up("admin"), tenant.sign_up()
    pair = signed_in(tenant, admin.email)
    assert admin.get(ACCOUNTS).status_code == 200

    def required() -> Callable[[], bool]:
        require(tenant)
        eventually(lambda: admin.get(ACCOUNTS).status_code == 200)
        require(tenant, "admin")
        return lambda: refused(admin.get(ACCOUNTS))

    in_time(required, 1)
    late = tenant.sign_in(admin.email)
    assert refused(late.get(ACCOUNTS))
    assert refused(late.post("/v1/core/api-keys", json={"name": "around it", "scopes": ["core:me:read"]}))
    assert late.get(ME).status_code == customer.get(ME).status_code == 200
    assert tenant.owner.get(ACCOUNTS).status_code == 200
    add_app(late, clock)
    caller, pair = refresh(tenant, pair)
    assert caller.get(ACCOUNTS).status_code == 200
    removed = tenant.owner.delete(f"{ACCOUNTS}/{admin.account_id}/factors")
    assert removed.status_code == 204, removed.text
    assert refused(caller.get(ACCOUNTS))
    caller, pair = refresh(tenant, pair)
    assert refused(caller.get(ACCOUNTS))

    def lifted() -> Callable[[], bool]:
        require(tenant, "admin")
        eventually(lambda: refused(caller.get(ACCOUNTS)))
        require(tenant)
        return lambda: caller.get(ACCOUNTS).status_code == 200

    in_time(lifted, 1)


def test_a_role_that_is_given_later_needs_it_too(tenant: Tenant, clock: ShiftedClock) -> None:
    """P-14: it is asked of whoever holds the role now, however they came to it."""
    require(tenant, "admin")
    plain, ready = tenant.sign_up(), tenant.sign_up()
    ready_pair = signed_in(tenant, ready.email)
    add_app(ready, clock)
    for member in (plain, ready):
        made(tenant.owner.put(f"{ACCOUNTS}/{member.account_id}/roles", json={"roles": ["admin"]}), 200)
    assert refused(tenant.sign_in(plain.email).get(ACCOUNTS))
    assert refresh(tenant, ready_pair)[0].get(ACCOUNTS).status_code == 200
    made(tenant.owner.put(f"{ACCOUNTS}/{plain.account_id}/roles", json={"roles": ["customer"]}), 200)
    assert code_of(tenant.sign_in(plain.email).get(ACCOUNTS)) == "missing_permission"

"""Operators: they see all tenants, suspend and resume them, change plans and shared settings; nobody else does."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from fourfold.core.notices.jobs import DeliverMail, deliver_mail
from fourfold.ground.ids import new_id
from fourfold.ground.who import Who
from fourfold.ground.work import begin
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.builders.commerce import made
from tests.builders.operators import an_operator
from tests.conftest import PASSWORD, Caller, Running, Tenant, in_time

TENANTS = "/v1/core/operator/tenants"


@pytest.fixture
def operator(running: Running) -> Caller:
    """An operator of the platform."""
    return an_operator(running)


def suspend(operator: Caller, tenant: Tenant) -> None:
    """Suspends a tenant."""
    answer = operator.post(f"{TENANTS}/{tenant.id}/suspend", json={"reason": "unpaid"})
    assert answer.status_code == 204, answer.text


def test_operators_see_tenants_with_their_usage(operator: Caller, tenant: Tenant) -> None:
    """B-03: the list shows each tenant with status, plan and usage, page by page; filters narrow it."""
    tenant.sign_up()
    seen = operator.get(f"{TENANTS}/{tenant.id}").json()
    assert (seen["slug"], seen["status"], seen["plan"]) == (tenant.slug, "active", "free")
    assert seen["usage"]["accounts"] == 2
    assert seen["usage"]["sessions"] == 2
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = operator.get(TENANTS, params={"limit": 100, **({"cursor": cursor} if cursor else {})}).json()
        found += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert tenant.id in found
    assert len(found) == len(set(found))
    assert tenant.id not in [
        each["id"] for each in operator.get(TENANTS, params={"status": "suspended"}).json()["items"]
    ]
    assert operator.get(f"{TENANTS}/{new_id()}").status_code == 404
    assert operator.get(TENANTS, params={"status": "asleep"}).status_code == 422


def test_nobody_else_is_an_operator(
    tenant: Tenant, other_tenant: Tenant, admin_sql: Callable[..., Any], running: Running
) -> None:
    """B-03: not even an account that somehow has the role in another tenant; and nobody opens the operators' tenant."""
    assert tenant.owner.get(TENANTS).status_code == 403
    given = tenant.owner.put(
        f"/v1/core/accounts/{tenant.owner.account_id}/roles", json={"roles": ["owner", "operator"]}
    )
    assert given.status_code in {403, 422}
    admin_sql(
        "INSERT INTO core.account_role (tenant_id, account_id, role, granted_at) VALUES ($1, $2, 'operator', now())",
        tenant.id, tenant.owner.account_id,
    )  # fmt: skip
    owner = tenant.sign_in(tenant.owner.email)
    assert owner.get(TENANTS).status_code == 403
    assert owner.get(f"{TENANTS}/{other_tenant.id}").status_code == 403
    assert owner.post(f"{TENANTS}/{other_tenant.id}/suspend", json={"reason": "x"}).status_code == 403
    body = {"name": "P", "slug": "platform", "owner": {"email": "a@b.test", "password": PASSWORD, "name": "A"}}
    assert running.client.post("/v1/core/tenants", json=body).json()["code"] == "core.slug_taken"


def test_a_suspended_tenant_is_refused_at_once(
    operator: Caller, tenant: Tenant, other_tenant: Tenant, eventually: Callable[..., Any]
) -> None:
    """T12: within a second each request of it is 403 `tenant_suspended`; the other tenant is served as before."""
    key = made(tenant.owner.post("/v1/core/api-keys", json={"name": "k", "scopes": ["core:me:read"]}))["key"]
    by_key = Caller(tenant.running.client, {"Authorization": f"Bearer {key}"})
    assert by_key.get("/v1/core/me").status_code == tenant.owner.get("/v1/core/me").status_code == 200
    credentials = {"email": tenant.owner.email, "password": PASSWORD}

    def answers() -> list[tuple[int, str | None]]:
        asked = [
            tenant.owner.get("/v1/core/me"),
            by_key.get("/v1/core/me"),
            tenant.visitor.get("/v1/commerce/products"),
            tenant.visitor.post("/v1/core/tokens", json=credentials),
        ]
        return [(each.status_code, each.json().get("code")) for each in asked]

    def suspended() -> Callable[[], bool]:
        if operator.get(f"{TENANTS}/{tenant.id}").json()["status"] == "suspended":
            assert operator.post(f"{TENANTS}/{tenant.id}/resume").status_code == 204
            eventually(lambda: tenant.owner.get("/v1/core/me").status_code == 200)
        suspend(operator, tenant)
        return lambda: answers() == [(403, "tenant_suspended")] * 4

    in_time(suspended, 1)
    assert answers() == [(403, "tenant_suspended")] * 4
    assert other_tenant.owner.get("/v1/core/me").status_code == 200
    assert other_tenant.visitor.get("/v1/commerce/products").status_code == 200
    again = operator.post(f"{TENANTS}/{tenant.id}/suspend", json={"reason": "unpaid"})
    assert (again.status_code, again.json()["code"]) == (409, "core.tenant_not_in_state")
    assert operator.get(f"{TENANTS}/{tenant.id}").json()["status_reason"] == "unpaid"
    assert operator.post(f"{TENANTS}/{tenant.id}/resume").status_code == 204
    eventually(lambda: tenant.owner.get("/v1/core/me").status_code == 200)
    assert operator.post(f"{TENANTS}/{tenant.id}/resume").status_code == 409


def test_background_work_pauses_and_goes_on(
    operator: Caller,
    tenant: Tenant,
    other_tenant: Tenant,
    admin_sql: Callable[..., Any],
    eventually: Callable[..., Any],
) -> None:
    """T12: jobs and deliveries of a suspended tenant wait, those of others do not; resumed, all is done."""
    suspend(operator, tenant)
    time.sleep(1)
    status = "SELECT status FROM ground.job WHERE id = $1"

    def kept_waiting() -> Any:
        # A busy worker may hear of it later than in a second: then the first job is done, and the next one waits.
        jobs = [asyncio.run(_mail_job(each)) for each in (tenant, other_tenant)]
        eventually(lambda: admin_sql(status, jobs[1])[0]["status"] == "done")
        return jobs[0] if admin_sql(status, jobs[0])[0]["status"] == "queued" else None

    waiting = eventually(kept_waiting)
    event = new_id()
    admin_sql(
        "INSERT INTO ground.event (tenant_id, id, type, subject, at, actor, request_id, data)"
        " VALUES ($1, $2, 'core.settings.changed', 'x', now(), 'system', '', '{}')",
        tenant.id, event,
    )  # fmt: skip
    time.sleep(1)
    assert admin_sql(status, waiting)[0]["status"] == "queued"
    published = "SELECT published_at FROM ground.event WHERE id = $1"
    assert admin_sql(published, event)[0]["published_at"] is None
    assert operator.post(f"{TENANTS}/{tenant.id}/resume").status_code == 204
    eventually(lambda: admin_sql(status, waiting)[0]["status"] == "done")
    eventually(lambda: admin_sql(published, event)[0]["published_at"] is not None)


async def _mail_job(tenant: Tenant) -> Any:
    """A job that is due, as an act enqueues it: the delivery of a mail that there is not."""
    house = await open_house(tenant.running.settings, ALL)
    async with begin(house, Who.system(UUID(tenant.id))) as work:
        job = work.later(deliver_mail, DeliverMail(mail_id=new_id()))
    await house.close()
    return job.id


def test_plans_bring_their_settings(operator: Caller, tenant: Tenant, other_tenant: Tenant) -> None:
    """B-02, B-03: what is set for a plan holds for its tenants, over the platform's, and under the tenant's own."""
    plan = f"p{new_id().hex[-8:]}"
    shared = "/v1/core/operator/settings"
    assert operator.put(f"{TENANTS}/{tenant.id}/plan", json={"plan": plan}).status_code == 204
    set_ = operator.patch(shared, json={"scope": f"plan:{plan}", "values": {"core.invitation_days": 30}})
    assert set_.json() == {"scope": f"plan:{plan}", "values": {"core.invitation_days": 30}}
    assert operator.get(shared, params={"scope": f"plan:{plan}"}).json() == set_.json()
    assert _held(tenant, "core.invitation_days") == (30, "plan")
    assert _held(other_tenant, "core.invitation_days") == (7, "default")
    tenant.owner.patch("/v1/core/settings", json={"values": {"core.invitation_days": 5}})
    assert _held(tenant, "core.invitation_days") == (5, "tenant")
    bad = operator.patch(shared, json={"scope": f"plan:{plan}", "values": {"core.invitation_days": 0}})
    assert bad.status_code == 422
    assert operator.patch(shared, json={"scope": "all", "values": {"core.invitation_days": 3}}).status_code == 422
    assert operator.put(f"{TENANTS}/{tenant.id}/plan", json={"plan": "A b"}).status_code == 422
    assert operator.put(f"{TENANTS}/{new_id()}/plan", json={"plan": "pro"}).status_code == 404
    assert tenant.owner.get(shared).status_code == 403


def _held(tenant: Tenant, name: str) -> tuple[Any, str]:
    items = tenant.owner.get("/v1/core/settings").json()["items"]
    return next((each["value"], each["source"]) for each in items if each["name"] == name)

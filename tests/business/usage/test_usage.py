"""Usage over real HTTP: every answered request counts once, and quotas hold."""

import asyncio
import csv
import io
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from fourfold.business.usage.drain import Drain
from fourfold.ground.clock import ShiftedClock
from fourfold.ground.ids import new_id
from fourfold.ground.settings import Settings
from fourfold.ground.spool import Spool, visit_line
from fourfold.ground.who import Who
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.builders.commerce import made, pay
from tests.builders.operators import an_operator
from tests.commerce.payments.test_messages import an_unpaid_order, event_about, send
from tests.conftest import Caller, Running, Tenant, wait

Eventually = Callable[..., Any]
USAGE = "/v1/business/usage"
QUOTA = "/v1/business/quota"
MARK = f"GET {QUOTA}"


def reported(tenant: Tenant, group: str) -> dict[str, int]:
    """What the report says, by group."""
    items = tenant.owner.get(USAGE, params={"group_by": group}).json()["items"]
    return {each["group"]: each["requests"] for each in items}


def until_counted(tenant: Tenant, eventually: Eventually) -> None:
    """Waits until everything that was answered so far is in the report: lines are counted in their order."""
    before = reported(tenant, "route").get(MARK, 0)
    assert tenant.owner.get(MARK.partition(" ")[2]).status_code == 200
    eventually(lambda: reported(tenant, "route").get(MARK, 0) > before)


def a_plan(running: Running, tenant: Tenant, **values: object) -> str:
    """Gives the tenant a plan of its own with these settings."""
    operator, plan = an_operator(running), f"p{new_id().hex[-10:]}"
    named = {name.replace("__", "."): value for name, value in values.items()}
    made(operator.patch("/v1/core/operator/settings", json={"scope": f"plan:{plan}", "values": named}), 200)
    given = operator.put(f"/v1/core/operator/tenants/{tenant.id}/plan", json={"plan": plan})
    assert given.status_code == 204, given.text
    return plan


def a_key(tenant: Tenant, *scopes: str) -> tuple[Caller, str]:
    """An API key that may do this, and its id."""
    key = made(tenant.owner.post("/v1/core/api-keys", json={"name": "robot", "scopes": list(scopes)}))
    return Caller(tenant.running.client, {"Authorization": f"Bearer {key['key']}"}), key["id"]


def test_the_report_equals_what_was_sent(running: Running, tenant: Tenant, eventually: Eventually) -> None:
    """T40: 1,000 mixed requests, replays and 429s among them, while Valkey is emptied: the report has each of them."""
    key, key_id = a_key(tenant, "core:me:read")
    buyer = tenant.sign_up()
    a_plan(running, tenant, core__limit_costly="5/60s")
    replayed = {"Idempotency-Key": new_id().hex}
    calls: list[tuple[str, Callable[[], Any]]] = [
        ("GET /v1/core/me", lambda: key.get("/v1/core/me")),
        ("GET /v1/commerce/products", lambda: tenant.visitor.get("/v1/commerce/products")),
        ("GET /v1/commerce/products/{product_id}", lambda: buyer.get("/v1/commerce/products/none")),
        ("POST /v1/commerce/carts", lambda: buyer.post("/v1/commerce/carts", headers=replayed)),
        ("GET /v1/core/accounts", lambda: buyer.get("/v1/core/accounts")),
        ("POST /v1/core/tenant-exports", lambda: buyer.post("/v1/core/tenant-exports")),
    ]
    until_counted(tenant, eventually)
    begun, sent, ended = Counter(reported(tenant, "route")), Counter[str](), Counter[str]()
    for number in random.Random(4).choices(range(len(calls)), k=1000):
        name, call = calls[number]
        answer = call()
        sent[name] += 1
        ended[str(answer.status_code)] += 1
        if sum(sent.values()) == 500:
            asyncio.run(_flush(running))
    assert {"200", "201", "403", "404", "429"} == set(ended)
    assert ended["429"] > 100

    def told() -> Counter[str]:
        now = Counter(reported(tenant, "route")) - begun
        return Counter({name: count for name, count in now.items() if name not in {f"GET {USAGE}", MARK}})

    until_counted(tenant, eventually)
    assert told() == sent
    assert reported(tenant, "key")[key_id] == sent["GET /v1/core/me"]
    assert set(reported(tenant, "version")) == {"v1"}


async def _flush(running: Running) -> None:
    valkey = Redis.from_url(str(running.settings.valkey_url))
    await valkey.flushdb()
    await valkey.aclose()


def test_reports_are_the_tenants_own(tenant: Tenant, other_tenant: Tenant, eventually: Eventually) -> None:
    """B-41: owners see theirs and nobody else's; members see none; spans that are not moments are refused."""
    until_counted(tenant, eventually)
    until_counted(other_tenant, eventually)
    accounts = reported(other_tenant, "account")
    assert other_tenant.owner.account_id in accounts
    assert tenant.owner.account_id not in accounts
    member = tenant.sign_up()
    for path in (USAGE, QUOTA):
        assert member.get(path).status_code == 403
        assert tenant.visitor.get(path).status_code == 401
    for wrong in ({"group_by": "mood"}, {"from": "soon"}, {"to": "1700000000"}, {"limit": "0"}, {"format": "xml"}):
        assert tenant.owner.get(USAGE, params=wrong).status_code == 422, wrong
    assert tenant.owner.get(USAGE, params={"cursor": "x"}).json()["code"] == "bad_cursor"


def test_reports_by_pages_and_as_csv(tenant: Tenant, eventually: Eventually) -> None:
    """B-41: pages and CSV tell the same, for the span that is asked for."""
    until_counted(tenant, eventually)
    span = {"from": "2020-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z", "group_by": "route"}
    pages, cursor = [], None
    while True:
        page = tenant.owner.get(USAGE, params={**span, "limit": 1, **({"cursor": cursor} if cursor else {})}).json()
        pages += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(pages) > 1
    for asked in ({"params": {**span, "format": "csv"}}, {"params": span, "headers": {"Accept": "text/csv"}}):
        answer = tenant.owner.get(USAGE, **asked)
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert {each["group"] for each in pages} <= {each["route"] for each in rows}
        assert set(rows[0]) == {"route", "requests", "refused", "failed", "mean_ms", "max_ms"}
    assert tenant.owner.get(USAGE, params={"to": "2020-01-01T00:00:00Z"}).json() == {"items": [], "next": None}


def test_a_tenants_quota_holds(
    running: Running, tenant: Tenant, other_tenant: Tenant, clock: ShiftedClock, eventually: Eventually
) -> None:
    """B-40: over the plan's quota is 429 with a clear answer, until next month or another plan; reports stay open."""
    a_plan(running, tenant, business__requests_per_month=5)

    def refused() -> Any:
        answer = tenant.visitor.get("/v1/commerce/products")
        return answer if answer.status_code == 429 else None

    answer = eventually(refused)
    told = answer.json()
    assert (told["code"], told["quota"], told["of"]) == ("quota_exceeded", 5, "tenant")
    assert "5 requests a month" in told["detail"]
    assert 0 < int(answer.headers["retry-after"]) <= 31 * 86400 + 1
    assert other_tenant.visitor.get("/v1/commerce/products").status_code == 200
    quota = tenant.owner.get(QUOTA).json()
    assert quota["requests"] == 5
    assert quota["used"] >= 5
    again = {"email": tenant.owner.email, "password": "wrong horse battery"}
    assert tenant.visitor.post("/v1/core/tokens", json=again).status_code == 401
    clock.advance(timedelta(seconds=int(answer.headers["retry-after"])))
    assert refused() is None
    clock.advance(-timedelta(seconds=int(answer.headers["retry-after"])))
    a_plan(running, tenant, business__requests_per_month=1_000_000)
    eventually(lambda: refused() is None)


def test_who_has_ordered_pays_over_the_quota(running: Running, tenant: Tenant, eventually: Eventually) -> None:
    """B-40, C-34: the gateway's messages are heard, and orders are paid, though the month's requests are used up."""
    waiting, paid = an_unpaid_order(tenant), an_unpaid_order(tenant)
    a_plan(running, tenant, business__requests_per_month=5)
    eventually(lambda: tenant.visitor.get("/v1/commerce/products").status_code == 429)
    assert send(tenant, event_about(waiting["payment"]["id"])).status_code == 200
    assert pay(tenant.visitor, paid)["status"] == "completed"
    payment = f"/v1/commerce/payments/{waiting['payment']['id']}"
    token = {"X-Order-Token": waiting["payment"]["client_secret"]}
    assert made(tenant.visitor.get(payment, headers=token), 200)["status"] == "completed"
    assert tenant.visitor.get("/v1/commerce/products").status_code == 429


def test_a_keys_quota_holds_for_it_alone(running: Running, tenant: Tenant, eventually: Eventually) -> None:
    """B-40: one API key has used up its month, while another goes on."""
    first, _ = a_key(tenant, "core:me:read")
    second, _ = a_key(tenant, "core:me:read")
    a_plan(running, tenant, business__key_requests_per_month=3)
    answer = eventually(lambda: _refused(first.get("/v1/core/me")))
    assert (answer.json()["code"], answer.json()["of"]) == ("quota_exceeded", "key")
    assert second.get("/v1/core/me").status_code == 200
    assert tenant.owner.get("/v1/core/me").status_code == 200


def _refused(answer: Any) -> Any:
    return answer if answer.status_code == 429 else None


def test_a_plans_storage_holds(running: Running, tenant: Tenant) -> None:
    """B-40: a plan's bytes of files are all that its tenants may store."""
    a_plan(running, tenant, business__storage_bytes=100)
    sent = {"file": ("a.txt", b"x" * 80, "text/plain")}
    assert tenant.owner.post("/v1/core/files", files=sent).status_code == 201
    assert tenant.owner.post("/v1/core/files", files=sent).status_code in {409, 413, 507}
    assert tenant.owner.get(QUOTA).json()["storage_bytes"] == 100


def test_plans_that_come_along(running: Running) -> None:
    """B-40: team and business have quotas from the start; operators may change them."""
    operator = an_operator(running)
    for plan in ("team", "business"):
        values = operator.get("/v1/core/operator/settings", params={"scope": f"plan:{plan}"}).json()["values"]
        assert values["business.requests_per_month"] > values["business.key_requests_per_month"] > 0


def test_nothing_is_counted_of_whoever_is_erased(
    running: Running, tenant: Tenant, admin_sql: Callable[..., Any], tmp_path: Path
) -> None:
    """T67: lines that are still in the spool when a tenant is erased do not bring it back."""
    settings = running.settings.model_copy(update={"home": tmp_path})
    gone, left = new_id(), Spool(tmp_path)
    for each in (gone, UUID(tenant.id)):
        left.write(visit_line(Who(each, "x"), 500_000, "GET", "/late", 200, 7))
    left.close()
    asyncio.run(_drain_together(settings))
    rows = admin_sql("SELECT tenant_id, requests FROM business.usage WHERE route = '/late'")
    assert [(str(row["tenant_id"]), row["requests"]) for row in rows] == [(tenant.id, 1)]
    assert left.files() == []


def test_kills_lose_nothing_and_double_nothing(
    running: Running, tenant: Tenant, admin_sql: Callable[..., Any], eventually: Eventually, tmp_path: Path
) -> None:
    """T40: processes that count while they are killed; whoever follows counts what they have left."""
    settings = running.settings.model_copy(update={"home": tmp_path})
    given = {
        "FOURFOLD_HOME": str(tmp_path),
        "FOURFOLD_POSTGRES_URL": str(settings.postgres_url),
        "FOURFOLD_VALKEY_URL": str(settings.valkey_url),
    }
    kills, told = 4, tmp_path / "told"
    for number in range(kills):
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.business.usage.dying_counter", tenant.id, str(told)],
            env={**os.environ, **given},
        )
        before = told.stat().st_size if told.exists() else 0
        enough = before + 4_000 + 700 * number
        eventually(lambda enough=enough: told.exists() and told.stat().st_size >= enough)
        child.send_signal(signal.SIGKILL)
        child.wait()
    asyncio.run(_drain_together(settings))
    (row,) = admin_sql(
        "SELECT sum(requests)::int AS counted FROM business.usage WHERE tenant_id = $1 AND route = '/dying'",
        tenant.id,
    )  # fmt: skip
    written = told.stat().st_size
    assert written <= row["counted"] <= written + kills
    assert list((tmp_path / "usage").iterdir()) == []
    assert admin_sql("SELECT * FROM business.spool WHERE name LIKE $1", f"%-{child.pid}-%") == []


async def _drain_together(settings: Settings) -> None:
    house = await open_house(settings, ALL)
    try:
        await asyncio.gather(*(Drain(house).once() for _ in range(3)))
        await Drain(house).once()
    finally:
        await house.close()


def test_usage_is_kept_for_400_days(
    tenant: Tenant, clock: ShiftedClock, admin_sql: Callable[..., Any], eventually: Eventually
) -> None:
    """B-40: where a plan says nothing else, hours and months beyond 400 days are deleted once a day."""
    for days in (35, 390, 410, 900):
        admin_sql(
            "INSERT INTO business.usage VALUES ($1, now() - make_interval(days => $2), $1, $1, 'GET', '/old', 200,"
            " '1', 1, 1, 1)",
            tenant.id, days,
        )  # fmt: skip
    admin_sql("INSERT INTO business.month_usage VALUES ($1, '2020-01-01', $1, 5)", tenant.id)
    count = "SELECT count(*) AS rows FROM business.usage WHERE tenant_id = $1 AND route = '/old'"
    wait(clock, admin_sql, timedelta(days=1))
    eventually(lambda: admin_sql(count, tenant.id)[0]["rows"] == 2)
    months = "SELECT FROM business.month_usage WHERE tenant_id = $1 AND month < '2021-01-01'"
    eventually(lambda: not admin_sql(months, tenant.id))

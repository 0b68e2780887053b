"""What processes count and tell: as much as was done, named as Prometheus asks, and nothing about anybody."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from fourfold.ground.db import open_pool, transaction
from fourfold.ground.metrics import FIGURES
from fourfold.serve.figures.pulse import version_here
from tests.builders.commerce import a_cart_with, a_paid_order, a_variant, an_order, check_out, made
from tests.builders.rest import at_rest
from tests.conftest import PASSWORD, Running, Tenant, database_url
from tests.serve.deployment import ROOT
from tests.serve.scraped import Scraped, problems_of, promtool_says

Eventually = Callable[..., Any]
LABELS = {
    "method", "route", "status", "status_class", "reaction", "outcome", "kind", "consumer", "role", "state", "rule",
    "way", "currency", "version", "python", "le", "pid",
}  # fmt: skip
# Unlike words of the code: an id, an address of a mail, a number that goes on and on.
TELLING = re.compile(r"[0-9a-f]{8}-|[0-9a-f]{12}|@|\d{6}")


def scrape(running: Running) -> Scraped:
    """What is told now."""
    return Scraped.of(running.client.get("/metrics").raise_for_status().text)


def scrape_at_rest(running: Running) -> Scraped:
    """What is told once the worker has nothing left of what other tests have set off."""
    at_rest(running)
    return scrape(running)


def grown(running: Running, before: Scraped, wanted: dict[tuple[str, str], float]) -> Callable[[], bool]:
    """Whether counters, named with their labels as `way=password`, have grown by just so much."""

    def look() -> bool:
        now = scrape(running)
        told = {}
        for name, text in wanted:
            labels = dict(each.split("=", 1) for each in text.split(",") if each)
            told[name, text] = now.total(name, **labels) - before.total(name, **labels)
        return told == wanted

    return look


def test_orders_and_money_are_counted(running: Running, tenant: Tenant, eventually: Eventually) -> None:
    """P-31: counters tell of orders, their money, carts and refunds just what was done, in whichever process."""
    variant = a_variant(tenant.owner, stock=50, price=1999)
    buyer = tenant.sign_up()
    before = scrape_at_rest(running)
    paid = a_paid_order(buyer, (variant, 2))
    placed = an_order(buyer, (variant, 1))
    made(buyer.post(f"/v1/commerce/orders/{placed['order']['id']}/cancel", json={"reason": "changed my mind"}), 200)
    made(buyer.post(f"/v1/commerce/orders/{paid['id']}/cancel", json={"reason": "that one too"}), 200)
    cents = paid["totals"]["total"]["amount"]
    wanted: dict[tuple[str, str], float] = {
        ("orders_placed_total", ""): 2,
        ("orders_paid_total", ""): 1,
        ("orders_cancelled_total", ""): 2,
        ("paid_minor_units_total", "currency=EUR"): cents,
        ("refunds_total", ""): 1,
        ("refunded_minor_units_total", "currency=EUR"): cents,
        ("carts_opened_total", ""): 2,
        ("requests_total", "route=/v1/commerce/carts/{cart_id}/checkout,status=201,method=POST"): 2,
        ("request_seconds_count", "route=/v1/commerce/carts/{cart_id}/checkout,status_class=2xx,method=POST"): 2,
    }
    eventually(grown(running, before, wanted))


def test_what_is_repeated_or_refused_is_no_order(running: Running, tenant: Tenant, eventually: Eventually) -> None:
    """P-31: an order that is asked for twice with one key counts once, and one that is rolled back does not count."""
    variant = a_variant(tenant.owner, stock=1)
    buyer = tenant.sign_up()
    before, key = scrape_at_rest(running), uuid4().hex
    cart = a_cart_with(buyer, (variant, 1))
    others = a_cart_with(tenant.owner, (variant, 1))
    assert [check_out(buyer, cart, key=key).status_code for _ in range(3)] == [201, 201, 201]
    assert check_out(tenant.owner, others).status_code == 409
    checkouts = "route=/v1/commerce/carts/{cart_id}/checkout"
    wanted: dict[tuple[str, str], float] = {
        ("orders_placed_total", ""): 1,
        ("requests_total", f"{checkouts},status=201"): 3,
        ("requests_total", f"{checkouts},status=409"): 1,
    }
    eventually(grown(running, before, wanted))


def test_people_and_files_are_counted(running: Running, tenant: Tenant, eventually: Eventually) -> None:
    """P-31: sign-ins by their outcome, accounts, tenants, files with their bytes, mails."""
    before = scrape_at_rest(running)
    slug = f"t{uuid4().hex[:12]}"
    owner = {"email": f"owner@{slug}.test", "password": PASSWORD, "name": "Owner"}
    made(running.client.post("/v1/core/tenants", json={"name": "Another", "slug": slug, "owner": owner}))
    tenant.sign_up(email=f"one@{tenant.slug}.test")
    for _ in range(3):
        wrong = {"email": f"one@{tenant.slug}.test", "password": "not the password at all"}
        assert tenant.visitor.post("/v1/core/tokens", json=wrong).status_code == 401
    made(tenant.owner.post("/v1/core/files", files={"file": ("a.txt", b"twelve bytes", "text/plain")}))
    wanted: dict[tuple[str, str], float] = {
        ("tenants_opened_total", ""): 1,
        ("sign_ins_total", "way=password,outcome=opened"): 1,
        ("sign_ins_total", "way=password,outcome=wrong_credentials"): 3,
        ("files_stored_total", ""): 1,
        ("files_stored_bytes_total", ""): 12,
    }
    eventually(grown(running, before, wanted))
    assert scrape(running).total("accounts_registered_total") > before.total("accounts_registered_total")
    eventually(
        lambda: scrape(running).total("mails_total", outcome="sent") > before.total("mails_total", outcome="sent")
    )


def test_unknown_paths_make_no_series(running: Running, tenant: Tenant, eventually: Eventually) -> None:
    """P-31: whatever strangers ask for, by whatever method, is one value of a label."""
    before = scrape(running)
    for number in range(20):
        assert tenant.visitor.get(f"/nothing/{number}/{uuid4()}").status_code == 404
    assert running.client.request("PROPFIND", "/nothing").status_code == 404
    wanted: dict[tuple[str, str], float] = {
        ("requests_total", "route=unknown,method=GET,status=404"): 20,
        ("requests_total", "route=unknown,method=other,status=404"): 1,
    }
    eventually(grown(running, before, wanted))
    routes = {dict(labels)["route"] for name, labels in scrape(running).series if name == "fourfold_requests_total"}
    assert not [route for route in routes if "nothing" in route]


def test_limits_count_what_they_allow(running: Running, tenant: Tenant, eventually: Eventually) -> None:
    """P-31: what the limits have allowed is told within seconds, by their classes."""
    before = scrape(running).total("limit_decisions_total", rule="normal", outcome="allowed")
    for _ in range(10):
        assert tenant.owner.get("/v1/core/me").status_code == 200
    eventually(lambda: scrape(running).total("limit_decisions_total", rule="normal", outcome="allowed") >= before + 10)


def test_processes_tell_of_themselves(running: Running, tenant: Tenant, eventually: Eventually) -> None:
    """P-31: memory, processor, start, version, connections and Valkey, of the API and of the worker."""
    told = eventually(lambda: (now := scrape(running)).total("sampled_timestamp_seconds") and now)
    for role in ("api", "worker"):
        assert told.total("process_resident_memory_bytes", role=role) > 10_000_000
        assert told.total("process_start_time_seconds", role=role) > 1_700_000_000
        assert told.total("process_cpu_seconds_total", role=role) > 0
        assert 1 <= told.total("pool_connections", role=role) <= running.settings.postgres_pool
        calm = {"valkey_up": 1, "limits_alone": 0, "pool_waiting": 0}
        calm["pool_max_connections"] = running.settings.postgres_pool
        # A busy machine may have kept Valkey's answer or a connection waiting at the last look.
        eventually(lambda role=role, calm=calm: {n: scrape(running).total(n, role=role) for n in calm} == calm)
    assert told.total("build_info", version=version_here()) == 1
    assert re.fullmatch(r"\d+\.\d+\.\d+", version_here())
    assert told.total("valkey_connects_total") >= 2


async def test_waiting_for_connections_is_told(running: Running) -> None:
    """P-31: transactions that had to wait for a connection are counted with the time they have waited."""
    assert FIGURES.get_sample_value("fourfold_pool_wait_seconds_count", {"role": "lonely"}) is None
    pool = await open_pool(database_url(running.database, "fourfold_app"), 1, name="fourfold lonely")
    first = transaction(pool, None)
    await first.__aenter__()

    async def second() -> None:
        async with transaction(pool, None):
            assert FIGURES.get_sample_value("fourfold_pool_waiting", {"role": "lonely"}) == 0

    task = asyncio.create_task(second())
    async with asyncio.timeout(60):
        while not FIGURES.get_sample_value("fourfold_pool_waiting", {"role": "lonely"}):  # noqa: ASYNC110 - a gauge
            await asyncio.sleep(0.01)
        await first.__aexit__(None, None, None)
        await task
    assert FIGURES.get_sample_value("fourfold_pool_wait_seconds_count", {"role": "lonely"}) == 1
    await pool.close()


def test_names_are_as_prometheus_asks(running: Running, tenant: Tenant) -> None:
    """P-31: base units, `_total`, HELP and TYPE of every family; by promtool too, where there is one."""
    an_order(tenant.sign_up(), (a_variant(tenant.owner), 1))
    text = running.client.get("/metrics").text
    assert problems_of(Scraped.of(text)) == []
    assert promtool_says(text) == ""


def test_labels_tell_of_nobody(running: Running, tenant: Tenant) -> None:
    """P-31: no label names a tenant or a person, and each has a known name and one of few values."""
    an_order(tenant.sign_up(), (a_variant(tenant.owner), 1))
    assert running.client.get("/nothing", headers={"X-Tenant": tenant.slug}).status_code == 404
    values: dict[str, set[str]] = {}
    for _, labels in scrape(running).series:
        for name, value in labels:
            values.setdefault(name, set()).add(value)
    assert set(values) <= LABELS
    told = set().union(*(values[name] for name in values if name not in {"le", "pid", "version", "python"}))
    assert [value for value in told if TELLING.search(value) or tenant.slug in value] == []


def test_every_family_is_explained() -> None:
    """P-31: the page about metrics names each family that there is."""
    page = (ROOT / "docs/how-to/observe.md").read_text()
    ends = {"counter": "_total", "gauge": "", "histogram": ""}
    names = [family.name.removeprefix("fourfold_") + ends[family.type] for family in FIGURES.collect()]
    assert [name for name in names if f"`{name}`" not in page] == []


PROCESS = """
import os, signal
from fourfold.contracts.figures import orders_placed_total
from fourfold.ground.metrics import metrics_text, pool_waiting, process_resident_memory_bytes, request_seconds
orders_placed_total.inc(3)
request_seconds.labels("GET", "/", "2xx").observe(0.3)
if {dies}:
    pool_waiting.labels("api").set(5)
    process_resident_memory_bytes.labels("api").set(7)
    os.kill(os.getpid(), signal.SIGKILL)
print(metrics_text()[0].decode())
"""


def test_processes_count_together(tmp_path: Path) -> None:
    """P-31: what a killed process has counted stays and is added up; what it was like is not told any more."""
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def run(*, dies: bool) -> "subprocess.CompletedProcess[str]":
        program = [sys.executable, "-c", PROCESS.format(dies=dies)]
        return subprocess.run(program, env=env, capture_output=True, text=True, check=False)

    assert [run(dies=True).returncode for _ in range(2)] == [-signal.SIGKILL] * 2
    assert len(list(tmp_path.glob("gauge_livesum_*.db"))) == 2
    done = run(dies=False)
    told = Scraped.of(done.stdout)
    assert told.total("orders_placed_total") == 9
    assert told.total("request_seconds_count", method="GET") == 3
    assert (told.total("pool_waiting"), told.total("process_resident_memory_bytes")) == (0, 0)
    assert not [family for family in told.families if family.startswith("fourfold_pool")]
    assert problems_of(told) == []
    assert promtool_says(done.stdout) == ""

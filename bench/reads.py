"""The product list and the product page: Fourfold against the bare statements and against the usual ORM."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bench.catalogue import write_shopify_csv
from bench.deployment import Deployment, Shop, deployed, free_port
from bench.figures import Figure, median
from bench.load import Load, run_load
from bench.machine import cpu_seconds

ROUNDS, SECONDS = 3, 4.0
# Competitors are compared round by round, since the machine's speed drifts meanwhile.
COMPARED = 5


@contextmanager
def rival(module: str, deployment: Deployment, shop: Shop) -> Iterator[tuple[int, int]]:
    """A competitor on the same database: its port and process number."""
    port = free_port()
    url = deployment.admin_url().replace("user=postgres", "user=fourfold_app")
    words = [sys.executable, "-m", module, str(port), url, shop.tenant_id]
    process = subprocess.Popen(words, cwd=Path(__file__).parents[1])
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                httpx.get(f"http://127.0.0.1:{port}/products").raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def fill(deployment: Deployment, shop: Shop, products: int) -> tuple[float, list[str]]:
    """Imports a made-up catalogue: the seconds that it took, and the ids of some products."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "products.csv"
        write_shopify_csv(file, products, seed=1)
        began = time.monotonic()
        told = deployment.fourfold("import", "products", str(file), "--tenant", shop.slug)
        took = time.monotonic() - began
    assert (told["created"], told["failed"]) == (products, 0), told
    ids: list[str] = []
    following = ""
    while len(ids) < min(products, 300):
        page = shop.call("GET", f"/v1/commerce/products?limit=100{following}")
        ids += [item["id"] for item in page["items"]]
        following = f"&cursor={page['next']}"
    return took, ids


def reads() -> list[Figure]:
    """1,000 products, 100 clients, one process of each; rounds of all three in turn."""
    figures = []
    with deployed() as deployment:
        shop = deployment.open_shop("reads")
        _, ids = fill(deployment, shop, 1000)
        header = [f"X-Tenant: {shop.slug}"]
        postgres = deployment.pids()["postgres"]
        with rival("bench.bare", deployment, shop) as bare, rival("bench.orm", deployment, shop) as orm:
            contestants = {
                "Fourfold": (deployment.port, deployment.pids()["api-1"], "/v1/commerce/products"),
                "bare": (*bare, "/products"),
                "ORM": (*orm, "/products"),
            }
            for what, tails in (("list of 20", [""]), ("product page", [f"/{id_}" for id_ in ids])):
                figures += _compare(what, tails, contestants, header, postgres)
    return figures


def _compare(
    what: str, tails: list[str], contestants: dict[str, tuple[int, int, str]], header: list[str], postgres: int
) -> list[Figure]:
    loads: dict[str, list[Load]] = {name: [] for name in contestants}
    costs: dict[str, list[float]] = {name: [] for name in contestants}
    for round_ in range(COMPARED + 1):
        for name, (port, pid, prefix) in contestants.items():
            paths = [prefix + tail for tail in tails]
            before = cpu_seconds([pid]), cpu_seconds([postgres])
            load = run_load("reads", port, 100, SECONDS if round_ else 1.0, headers=header, paths=paths)
            used = cpu_seconds([pid]) - before[0]
            assert set(load.outcomes) == {"200"}, load.outcomes
            if round_:  # the first only warms up
                loads[name].append(load)
                costs[name].append(used * 1000 / sum(load.outcomes.values()))
    scenario = f"{what}, 100 clients"
    figures = []
    for name, each in loads.items():
        figures += [
            Figure(scenario, f"{name}: rate", median([load.rate for load in each]), "1/s"),
            Figure(scenario, f"{name}: p95", median([load.p95 for load in each]), "ms"),
            Figure(scenario, f"{name}: CPU of the process", median(costs[name]), "ms/request"),
        ]
    ratio = {
        name: median([ours.rate / theirs.rate for ours, theirs in zip(loads["Fourfold"], each, strict=True)])
        for name, each in loads.items()
    }
    return [
        *figures,
        Figure(scenario, "Fourfold / bare", ratio["bare"], "ratio", at_least=0.7),
        Figure(scenario, "Fourfold / ORM", ratio["ORM"], "ratio"),
    ]


def catalogue() -> list[Figure]:
    """100,000 products: how long they take to import, and how long lists, searches and facets take on them."""
    figures = []
    with deployed() as deployment:
        shop = deployment.open_shop("large")
        took, ids = fill(deployment, shop, 100_000)
        figures.append(Figure("import of 100,000 products", "time", took, "s", at_most=60))
        figures.append(Figure("import of 100,000 products", "rate", 100_000 / took, "products/s"))
        asked = {
            "list of 20": [""],
            "product page": [f"/{id_}" for id_ in ids],
            "words": [f"?q={words}" for words in ("vintage", "cotton+lamp", "walnut+shelf", "ocean", "sand+rug")],
            "mistyped words": [f"?q={words}" for words in ("vintge", "coton+lamp", "walnt+shelf")],
            "price from-to, cheapest first": ["?min_price=1000&max_price=3000&in_stock=true&sort=price"],
            "words with facets": [f"?q={words}&facets=true" for words in ("vintage", "cotton+lamp", "walnut+shelf")],
        }
        for what, tails in asked.items():
            paths = [f"/v1/commerce/products{tail}" for tail in tails]
            header = [f"X-Tenant: {shop.slug}"]
            loads = [
                run_load("reads", deployment.port, 16, SECONDS if round_ else 1.0, headers=header, paths=paths)
                for round_ in range(ROUNDS + 1)
            ][1:]
            assert all(set(load.outcomes) == {"200"} for load in loads), loads
            scenario = f"{what}, 100,000 products, 16 clients"
            figures.append(Figure(scenario, "rate", median([load.rate for load in loads]), "1/s"))
            figures.append(Figure(scenario, "p95", median([load.p95 for load in loads]), "ms", at_most=50))
    return figures

"""Checkouts: from an empty cart to a confirmed, paid order, with the books checked afterwards."""

import time

from bench.deployment import Deployment, Shop, deployed
from bench.figures import Figure, median
from bench.load import run_load

ROUNDS, SECONDS = 3, 6.0
BUYERS, PRODUCTS, PIECES = 100, 200, 1_000_000


def checkouts() -> list[Figure]:
    """1, 16 and 100 buyers at once, on one and two API processes."""
    figures = []
    for workers in (1, 2):
        with deployed(workers=workers) as deployment:
            shop = deployment.open_shop(f"checkouts{workers}")
            variants = [shop.product(f"article-{number}", [PIECES])[0] for number in range(PRODUCTS)]
            buyers = [[f"Authorization: Bearer {shop.buyer(number)}"] for number in range(BUYERS)]
            for clients in (1, 16, 100):
                figures += _measure(deployment, variants, buyers, workers, clients)
            figures.append(_books(shop, workers))
    return figures


def _measure(
    deployment: Deployment, variants: list[str], buyers: list[list[str]], workers: int, clients: int
) -> list[Figure]:
    scenario = f"checkout, {clients} buyers, {workers} API"
    loads = [
        run_load("purchases", deployment.port, clients, SECONDS if round_ else 1.0, variants=variants, buyers=buyers)
        for round_ in range(ROUNDS + 1)
    ][1:]
    assert all(set(load.outcomes) == {"completed"} for load in loads), [load.outcomes for load in loads]
    asked = 150 if (clients, workers) == (100, 2) else None
    return [
        Figure(scenario, "paid orders", median([load.rate for load in loads]), "1/s", at_least=asked),
        *(
            Figure(scenario, name, median([getattr(load, name) for load in loads]), "ms")
            for name in ("p50", "p95", "p99")
        ),
    ]


def _books(shop: Shop, workers: int) -> Figure:
    """Waits until mails and papers are made, and counts the checks that fail."""
    began = time.monotonic()
    while (broken := shop.books()) and time.monotonic() < began + 600:
        time.sleep(2)
    for check in broken:
        print(check)
    return Figure(f"books after checkouts, {workers} API", "checks that fail", len(broken), "", at_most=0)

"""Two hundred buyers want fifty pieces, over HTTP and two API processes."""

from collections.abc import Callable

import pytest

from bench.deployment import Deployment, Shop
from bench.load import run_load
from tests.faults.reckoning import sql, until_quiet

BUYERS, PIECES = 200, 50
SOLD_OUT = "409 commerce.out_of_stock"


def rush(deployment: Deployment, shop: Shop, variants: list[str]) -> None:
    """All buyers at once; exactly as many orders are paid as there are pieces, and nothing is left or owed."""
    load = run_load("rushes", deployment.port, BUYERS, 60, headers=[f"X-Tenant: {shop.slug}"], variants=variants)
    assert load.outcomes == {"completed": PIECES, SOLD_OUT: BUYERS - PIECES}
    assert len(set(load.orders)) == PIECES
    levels = sql(
        deployment,
        "SELECT on_hand, reserved, allocated FROM commerce.stock_level WHERE variant_id = ANY ($1::text[]::uuid[])",
        variants,
    )
    assert levels == [{"on_hand": PIECES, "reserved": 0, "allocated": PIECES}] * len(variants)


def test_fifty_pieces_make_fifty_orders(deploy: Callable[..., Deployment]) -> None:
    """C-05: 200 buyers race for 50 units: exactly 50 orders, stock 0; also with two variants in opposite order."""
    deployment = deploy(workers=2)
    shop = deployment.open_shop("rush")
    rush(deployment, shop, shop.product("single", [PIECES]))
    rush(deployment, shop, shop.product("pair", [PIECES, PIECES]))
    until_quiet(shop, hasty=True)


@pytest.mark.faults
def test_fifty_pieces_again_and_again(deploy: Callable[..., Deployment]) -> None:
    """C-05: the race has the same end ten times over."""
    deployment = deploy(workers=2)
    shop = deployment.open_shop("rushes")
    for number in range(10):
        rush(deployment, shop, shop.product(f"round-{number}", [PIECES] * (number % 3 + 1)))
    until_quiet(shop)

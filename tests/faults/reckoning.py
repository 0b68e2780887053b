"""After the storm: waits until everything has come to rest, and compares what buyers were told with what there is."""

import asyncio
import time
from collections import Counter, defaultdict
from typing import Any

import asyncpg

from bench.deployment import Deployment, Shop
from tests.faults.buyers import Crowd

LONGEST_REST = 120.0

# An event counts as settled some time after all was done about it: waiting for that takes longer than the work.
LATE = "events have been carried out"


def sql(deployment: Deployment, statement: str, *args: Any) -> list[dict[str, Any]]:
    """Asks the database as its superuser."""

    async def ask() -> list[dict[str, Any]]:
        connection = await asyncpg.connect(deployment.admin_url())
        try:
            return [dict(row) for row in await connection.fetch(statement, *args)]
        finally:
            await connection.close()

    return asyncio.run(ask())


def until_quiet(shop: Shop, *, hasty: bool = False) -> float:
    """Waits until the books are right with nothing under way; gives the seconds that it took.

    Who is `hasty` does not wait until events are settled, and looks himself whether all was done about them.
    """
    began = time.monotonic()
    while (broken := _broken(shop, hasty=hasty)) and time.monotonic() < began + LONGEST_REST:
        time.sleep(0.5)
    assert broken == []
    return time.monotonic() - began


def _broken(shop: Shop, *, hasty: bool) -> list[dict[str, Any]]:
    return [check for check in shop.books() if not (hasty and check["name"] == LATE)]


def assert_told_the_truth(deployment: Deployment, crowd: Crowd) -> Counter[str]:
    """Every order that a buyer was told of is there once and as told, and there is no other."""
    assert crowd.refusals == [], crowd.refusals[:5]
    unsure = [bought for bought in crowd.purchases if len(bought.order_ids) != 1 or bought.outcome != "completed"]
    assert unsure == []
    orders = {str(row["id"]): row for row in sql(deployment, "SELECT id, number, status FROM commerce.customer_order")}
    assert {order for bought in crowd.purchases for order in bought.order_ids} == set(orders)
    assert len(orders) == len(crowd.purchases)
    statuses = Counter(row["status"] for row in orders.values())
    assert statuses == Counter(processing=len(orders))
    charges = sql(deployment, "SELECT status, count(*) FROM commerce.gateway_charge GROUP BY status")
    assert {row["status"]: row["count"] for row in charges} == {"succeeded": len(orders)}
    return statuses


def assert_mailed_once(shop: Shop, crowd: Crowd) -> set[str]:
    """Each order has one mail of each kind; gives the kinds, as their subjects without the number."""
    numbers = {bought.number for bought in crowd.purchases}
    deadline = time.monotonic() + LONGEST_REST
    # Only those about orders count: others have been sent as well.
    while sum(map(len, (kinds := _kinds(shop, numbers)).values())) < 2 * len(numbers) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert set(kinds) == numbers, "some orders have no mail, or their number is not in the subject"
    doubled = {number: counts for number, counts in kinds.items() if set(counts.values()) != {1}}
    assert doubled == {}
    assert len({frozenset(counts) for counts in kinds.values()}) == 1, "some orders have fewer kinds of mails"
    return set(next(iter(kinds.values())))


def _kinds(shop: Shop, numbers: set[str]) -> dict[str, Counter[str]]:
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for mail in _mails(shop):
        for number in numbers & set(mail["subject"].replace(",", " ").replace(":", " ").split()):
            kinds[number][mail["subject"].replace(number, "...")] += 1
    return kinds


def assert_invoiced_once(deployment: Deployment, crowd: Crowd) -> None:
    """Each order has one invoice, drawn, and the numbers have no gaps."""
    deadline = time.monotonic() + LONGEST_REST
    papers = _invoices(deployment)
    while len(papers) < len(crowd.purchases) or any(paper["rendered_at"] is None for paper in papers):
        assert time.monotonic() < deadline, "some invoices are not drawn"
        time.sleep(0.5)
        papers = _invoices(deployment)
    assert [paper["sequence"] for paper in papers] == list(range(1, len(papers) + 1))
    assert Counter(str(paper["order_id"]) for paper in papers) == Counter(
        order for bought in crowd.purchases for order in bought.order_ids
    )


def _invoices(deployment: Deployment) -> list[dict[str, Any]]:
    return sql(
        deployment,
        "SELECT order_id, sequence, rendered_at FROM commerce.paper WHERE kind = 'invoice' ORDER BY sequence",
    )


def _mails(shop: Shop) -> list[dict[str, Any]]:
    mails: list[dict[str, Any]] = []
    owner = shop.token(f"owner@{shop.slug}.test")
    cursor = ""
    while True:
        page = shop.call("GET", f"/v1/core/outbox-mail?limit=100{cursor}", token=owner)
        mails += page["items"]
        if page["next"] is None:
            return mails
        cursor = f"&cursor={page['next']}"

"""Stock: never oversold, and a ledger that adds up to what is there."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid4

import pytest

from fourfold.commerce.stock.reserve import OutOfStock, allocate_stock, release_stock, reserve_stock
from fourfold.commerce.stock.ship import NotOnHand, return_stock, ship_stock
from fourfold.ground.house import House
from fourfold.ground.who import Who
from fourfold.ground.work import begin
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.builders.commerce import a_product, a_variant, euros, made
from tests.conftest import Running, Tenant

Sql = Callable[..., list[dict[str, Any]]]
WRONG_LEDGERS = """
SELECT l.variant_id FROM commerce.stock_level l WHERE l.tenant_id = $1::text::uuid AND (
    l.on_hand <> (SELECT coalesce(sum(m.delta), 0) FROM commerce.stock_movement m
                  WHERE m.tenant_id = l.tenant_id AND m.variant_id = l.variant_id AND m.location = l.location)
    OR l.reserved <> (SELECT coalesce(sum(r.quantity), 0) FROM commerce.stock_reservation r
        WHERE r.tenant_id = l.tenant_id AND r.variant_id = l.variant_id AND r.state = 'held')
    OR l.allocated <> (SELECT coalesce(sum(r.quantity), 0) FROM commerce.stock_reservation r
        WHERE r.tenant_id = l.tenant_id AND r.variant_id = l.variant_id AND r.state = 'allocated'))
"""


@pytest.fixture
async def houses(running: Running) -> AsyncIterator[list[House]]:
    """Two houses with pools of their own, as two processes have."""
    async with AsyncExitStack() as stack:
        opened = [await open_house(running.settings, ALL) for _ in range(2)]
        for house in opened:
            stack.push_async_callback(house.close)
        yield opened


def stock_of(tenant: Tenant, variant: str) -> dict[str, Any]:
    """The stock as its seller sees it."""
    return made(tenant.owner.get(f"/v1/commerce/variants/{variant}/stock"), 200)


async def test_fifty_units_are_sold_fifty_times(tenant: Tenant, houses: list[House], admin_sql: Sql) -> None:
    """C-05: of 200 who race for 50 pieces over two pools, exactly 50 get one, and nothing is left or below zero."""
    variant = await asyncio.to_thread(a_variant, tenant.owner, stock=50)

    async def take(number: int) -> dict[str, Any] | None:
        try:
            async with begin(houses[number % 2], Who.system(UUID(tenant.id))) as work:
                await reserve_stock(work, uuid4(), [(UUID(variant), 1)])
        except OutOfStock as refused:
            return refused.more
        return None

    answers = await asyncio.gather(*(take(number) for number in range(200)))
    assert answers.count(None) == 50
    lines = [{"variant_id": variant, "wanted": 1, "available": 0}]
    assert [each for each in answers if each not in (None, {"lines": lines})] == []
    level = await asyncio.to_thread(stock_of, tenant, variant)
    assert (level["on_hand"], level["reserved"], level["available"]) == (50, 50, 0)
    assert await asyncio.to_thread(admin_sql, WRONG_LEDGERS, tenant.id) == []


async def test_opposite_orders_of_lines_do_not_lock_each_other(tenant: Tenant, houses: list[House]) -> None:
    """C-05: carts with the same variants in opposite order, taken and given back at once, never deadlock."""
    variants = [UUID(await asyncio.to_thread(a_variant, tenant.owner, stock=1000)) for _ in range(3)]

    async def take(number: int) -> None:
        order = uuid4()
        wants = [(each, 1) for each in (variants if number % 2 else reversed(variants))]
        async with begin(houses[number % 2], Who.system(UUID(tenant.id))) as work:
            await reserve_stock(work, order, wants)
        async with begin(houses[number % 2], Who.system(UUID(tenant.id))) as work:
            assert await (allocate_stock(work, order) if number % 3 else release_stock(work, order))

    await asyncio.gather(*(take(number) for number in range(60)))
    levels = [await asyncio.to_thread(stock_of, tenant, str(each)) for each in variants]
    assert {(each["reserved"], each["allocated"], each["available"]) for each in levels} == {(0, 40, 960)}


async def test_a_reservation_takes_all_or_nothing(tenant: Tenant, houses: list[House]) -> None:
    """C-05: one line too many, and no line is set aside; the same variant in two lines counts together."""
    plenty, few = [UUID(await asyncio.to_thread(a_variant, tenant.owner, stock=each)) for each in (10, 2)]
    who = Who.system(UUID(tenant.id))
    with pytest.raises(OutOfStock) as refused:
        async with begin(houses[0], who) as work:
            await reserve_stock(work, uuid4(), [(few, 2), (plenty, 3), (few, 1)])
    assert refused.value.more["lines"] == [{"variant_id": str(few), "wanted": 3, "available": 2}]
    levels = [await asyncio.to_thread(stock_of, tenant, str(each)) for each in (plenty, few)]
    assert [each["reserved"] for each in levels] == [0, 0]


async def test_expiry_meets_payment(tenant: Tenant, houses: list[House], admin_sql: Sql) -> None:
    """C-05: giving back and promising the same pieces at once loses none and keeps none twice."""
    variant = UUID(await asyncio.to_thread(a_variant, tenant.owner, stock=20))
    who = Who.system(UUID(tenant.id))

    async def move(house: House, act: Callable[..., Any], order: UUID) -> bool:
        async with begin(house, who) as work:
            return bool(await act(work, order))

    for _ in range(20):
        order = uuid4()
        async with begin(houses[0], who) as work:
            await reserve_stock(work, order, [(variant, 1)])
        await asyncio.gather(move(houses[0], allocate_stock, order), move(houses[1], release_stock, order))
        # What was given back is not promised again; what was promised first was then given back.
        assert not await move(houses[0], allocate_stock, order)
    assert await asyncio.to_thread(admin_sql, WRONG_LEDGERS, tenant.id) == []
    level = await asyncio.to_thread(stock_of, tenant, str(variant))
    assert (level["reserved"], level["allocated"], level["available"]) == (0, 0, 20)


async def test_the_way_of_a_piece(tenant: Tenant, houses: list[House], admin_sql: Sql) -> None:
    """C-05: set aside, promised, sent, returned; each step once, and the ledger follows."""
    variant = UUID(await asyncio.to_thread(a_variant, tenant.owner, stock=5))
    who, order = Who.system(UUID(tenant.id)), uuid4()
    async with begin(houses[0], who) as work:
        await reserve_stock(work, order, [(variant, 2)])
        assert not await ship_stock(work, order, [variant])
        assert await allocate_stock(work, order)
        assert not await allocate_stock(work, order)
        assert await ship_stock(work, order, [variant])
        assert not await ship_stock(work, order, [variant])
        assert not await release_stock(work, order)
        await return_stock(work, variant, 1, order)
    level = await asyncio.to_thread(stock_of, tenant, str(variant))
    assert (level["on_hand"], level["available"]) == (4, 4)
    path = f"/v1/commerce/variants/{variant}/stock/movements"
    ledger = (await asyncio.to_thread(tenant.owner.get, path)).json()["items"]
    assert [(each["delta"], each["reason"]) for each in ledger] == [(1, "returned"), (-2, "shipped"), (5, "initial")]
    assert await asyncio.to_thread(admin_sql, WRONG_LEDGERS, tenant.id) == []


async def test_what_is_sold_ahead_is_not_sent_before_it_came(tenant: Tenant, houses: list[House]) -> None:
    """C-05: with backorders more is sold than there is, and sending waits for the delivery."""
    variants = [{"price": euros(100), "stock": 1, "backorder": True}]
    product = await asyncio.to_thread(a_product, tenant.owner, variants=variants)
    variant, who, order = UUID(product["variants"][0]["id"]), Who.system(UUID(tenant.id)), uuid4()
    async with begin(houses[0], who) as work:
        await reserve_stock(work, order, [(variant, 3)])
        await allocate_stock(work, order)
    with pytest.raises(NotOnHand):
        async with begin(houses[0], who) as work:
            await ship_stock(work, order, [variant])
    path = f"/v1/commerce/variants/{variant}/stock/adjustments"
    await asyncio.to_thread(tenant.owner.post, path, json={"delta": 2, "reason": "received"})
    async with begin(houses[0], who) as work:
        assert await ship_stock(work, order, [variant])


def test_stock_is_corrected_with_a_reason(tenant: Tenant) -> None:
    """C-05: pieces come, go and are counted, and the ledger tells why; never below what is promised."""
    variant = a_variant(tenant.owner, stock=10)
    path = f"/v1/commerce/variants/{variant}/stock"
    made(tenant.owner.post(f"{path}/adjustments", json={"delta": 5, "reason": "received", "note": "Delivery 7"}))
    counted = made(tenant.owner.post(f"{path}/adjustments", json={"count": 12, "reason": "counted"}))
    assert (counted["on_hand"], counted["available"]) == (12, 12)
    refused = tenant.owner.post(f"{path}/adjustments", json={"delta": -13, "reason": "damaged"})
    assert (refused.status_code, refused.json()["code"]) == (409, "commerce.stock_committed")
    elsewhere = made(tenant.owner.post(f"{path}/adjustments", json={"delta": 3, "location": "north"}))
    assert (elsewhere["on_hand"], len(elsewhere["levels"])) == (15, 2)
    first = tenant.owner.get(f"{path}/movements?limit=2").json()
    rest = tenant.owner.get(f"{path}/movements?limit=2&cursor={first['next']}").json()
    assert [each["delta"] for each in first["items"] + rest["items"]] == [3, -3, 5, 10]
    assert first["items"][1]["reason"] == "counted"
    assert rest["next"] is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"delta": 1, "count": 1},
        {"delta": "many"},
        {"delta": 10**12},
        {"count": -1},
        {"delta": 1, "reason": "shipped"},
        {"delta": 1, "note": "x" * 501},
        {"delta": 1, "location": "The North"},
        {"delta": 1, "colour": "red"},
    ],
)
def test_a_bad_correction_is_refused(tenant: Tenant, body: dict[str, Any]) -> None:
    """C-05: nothing wrong comes into the ledger."""
    variant = a_variant(tenant.owner, stock=10)
    assert tenant.owner.post(f"/v1/commerce/variants/{variant}/stock/adjustments", json=body).status_code == 422
    assert stock_of(tenant, variant)["on_hand"] == 10


def test_corrections_at_once_are_all_counted(tenant: Tenant, admin_sql: Sql) -> None:
    """C-05: twenty deliveries at the same time add up."""
    variant = a_variant(tenant.owner, stock=0)
    path = f"/v1/commerce/variants/{variant}/stock/adjustments"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: made(tenant.owner.post(path, json={"delta": 2, "reason": "received"})), range(20)))
    assert stock_of(tenant, variant)["on_hand"] == 40
    assert admin_sql(WRONG_LEDGERS, tenant.id) == []


def test_nobody_else_touches_it(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-05: another vendor's variant, another tenant's and an unknown one are not there."""
    variant = a_variant(tenant.sign_up("vendor"), stock=10)
    path = f"/v1/commerce/variants/{variant}/stock"
    for stranger in (tenant.sign_up("vendor"), other_tenant.owner):
        for answer in (
            stranger.get(path),
            stranger.get(f"{path}/movements"),
            stranger.patch(path, json={"low_at": 3}),
            stranger.post(f"{path}/adjustments", json={"delta": 1}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "commerce.no_such_variant")
    assert tenant.visitor.get(path).status_code == 401
    assert tenant.sign_up().get(path).status_code == 403


def test_low_stock_is_told_once(tenant: Tenant, eventually: Callable[..., Any]) -> None:
    """C-05: coming down to the level brings a mail and a place in the list; staying below brings no second mail."""
    seller = tenant.sign_up("vendor")
    variant = a_variant(seller, title="Silver teapot", stock=10)
    path = f"/v1/commerce/variants/{variant}/stock"
    assert made(seller.patch(path, json={"low_at": 4, "backorder_limit": 2}), 200)["available"] == 12
    assert seller.get("/v1/commerce/stock/low").json()["items"] == []
    for delta in (-7, -1, -1):
        made(seller.post(f"{path}/adjustments", json={"delta": delta, "reason": "damaged"}))
    (low,) = seller.get("/v1/commerce/stock/low").json()["items"]
    assert (low["variant_id"], low["left"], low["low_at"]) == (variant, 1, 4)
    assert tenant.sign_up("vendor").get("/v1/commerce/stock/low").json()["items"] == []
    assert len(tenant.owner.get("/v1/commerce/stock/low").json()["items"]) == 1

    def mails() -> list[dict[str, Any]]:
        sent = tenant.owner.get("/v1/core/outbox-mail").json()
        return [each for each in (sent["items"] if isinstance(sent, dict) else sent) if "low" in each["subject"]]

    (mail,) = eventually(mails)
    assert seller.email in str(mail["to"])
    assert "Silver teapot" in mail["subject"]

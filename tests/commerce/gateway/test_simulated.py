"""The simulated gateway itself: its books are its own, and every call may be repeated."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest

from fourfold.commerce.payments.provider import Charge, ChargeAsked, Gateway, GatewayRefused, RefundAsked
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.money import Money
from fourfold.ground.who import Who
from fourfold.ground.work import Desk, begin
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.builders.clocks import StoppableClock
from tests.commerce.payments.test_cards import Eventually, Sql
from tests.conftest import Tenant

CARD = "4242424242424242"
SLOW_CARD = "4000000000000077"
TEN = Money(1000, "EUR")


@pytest.fixture
async def house(tenant: Tenant) -> AsyncIterator[House]:
    opened = await open_house(tenant.running.settings, ALL, clock=tenant.running.clock)
    yield opened
    await opened.close()


@pytest.fixture
def gateway(house: House, tenant: Tenant) -> Gateway:
    return Desk(house, Who.system(UUID(tenant.id))).ask(Gateway)


def ask(tenant: Tenant, card: str = CARD, *, capture: bool = True) -> ChargeAsked:
    return ChargeAsked(UUID(tenant.id), new_id(), TEN, card, capture)


async def test_a_charge_is_made_once(gateway: Gateway, tenant: Tenant, admin_sql: Sql) -> None:
    """C-34: twenty requests for one charge at once make one, whatever card the later ones show."""
    first = ask(tenant)
    others = [ChargeAsked(first.tenant_id, first.charge_id, TEN, card) for card in (CARD, "4000000000000002") * 10]
    answers = await asyncio.gather(gateway.charge(first), *(gateway.charge(each) for each in others))
    assert len(set(answers)) == 1
    rows = await asyncio.to_thread(
        admin_sql, "SELECT amount FROM commerce.gateway_charge WHERE tenant_id = $1", tenant.id
    )
    assert rows == [{"amount": 1000}]


async def test_the_books_outlive_the_caller(house: House, gateway: Gateway, tenant: Tenant) -> None:
    """C-34: a charge stays in the gateway's books when its caller rolls back: money has moved."""
    asked = ask(tenant)

    async def charge_and_die() -> None:
        async with begin(house, Who.system(asked.tenant_id)):
            await gateway.charge(asked)
            raise RuntimeError("the process dies")

    with pytest.raises(RuntimeError, match="the process dies"):
        await charge_and_die()
    assert await gateway.find(asked.tenant_id, asked.charge_id) == Charge(asked.charge_id, "succeeded")
    assert await gateway.find(asked.tenant_id, new_id()) is None


async def test_authorize_capture_and_void(gateway: Gateway, tenant: Tenant) -> None:
    """C-34: money that is set aside is taken or given up, each once, and never both."""
    taken, given_up = ask(tenant, capture=False), ask(tenant, capture=False)
    for asked in (taken, given_up):
        assert (await gateway.charge(asked)).status == "authorized"
    assert (await gateway.capture(taken.tenant_id, taken.charge_id)).status == "succeeded"
    assert (await gateway.capture(taken.tenant_id, taken.charge_id)).status == "succeeded"
    assert (await gateway.void(taken.tenant_id, taken.charge_id)).status == "succeeded"
    assert (await gateway.void(given_up.tenant_id, given_up.charge_id)).status == "voided"
    with pytest.raises(GatewayRefused):
        await gateway.capture(given_up.tenant_id, given_up.charge_id)
    with pytest.raises(GatewayRefused):
        await gateway.void(given_up.tenant_id, new_id())


async def test_a_charge_settles_by_itself(gateway: Gateway, tenant: Tenant, clock: StoppableClock) -> None:
    """C-34: a pending charge ends when its time comes; one that was voided before does not."""
    clock.stop()
    kept, given_up = ask(tenant, SLOW_CARD), ask(tenant, SLOW_CARD)
    for asked in (kept, given_up):
        assert (await gateway.charge(asked)).status == "pending"
    assert (await gateway.void(given_up.tenant_id, given_up.charge_id)).status == "voided"
    clock.advance(timedelta(seconds=3))
    assert await gateway.find(kept.tenant_id, kept.charge_id) == Charge(kept.charge_id, "succeeded")
    assert await gateway.find(kept.tenant_id, given_up.charge_id) == Charge(given_up.charge_id, "voided")


async def test_refunds_of_the_gateway(gateway: Gateway, tenant: Tenant, admin_sql: Sql) -> None:
    """C-34, C-35: a refund is paid once however often it is asked, and never above the charge."""
    charge = ask(tenant)
    await gateway.charge(charge)
    refund = RefundAsked(charge.tenant_id, new_id(), charge.charge_id, Money(600, "EUR"))
    await asyncio.gather(*(gateway.refund(refund) for _ in range(10)))
    rows = await asyncio.to_thread(
        admin_sql, "SELECT refunded FROM commerce.gateway_charge WHERE id = $1", charge.charge_id
    )
    assert rows == [{"refunded": 600}]
    for more in (Money(401, "EUR"), Money(10**15, "EUR")):
        with pytest.raises(GatewayRefused, match="more_than_charged"):
            await gateway.refund(RefundAsked(charge.tenant_id, new_id(), charge.charge_id, more))
    await gateway.refund(RefundAsked(charge.tenant_id, new_id(), charge.charge_id, Money(400, "EUR")))
    with pytest.raises(GatewayRefused, match="charge_unknown"):
        await gateway.refund(RefundAsked(charge.tenant_id, new_id(), new_id(), TEN))


async def test_an_event_that_is_not_taken(
    gateway: Gateway, tenant: Tenant, eventually: Eventually, admin_sql: Sql
) -> None:
    """C-34: an event that the shop refuses is sent again after a growing pause, and keeps no other event."""
    await gateway.charge(ask(tenant))

    def spoil_and_wait() -> None:
        admin_sql(
            "INSERT INTO commerce.gateway_event (tenant_id, id, charge_id, kind, body, due_at)"
            " VALUES ($1, uuidv7(), uuidv7(), 'charge.senseless', '{}', now())",
            tenant.id,
        )
        state = (
            "SELECT kind, attempts, delivered_at IS NOT NULL AS taken FROM commerce.gateway_event WHERE tenant_id = $1"
        )

        def both_tried() -> bool:
            found = {row["kind"]: row for row in admin_sql(state, tenant.id)}
            return found["charge.succeeded"]["taken"] and found["charge.senseless"]["attempts"] >= 2

        eventually(both_tried)
        senseless = next(row for row in admin_sql(state, tenant.id) if row["kind"] == "charge.senseless")
        assert not senseless["taken"]
        admin_sql("DELETE FROM commerce.gateway_event WHERE tenant_id = $1 AND kind = 'charge.senseless'", tenant.id)

    await asyncio.to_thread(spoil_and_wait)

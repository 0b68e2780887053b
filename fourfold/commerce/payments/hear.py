"""What the gateway tells: each event is kept and applied once, early or late, in any order."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from fourfold.commerce.payments import queries, tables
from fourfold.commerce.payments.provider import PROVIDER, GatewayEvent
from fourfold.commerce.payments.settle import settle_payment
from fourfold.commerce.payments.shapes import HeardShape
from fourfold.commerce.refunds.complete import complete_refund
from fourfold.ground.work import Desk, Work


async def hear_gateway(desk: Desk, events: Sequence[GatewayEvent]) -> HeardShape:
    """Applies the events that change something, each in a transaction of its own, and keeps the others as ignored."""
    async with desk.work() as work:
        states = await queries.states_of(work.db, [event.charge.id for event in events])
        news = [event for event in events if _is_news(event, states)]
        ignored = [event for event in events if not _is_news(event, states)]
        if ignored:
            await tables.insert_ignored_events(
                work.db, work.who.tenant_id, PROVIDER,
                [(each.id, _known(each.charge.id, states), each.kind, each.data) for each in ignored],
                work.now,
            )  # fmt: skip
    applied = 0
    for event in news:
        async with desk.work() as work:
            applied += await _apply(work, event)
    return HeardShape(applied=applied, ignored=len(events) - applied)


def _is_news(event: GatewayEvent, states: Mapping[UUID, str]) -> bool:
    state = states.get(event.charge.id)
    if state is None:
        return False
    if event.refund_id is not None:
        return True
    # A charge that succeeds after its payment was given up has taken money that must go back.
    ends = {"pending": {"succeeded", "failed", "voided"}, "failed": {"succeeded"}}
    return event.charge.status in ends.get(state, ())


def _known(payment_id: UUID, states: Mapping[UUID, str]) -> UUID | None:
    return payment_id if payment_id in states else None


async def _apply(work: Work, event: GatewayEvent) -> bool:
    if event.refund_id is not None:
        changed = await complete_refund(work, event.refund_id)
    else:
        changed = await settle_payment(work, event.charge.id, event.charge)
    await tables.insert_event(
        work.db, work.who.tenant_id, PROVIDER, event.id, event.charge.id, event.kind, event.data, work.now,
        "applied" if changed else "ignored",
    )  # fmt: skip
    return changed

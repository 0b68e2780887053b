"""Durable work of the gateway: its events are told to the shop over HTTP until the shop has taken them."""

import asyncpg
import httpx
import orjson
from pydantic import BaseModel

from fourfold.commerce.gateway import tables
from fourfold.commerce.gateway.signatures import secret_of, signed_headers
from fourfold.ground.durable import job
from fourfold.ground.ids import new_id
from fourfold.ground.work import Desk

BATCH = 100
TIMEOUT = 20.0


class DeliverGatewayEvents(BaseModel):
    """All events of the tenant that are due."""


class NotTaken(RuntimeError):
    """The shop did not answer with a 2xx status; what it did not take is due again."""


@job("commerce.gateway.deliver_gateway_events", steps=True, attempts=20)
async def deliver_gateway_events(desk: Desk, _ask: DeliverGatewayEvents) -> None:
    """Sends what is due, several events to a message; what is not taken stays due, and the job is tried again."""
    async with httpx.AsyncClient(base_url=desk.house.settings.base_url, timeout=TIMEOUT, trust_env=False) as client:
        while events := await _claimed(desk):
            taken = await _taken(desk, client, events)
            again = [row for row in taken if row["copies"] > 1]
            if again:
                await _send(desk, client, again)
            async with desk.work() as work:
                await tables.mark_delivered(work.db, [row["id"] for row in taken], work.now)
            if len(taken) < len(events):
                raise NotTaken(f"The shop has not taken {len(events) - len(taken)} of {len(events)} events.")


async def _claimed(desk: Desk) -> list[asyncpg.Record]:
    async with desk.work() as work:
        events = await tables.claim_events(work.db, work.now, BATCH)
        await tables.settle_charges(work.db, [row["charge_id"] for row in events], work.now)
        return events


async def _taken(desk: Desk, client: httpx.AsyncClient, events: list[asyncpg.Record]) -> list[asyncpg.Record]:
    """Sends the events together, and one by one when that fails: one that cannot be taken must not keep the others."""
    if await _send(desk, client, events):
        return events
    return [row for row in events if len(events) > 1 and await _send(desk, client, [row])]


async def _send(desk: Desk, client: httpx.AsyncClient, events: list[asyncpg.Record]) -> bool:
    body = orjson.dumps({"events": [row["body"] for row in events]})
    key = secret_of(desk.house.settings.secret, desk.who.tenant_id)
    headers = signed_headers(key, f"msg_{new_id()}", desk.now, body)
    headers["content-type"] = "application/json"
    answer = await client.post(f"/v1/commerce/gateway-events/{desk.who.tenant_id}", content=body, headers=headers)
    return answer.is_success

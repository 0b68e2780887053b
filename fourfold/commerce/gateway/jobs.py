"""Durable work of the gateway: its events are told to the shop over HTTP until the shop has taken them."""

from typing import Any
from uuid import UUID

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
    """The shop did not answer with a 2xx status."""


@job("commerce.gateway.deliver_gateway_events", steps=True, attempts=20)
async def deliver_gateway_events(desk: Desk, _ask: DeliverGatewayEvents) -> None:
    """Sends what is due, several events to a message; what is not taken stays due, and the job is tried again."""
    async with httpx.AsyncClient(base_url=desk.house.settings.base_url, timeout=TIMEOUT, trust_env=False) as client:
        while events := await _claimed(desk):
            await _send(desk, client, [row["body"] for row in events])
            again = [row["body"] for row in events if row["copies"] > 1]
            if again:
                await _send(desk, client, again)
            ids: list[UUID] = [row["id"] for row in events]
            async with desk.work() as work:
                await tables.mark_delivered(work.db, ids, work.now)


async def _claimed(desk: Desk) -> list[asyncpg.Record]:
    async with desk.work() as work:
        events = await tables.claim_events(work.db, work.now, BATCH)
        await tables.settle_charges(work.db, [row["charge_id"] for row in events], work.now)
        return events


async def _send(desk: Desk, client: httpx.AsyncClient, events: list[dict[str, Any]]) -> None:
    body = orjson.dumps({"events": events})
    key = secret_of(desk.house.settings.secret, desk.who.tenant_id)
    headers = signed_headers(key, f"msg_{new_id()}", desk.now, body)
    headers["content-type"] = "application/json"
    answer = await client.post(f"/v1/commerce/gateway-events/{desk.who.tenant_id}", content=body, headers=headers)
    if not answer.is_success:
        raise NotTaken(f"The shop answered {answer.status_code}.")

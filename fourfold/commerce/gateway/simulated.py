"""The simulated gateway: books of its own, written before it answers, and events that it tells the shop later."""

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from fourfold.commerce.gateway import queries, tables
from fourfold.commerce.gateway.cards import SOON, Script, script_of, script_of_digits
from fourfold.commerce.gateway.jobs import DeliverGatewayEvents, deliver_gateway_events
from fourfold.commerce.gateway.signatures import must_be_signed, secret_of
from fourfold.commerce.payments.provider import (
    Charge,
    ChargeAsked,
    ChargeStatus,
    GatewayEvent,
    GatewayRefused,
    GatewayUnreachable,
    RefundAsked,
)
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import FieldError, Invalid
from fourfold.ground.who import Who
from fourfold.ground.work import Work, begin, look

ROUND_SECONDS = 2
LAST_DIGITS = 4
# More than a round, so that it goes out with a later message.
LATE = timedelta(seconds=3)
PROCESSING = "charge.processing"

EventRow = tuple[UUID, str, dict[str, Any], datetime, int]


class _Told(BaseModel):
    """What an event says."""

    charge_id: UUID
    status: ChargeStatus
    failure_code: str | None = Field(None, max_length=100)
    refund_id: UUID | None = None
    amount: int
    currency: str = Field(max_length=3)


class _Event(BaseModel):
    id: str = Field(min_length=1, max_length=100)
    type: str = Field(max_length=100)
    created_at: AwareDatetime
    data: _Told


class _Message(BaseModel):
    events: list[_Event] = Field(max_length=1000)


class SimulatedGateway:
    """Answers the port `Gateway` by the script of each test card."""

    def __init__(self, house: House) -> None:
        self._house = house
        # The last round of deliveries that is known to be enqueued, by tenant: enqueuing it again costs a round trip.
        self._rounds: dict[UUID, int] = {}

    async def charge(self, asked: ChargeAsked) -> Charge:
        """Charges by the card's script; `GatewayUnreachable` when the script breaks the line."""
        script = script_of(asked.card)
        if script.lost == "request":
            raise GatewayUnreachable
        now = self._house.clock.now()
        status: ChargeStatus = "pending" if script.settles_after else script.ends_as
        if status == "succeeded" and not asked.capture:
            status = "authorized"
        events = list(_events_of(asked, status, script, now))
        settles_at = now + script.settles_after if script.settles_after else None
        async with begin(self._house, Who.system(asked.tenant_id)) as books:
            made = await tables.insert_charge(
                books.db, asked.tenant_id, asked.charge_id, asked.amount.amount, asked.amount.currency,
                asked.card[-LAST_DIGITS:], status, script.failure_code, settles_at, now, events,
            )  # fmt: skip
            rounds = self._enqueue(books, [due for _, _, _, due, _ in events]) if made else set()
        self._note(asked.tenant_id, rounds)
        if script.lost == "answer":
            raise GatewayUnreachable
        if made:
            return Charge(asked.charge_id, status, script.failure_code if status == "failed" else None)
        found = await self.find(asked.tenant_id, asked.charge_id)
        if found is None:
            raise GatewayUnreachable
        return found

    async def capture(self, tenant_id: UUID, charge_id: UUID) -> Charge:
        """Takes money that was set aside; done twice, it takes it once."""
        async with begin(self._house, Who.system(tenant_id)) as books:
            if await tables.capture_charge(books.db, charge_id):
                await self._tell(books, charge_id, "charge.succeeded")
            charge = await _charge(books, charge_id)
        if charge.status != "succeeded":
            raise GatewayRefused("nothing_to_capture")
        return charge

    async def void(self, tenant_id: UUID, charge_id: UUID) -> Charge:
        """Gives up a charge that has not ended."""
        async with begin(self._house, Who.system(tenant_id)) as books:
            await tables.settle_charges(books.db, [charge_id], books.now)
            if await tables.void_charge(books.db, charge_id):
                await self._tell(books, charge_id, "charge.voided")
            return await _charge(books, charge_id)

    async def refund(self, asked: RefundAsked) -> None:
        """Pays back at once; `GatewayRefused` for a card that takes nothing back, or for more than was taken."""
        async with begin(self._house, Who.system(asked.tenant_id)) as books:
            if await queries.refund_with_id(books.db, asked.refund_id):
                return
            await tables.settle_charges(books.db, [asked.charge_id], books.now)
            charge = await queries.charge_with_id(books.db, asked.charge_id)
            if charge is None or not script_of_digits(charge["card"]).refunds:
                raise GatewayRefused("refund_refused" if charge else "charge_unknown")
            if not await tables.insert_refund(
                books.db, asked.tenant_id, asked.refund_id, asked.charge_id, asked.amount.amount, books.now
            ):
                return
            if not await tables.refund_charge(books.db, asked.charge_id, asked.amount.amount):
                raise GatewayRefused("more_than_charged")
            await self._tell(books, asked.charge_id, "refund.succeeded", asked.refund_id)

    async def find(self, tenant_id: UUID, charge_id: UUID) -> Charge | None:
        """What the books say now."""
        async with look(self._house, Who.system(tenant_id)) as books:
            row = await queries.charge_with_id(books.db, charge_id)
        if row is None:
            return None
        if row["status"] != "pending" or row["settles_at"] > self._house.clock.now():
            return _of(row)
        async with begin(self._house, Who.system(tenant_id)) as books:
            await tables.settle_charges(books.db, [charge_id], books.now)
            return await _charge(books, charge_id)

    def read_events(self, tenant_id: UUID, headers: Mapping[str, str], body: bytes) -> Sequence[GatewayEvent]:
        """The events in a message; `Invalid` when it is signed and still makes no sense."""
        must_be_signed(secret_of(self._house.settings.secret, tenant_id), headers, body, self._house.clock.now())
        try:
            message = _Message.model_validate_json(body)
        except ValidationError as problem:
            raise Invalid(errors=[FieldError("events", "This is not a message of the gateway.")]) from problem
        return [
            GatewayEvent(
                each.id,
                each.type,
                Charge(each.data.charge_id, each.data.status, each.data.failure_code),
                each.data.refund_id,
                each.model_dump(mode="json"),
            )
            for each in message.events
        ]

    async def _tell(self, books: Work, charge_id: UUID, kind: str, refund_id: UUID | None = None) -> None:
        row = await queries.charge_with_id(books.db, charge_id)
        if row is None:
            return
        said = {"charge_id": charge_id, "status": row["status"], "failure_code": None, "refund_id": refund_id}
        body = _body(kind, books.now, {**said, "amount": row["amount"], "currency": row["currency"]})
        due_at = books.now + SOON
        await tables.insert_event(
            books.db, books.who.tenant_id, UUID(body["id"].removeprefix("evt_")), charge_id, kind, body, due_at
        )
        self._enqueue(books, [due_at])

    def _enqueue(self, books: Work, due: Sequence[datetime]) -> set[int]:
        """Enqueues the rounds of deliveries in which these times fall, as far as they are not known to be enqueued.

        A round begins at least a second after what it delivers was due, so that a transaction that is slow to commit
        does not miss it.
        """
        rounds = {math.ceil((at.timestamp() + 1) / ROUND_SECONDS) for at in due}
        unknown = {each for each in rounds if self._rounds.get(books.who.tenant_id) != each}
        for each in unknown:
            at = datetime.fromtimestamp(each * ROUND_SECONDS, UTC)
            books.later(deliver_gateway_events, DeliverGatewayEvents(), at=at, once=f"gateway:{each}")
        return unknown

    def _note(self, tenant_id: UUID, rounds: set[int]) -> None:
        if rounds:
            self._rounds[tenant_id] = max(rounds)


def _events_of(asked: ChargeAsked, status: ChargeStatus, script: Script, now: datetime) -> Iterator[EventRow]:
    """What will be told of a new charge: that it is being worked on, when it is, and how it ends."""
    if not script.tells:
        return
    facts = {"charge_id": asked.charge_id, "amount": asked.amount.amount, "currency": asked.amount.currency}
    ended = now + (script.settles_after or timedelta())
    told = ended + script.tell_after
    if status == "pending":
        body = _body(PROCESSING, now, {**facts, "status": "pending", "failure_code": None})
        processing_at = told + LATE if script.tells_late else now
        yield UUID(body["id"].removeprefix("evt_")), PROCESSING, body, processing_at, 1
    end: ChargeStatus = status if status == "authorized" else script.ends_as
    body = _body(f"charge.{end}", ended, {**facts, "status": end, "failure_code": script.failure_code})
    yield UUID(body["id"].removeprefix("evt_")), f"charge.{end}", body, told, script.copies


def _body(kind: str, at: datetime, said: Mapping[str, Any]) -> dict[str, Any]:
    data = {name: str(value) if isinstance(value, UUID) else value for name, value in said.items()}
    return {"id": f"evt_{new_id()}", "type": kind, "created_at": at.isoformat(), "data": data}


async def _charge(books: Work, charge_id: UUID) -> Charge:
    row = await queries.charge_with_id(books.db, charge_id)
    if row is None:
        raise GatewayRefused("charge_unknown")
    return _of(row)


def _of(row: asyncpg.Record) -> Charge:
    return Charge(row["id"], row["status"], row["failure_code"] if row["status"] == "failed" else None)

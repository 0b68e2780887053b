"""A lane: one service's reactions to the events of one partition, in their order."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

import orjson
from redis.exceptions import ResponseError
from structlog.contextvars import bound_contextvars

from fourfold.ground.house import House
from fourfold.ground.logs import log
from fourfold.ground.metrics import events_total
from fourfold.ground.outbox import TRACEPARENT
from fourfold.ground.reactions import Reaction
from fourfold.ground.traces import traced
from fourfold.ground.valkey import ValkeyAway
from fourfold.ground.who import Who, at_work
from fourfold.ground.work import begin
from fourfold.serve.worker.patience import Paused, is_away, rest, servers_answer
from fourfold.serve.worker.relay import stream_of

CONSUMER = "main"
BATCH = 100
BLOCK_MS = 1500
PAUSES = (0.1, 0.5, 2.0)
AWAY_REST = 0.2
LONGEST_AWAY_REST = 2.0
ELSEWHERE_AWAY_FOR = 120.0
LONGEST_ERROR = 2000

OWN, NEW = "0", ">"

_CLAIM = """
INSERT INTO ground.inbox (tenant_id, reaction, event_id, at) SELECT $1, $2, $3, $4
WHERE NOT EXISTS (SELECT FROM ground.parked WHERE tenant_id = $1 AND event_id = $3 AND reaction = $2)
ON CONFLICT DO NOTHING RETURNING true
"""

_PARK = """
INSERT INTO ground.parked (tenant_id, reaction, event_id, attempts, error, parked_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, event_id, reaction) DO UPDATE SET
  attempts = ground.parked.attempts + excluded.attempts, error = excluded.error, parked_at = excluded.parked_at
"""

_log = log("fourfold.events")


class Left(Exception):
    """The lane is being left while something has not been done yet; whoever follows it next will do it."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it arrives in a stream."""

    id: UUID
    tenant_id: UUID
    type: str
    actor: str
    request_id: str
    traceparent: str
    data: dict[str, Any]

    @classmethod
    def of(cls, fields: Mapping[bytes, bytes]) -> "Told":
        """From the fields of a stream's entry."""
        data = orjson.loads(fields[b"data"])
        return cls(
            UUID(fields[b"id"].decode()),
            UUID(fields[b"tenant"].decode()),
            fields[b"type"].decode(),
            # What is in the streams during an update was put there by a relay that did not tell it.
            fields.get(b"actor", b"").decode(),
            fields[b"request_id"].decode(),
            data.pop(TRACEPARENT, ""),
            data,
        )

    @property
    def who(self) -> Who:
        """Fourfold itself, at work on it."""
        return Who.system(self.tenant_id, request_id=self.request_id, cause=self.actor)


class Lane:
    """Follows one partition for one service, until it is left. Only one process at a time may follow it."""

    def __init__(
        self, house: House, paused: Paused, service: str, partition: int, reactions: Mapping[str, Sequence[Reaction]]
    ) -> None:
        self.house = house
        self.paused = paused
        self.stream, self.group = stream_of(partition), f"ff:{service}"
        self.reactions = reactions
        self.leaving = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self._reading = False

    def start(self) -> None:
        """Begins to follow."""
        self.task = asyncio.create_task(self.follow(), name=f"{self.group} {self.stream}")

    def leave(self, *, at_once: bool = False) -> None:
        """Ends after the event in hand, or in the middle of it when somebody else may have begun to follow."""
        self.leaving.set()
        # Whatever the cancelled read was about to bring stays pending, and is read again by the next one.
        if self.task is not None and (at_once or self._reading):
            self.task.cancel()

    async def follow(self) -> None:
        """Handles first what a predecessor has read but not done, then whatever comes."""
        position, pause = OWN, AWAY_REST
        await self._make_group()
        while not self.leaving.is_set():
            try:
                entries = await self._read(position)
                if entries:
                    await self._handle(entries)
                elif position == OWN:
                    position = NEW
                pause = AWAY_REST
            except Left:
                return
            except ValkeyAway as problem:
                _log.warning("the stream cannot be read", stream=self.stream, reason=repr(problem))
                await rest(self.leaving, pause)
                pause = min(pause * 2, LONGEST_AWAY_REST)
                # An emptied Valkey has forgotten the group as well.
                await self._make_group()
                position = OWN

    async def _make_group(self) -> None:
        try:
            await self.house.valkey.xgroup_create(self.stream, self.group, id="0", mkstream=True)
        except ResponseError as problem:
            if "BUSYGROUP" not in str(problem):
                raise
        except ValkeyAway:
            # The next read fails in the same way, and waits.
            return

    async def _read(self, position: str) -> Sequence[tuple[bytes, Mapping[bytes, bytes]]]:
        self._reading = True
        try:
            async with asyncio.timeout(BLOCK_MS / 1000 + 5):
                answer: Any = await self.house.valkey.xreadgroup(
                    self.group,
                    CONSUMER,
                    {self.stream: position},
                    count=BATCH,
                    block=BLOCK_MS if position == NEW else None,
                )
        finally:
            self._reading = False
        streams = list(answer.items() if isinstance(answer, dict) else answer or [])
        return streams[0][1] if streams else []

    async def _handle(self, entries: Sequence[tuple[bytes, Mapping[bytes, bytes]]]) -> None:
        done = []
        try:
            for entry, fields in entries:
                if self.leaving.is_set():
                    raise Left
                # Entries that the stream's limit has pushed out arrive without fields; the sweeper has them sent again.
                if fields:
                    await self._tell(fields)
                done.append(entry)
        finally:
            if done:
                await self.house.valkey.xack(self.stream, self.group, *done)

    async def _tell(self, fields: Mapping[bytes, bytes]) -> None:
        reactions = self.reactions.get(fields.get(b"type", b"").decode(), ())
        if not reactions:
            return
        try:
            told = Told.of(fields)
        except (KeyError, ValueError) as problem:
            _log.error("an entry is no event", stream=self.stream, exc_info=problem)
            return
        with at_work(told.who), bound_contextvars(event=str(told.id)):
            await self._deliver(told, reactions)

    async def _deliver(self, told: Told, reactions: Sequence[Reaction]) -> None:
        """All reactions once, then those that failed again, then those that still fail are parked."""
        waiting = list(reactions)
        for attempt, pause in enumerate((*PAUSES, None), start=1):
            failed = []
            for reaction in waiting:
                problem = await self._react(reaction, told, attempt)
                if problem is not None:
                    failed.append((reaction, problem))
            if pause is None:
                for reaction, problem in failed:
                    await self._park(reaction, told, attempt, problem)
            elif not failed:
                return
            elif await rest(self.leaving, pause):
                raise Left
            waiting = [reaction for reaction, _ in failed]

    async def _react(self, reaction: Reaction, told: Told, attempt: int) -> Exception | None:
        """The mistake that the reaction made, if any; waits for as long as a server is away."""
        attributes = {
            "messaging.system": "fourfold",
            "messaging.operation.type": "process",
            "messaging.destination.name": told.type,
            "messaging.message.id": str(told.id),
            "fourfold.tenant.id": str(told.tenant_id),
            "fourfold.request.id": told.request_id,
        }
        with traced(self.house.traces, f"react {reaction.name}", told.traceparent, attributes) as span:
            problem = await self._try(reaction, told, attempt)
            if span is not None and problem is not None:
                span.fail(type(problem).__name__)
            return problem

    async def _try(self, reaction: Reaction, told: Told, attempt: int) -> Exception | None:
        since, pause = monotonic(), AWAY_REST
        while True:
            try:
                outcome = "done" if await self._act(reaction, told) else "known"
            except Exception as problem:
                if not is_away(problem) or (
                    monotonic() - since > ELSEWHERE_AWAY_FOR and await servers_answer(self.house)
                ):
                    _log.warning("a reaction failed", reaction=reaction.name, attempt=attempt, exc_info=problem)
                    events_total.labels(reaction.name, "failed").inc()
                    return problem
                _log.warning("a reaction waits for a server", reaction=reaction.name, reason=repr(problem))
                if await rest(self.leaving, pause):
                    raise Left from problem
                pause = min(pause * 2, LONGEST_AWAY_REST)
            else:
                events_total.labels(reaction.name, outcome).inc()
                _log.debug("a reaction was made", reaction=reaction.name, attempt=attempt, outcome=outcome)
                return None

    async def _act(self, reaction: Reaction, told: Told) -> bool:
        """One transaction with the effect and the note that it was made; False when it was made before.

        What is told of a paused tenant is passed over: the sweeper has it sent again, and the relay keeps it back.
        """
        if await self.paused.holds(told.tenant_id):
            return False
        async with begin(self.house, told.who) as work:
            if not await work.db.fetchval(_CLAIM, told.tenant_id, reaction.name, told.id, work.now):
                return False
            body = orjson.dumps({**told.data, "event_id": told.id})
            await reaction.act(work, reaction.event.model_validate_json(body))
        return True

    async def _park(self, reaction: Reaction, told: Told, attempts: int, problem: Exception) -> None:
        error = f"{type(problem).__name__}: {problem}"[:LONGEST_ERROR]
        pause = AWAY_REST
        while True:
            try:
                async with begin(self.house, Who.system(told.tenant_id)) as work:
                    await work.db.execute(
                        _PARK, told.tenant_id, reaction.name, told.id, attempts, error, work.now
                    )  # fmt: skip
            except Exception as away:
                if not is_away(away):
                    raise
                if await rest(self.leaving, pause):
                    raise Left from away
                pause = min(pause * 2, LONGEST_AWAY_REST)
            else:
                _log.error("an event is parked", reaction=reaction.name, attempts=attempts, error=error)
                events_total.labels(reaction.name, "parked").inc()
                return

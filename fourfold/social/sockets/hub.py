"""The hub of a process: hears that something has happened, reads it once, and hands it to all who listen here.

The log is the truth, and what Valkey brings is only a hint: the hub also looks by itself, every second.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import Context
from time import monotonic
from typing import Any
from uuid import UUID

import orjson

from fourfold.ground.announcements import TOPIC
from fourfold.ground.db import AWAY
from fourfold.ground.document_work import DocumentView
from fourfold.ground.house import House
from fourfold.ground.logs import log
from fourfold.ground.refusals import Conflict, Refusal
from fourfold.ground.valkey import ValkeyAway
from fourfold.ground.who import Who
from fourfold.social.channels.events import Happened
from fourfold.social.channels.kinds import NoSuchChannel
from fourfold.social.channels.queries import heads_of, rows_behind
from fourfold.social.channels.replay import Replay, replay
from fourfold.social.channels.rules import MOST_CHANNELS, user_channel
from fourfold.social.sockets.admission import Admission
from fourfold.social.sockets.cuts import Cuts
from fourfold.social.sockets.line import Line
from fourfold.social.sockets.listener import Again, Listener, Outlet, Place, Queued
from fourfold.social.sockets.listening import Listening
from fourfold.social.ties.readers import readers_among
from fourfold.social.visibility.audience import feed_seers_of

LISTEN = "social:live:read"
READ_AT_ONCE = 500
# How often the hub looks by itself, hands out what is kept nowhere, and asks whether listeners may still come in.
LOOK_SECONDS, BRIEF_SECONDS, ASK_SECONDS = 1.0, 0.25, 3.0
ASKED_AT_ONCE = 20
# What may go wrong while a server is away; it is tried again.
PASSING = (Refusal, *AWAY, *ValkeyAway, TimeoutError)
UNAUTHENTICATED, FORBIDDEN = 401, 403

_log = log("fourfold.live")


class TooManyChannels(Conflict):
    """409: nobody has so many things open."""

    code = "social.too_many_channels"
    title = f"At most {MOST_CHANNELS} channels at a time"


class Hub:
    """One for each process. It does nothing as long as nobody listens."""

    def __init__(self, house: House) -> None:
        """Nobody listens yet."""
        self._house = house
        self._lines: dict[tuple[UUID, str], Line] = {}
        self._listeners: set[Listener] = set()
        self._admission = Admission()
        self._cuts = Cuts()
        self._tasks: set[asyncio.Task[None]] = set()
        self._keeping: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def listening(
        self, who: Who, cursors: Mapping[str, int] | None = None, again: Again | None = None
    ) -> AsyncIterator[Listening]:
        """Listens to the caller's own channel, and to those that are named, behind the numbers that were got last.

        `again` says once more who it is, every few seconds; a refusal ends it.
        """
        outlet = Queued()
        listener = self.open(who, outlet, again)
        try:
            own, given = user_channel(who.account), dict(cursors or {})
            await self.subscribe(listener, own, given.pop(own, None))
            for channel, cursor in given.items():
                await self.subscribe(listener, channel, cursor)
            yield Listening(self, listener, outlet)
        finally:
            self.close(listener)

    def open(self, who: Who, outlet: Outlet, again: Again | None = None) -> Listener:
        """Somebody who listens to nothing yet; raises a refusal when they may not."""
        who.must(LISTEN)
        listener = Listener(who, outlet, again)
        listener.asked_at = monotonic()
        self._listeners.add(listener)
        if not self._keeping:
            works = (self._hear, self._look, self._hand_out, self._ask)
            self._keeping = [_begun(lasting(each)) for each in works]
        return listener

    def close(self, listener: Listener) -> None:
        """Somebody listens no longer; with the last one the hub rests."""
        for channel in list(listener.places):
            self.unsubscribe(listener, channel)
        self._listeners.discard(listener)
        if not self._listeners:
            for task in self._keeping:
                task.cancel()
            self._keeping = []

    async def subscribe(self, listener: Listener, channel: str, cursor: int | None = None) -> int:
        """Somebody listens to a channel, behind a number, and is told what they have missed; says where they are.

        Raises `NoSuchChannel` and `TooManyChannels`. Done again it begins anew.
        """
        if channel not in listener.places and len(listener.places) >= MOST_CHANNELS:
            raise TooManyChannels
        view = self._view(listener.who.tenant_id)
        found, kind = await self._admission.admit(view, channel, listener.who)
        if listener not in self._listeners:
            # They went while they were being let in.
            raise NoSuchChannel
        key = (listener.who.tenant_id, channel)
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(*key, found.id, kind)
        place = listener.places[channel] = Place(seq=cursor or 0)
        line.listeners.add(listener)
        line.let_in(listener.account)
        try:
            missed = await self._missed(line, view, listener.account, cursor)
        except BaseException:
            if listener.places.get(channel) is place:
                self.unsubscribe(listener, channel)
            raise
        if listener.places.get(channel) is place:
            listener.settle(channel, place, missed)
        return place.seq

    async def _missed(self, line: Line, view: DocumentView, account: UUID, cursor: int | None) -> Replay:
        if not line.kind.logged:
            return Replay([], 0, 0)
        if line.starting is None or (line.starting.done() and not line.is_started):
            line.starting = _begun(self._start(line, view))
        await asyncio.shield(line.starting)
        if cursor is not None and cursor == line.seq and line.is_at_rest:
            return Replay([], cursor, cursor)
        if line.due:
            self._read(line)
        return await replay(view, account, line.channel, cursor)

    async def _start(self, line: Line, view: DocumentView) -> None:
        """Finds out where a log ends: whoever listens reads for themselves what came before."""
        line.seq = (await heads_of(view, [line.channel])).get(line.channel, 0)

    def unsubscribe(self, listener: Listener, channel: str) -> None:
        """Somebody listens to a channel no longer."""
        listener.places.pop(channel, None)
        key = (listener.who.tenant_id, channel)
        line = self._lines.get(key)
        if line is not None:
            line.listeners.discard(listener)
            if not line.listeners:
                del self._lines[key]

    def lines_of(self, kind: str) -> list[Line]:
        """The channels of a kind to which somebody listens here."""
        return [line for line in self._lines.values() if line.channel.startswith(f"{kind}:")]

    def tell_here(self, line: Line, kind: str, data: Mapping[str, Any], key: str = "") -> None:
        """Tells those who listen here what is kept nowhere."""
        line.brief[kind, key] = Happened(line.channel, None, kind, data)

    async def stop(self) -> None:
        """Ends all that goes on."""
        tasks = [*self._keeping, *self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._keeping = []

    def _view(self, tenant_id: UUID) -> DocumentView:
        return DocumentView(self._house, Who.system(tenant_id))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = _begun(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hear(self) -> None:
        """Takes the hints; those that were missed are made up for by looking."""
        while True:
            try:
                async with self._house.valkey.pubsub(ignore_subscribe_messages=True) as ear:
                    await ear.subscribe(TOPIC)
                    async for message in ear.listen():
                        self._take_safely(message["data"])
            except ValkeyAway:
                await asyncio.sleep(LOOK_SECONDS / 2)

    def _take_safely(self, told: bytes) -> None:
        try:
            self._take(told)
        except (KeyError, TypeError, ValueError) as reason:
            # Whoever else tells something there is passed over.
            _log.warning("a hint could not be read", reason=repr(reason))

    def _take(self, told: bytes) -> None:
        words = orjson.loads(told)
        tenant_id = UUID(words["tenant"])
        if "people" in words:
            self._doubt(tenant_id, [UUID(each) for each in words["people"]])
        elif "post" in words:
            self._spawn(self._tell_readers(tenant_id, UUID(words["post"]), UUID(words["author"])))
        elif (line := self._lines.get((tenant_id, words["channel"]))) is None:
            return
        elif "seq" in words:
            if words["seq"] > line.seq:
                self._read(line)
        else:
            involved = frozenset(UUID(each) for each in words["involved"])
            happened = Happened(line.channel, None, words["kind"], words["data"], involved)
            line.brief[words["kind"], words["key"]] = happened

    def _doubt(self, tenant_id: UUID, people: Sequence[UUID]) -> None:
        self._cuts.forget(tenant_id, people)
        for line in self._lines.values():
            if line.tenant_id == tenant_id:
                line.doubt()

    async def _tell_readers(self, tenant_id: UUID, post_id: UUID, author: UUID) -> None:
        lines = {line.id: line for line in self.lines_of("user") if line.tenant_id == tenant_id}
        view = self._view(tenant_id)
        try:
            readers = await readers_among(view, author, [each for each in lines if each != author])
            people = {each.account: each.who for reader in readers for each in lines[reader].listeners}
            seers = await feed_seers_of(view, post_id, list(people.values()))
        except PASSING as reason:
            _log.warning("something was not told", reason=repr(reason))
            return
        for reader in seers & readers:
            self.tell_here(lines[reader], "feed.changed", {"post_id": str(post_id), "author_id": str(author)})

    def _read(self, line: Line) -> None:
        line.due = True
        if line.is_started and (line.reading is None or line.reading.done()):
            line.reading = _begun(self._read_on(line))

    async def _read_on(self, line: Line) -> None:
        view = self._view(line.tenant_id)
        while line.due and line.listeners:
            line.due = False
            try:
                rows = await rows_behind(view, line.channel, line.seq, READ_AT_ONCE)
                if rows:
                    await self._deliver(line, view, [Happened.of(row) for row in rows])
                    line.seq = int(rows[-1]["seq"])
            except PASSING as reason:
                _log.warning("a channel could not be read", reason=repr(reason))
                await asyncio.sleep(LOOK_SECONDS)
                line.due = True
            else:
                line.due = line.due or len(rows) == READ_AT_ONCE

    async def _deliver(self, line: Line, view: DocumentView, happened: Sequence[Happened]) -> None:
        hearers = await line.hearers(view, happened)
        involved = {person for each in happened for person in each.involved}
        cut = await self._cuts.of(view, involved) if involved else {}
        for each in happened:
            away = {other for person in each.involved for other in cut[person]}
            for listener in hearers.of(each):
                if listener.account not in away:
                    listener.hear(each)
        for listener in hearers.lost:
            self.unsubscribe(listener, line.channel)
            listener.outlet.ended(line.channel)

    async def _look(self) -> None:
        """Looks whether something has happened of which no hint came."""
        while True:
            await asyncio.sleep(max(LOOK_SECONDS, len(self._lines) / 1000))
            self._cuts.tidy()
            by_tenant: dict[UUID, list[Line]] = {}
            for line in self._lines.values():
                if line.is_started:
                    by_tenant.setdefault(line.tenant_id, []).append(line)
            for tenant_id, lines in by_tenant.items():
                await self._look_at(tenant_id, lines)

    async def _look_at(self, tenant_id: UUID, lines: Iterable[Line]) -> None:
        by_channel = {line.channel: line for line in lines}
        try:
            heads = await heads_of(self._view(tenant_id), list(by_channel))
        except PASSING as reason:
            _log.warning("channels could not be looked at", reason=repr(reason))
            return
        for channel, seq in heads.items():
            if seq > by_channel[channel].seq:
                self._read(by_channel[channel])

    async def _hand_out(self) -> None:
        """Hands out what is kept nowhere, and tells those who were too slow where they go on."""
        while True:
            await asyncio.sleep(BRIEF_SECONDS)
            for line in list(self._lines.values()):
                if line.brief:
                    happened, line.brief = list(line.brief.values()), {}
                    self._spawn(self._deliver_brief(line, happened))
            for listener in self._listeners:
                for channel in listener.behind:
                    line_there = self._lines.get((listener.who.tenant_id, channel))
                    if line_there is not None:
                        listener.catch_up(channel, line_there.seq)

    async def _deliver_brief(self, line: Line, happened: Sequence[Happened]) -> None:
        try:
            await self._deliver(line, self._view(line.tenant_id), happened)
        except PASSING as reason:
            _log.warning("something was not told", reason=repr(reason))

    async def _ask(self) -> None:
        """Asks of each listener every few seconds whether they may still come in."""
        while True:
            await asyncio.sleep(ASK_SECONDS / 4)
            before = monotonic() - ASK_SECONDS
            due = [each for each in self._listeners if each.asked_at < before]
            for start in range(0, len(due), ASKED_AT_ONCE):
                await asyncio.gather(*(self._ask_one(each) for each in due[start : start + ASKED_AT_ONCE]))

    async def _ask_one(self, listener: Listener) -> None:
        listener.asked_at = monotonic()
        if listener.again is None:
            return
        try:
            who = await listener.again()
            who.must(LISTEN)
        except Refusal as refusal:
            if refusal.status in {UNAUTHENTICATED, FORBIDDEN}:
                self.close(listener)
                listener.outlet.closed(refusal)
        except (*AWAY, TimeoutError) as reason:
            # Nobody can be told to go while the database is away.
            _log.warning("a listener was not asked", reason=repr(reason))
        else:
            listener.who = who


async def lasting(work: Callable[[], Awaitable[None]], pause: float = LOOK_SECONDS) -> None:
    """Begins anew what must not end: after something that nobody has thought of, people would listen in vain."""
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 - whatever it was, it is logged with its trace
            _log.exception("the hub stumbled")
            await asyncio.sleep(pause)


def _begun(work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """Begins what belongs to no request, whoever set it off."""
    return asyncio.create_task(work, context=Context())

"""The way in by Socket.IO: connecting with a token, listening to channels, saying whether one is here."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any

import orjson
from socketio import ASGIApp, AsyncServer  # type: ignore[import-untyped]  # the library has no types
from socketio.exceptions import ConnectionRefusedError as NotLetIn  # type: ignore[import-untyped]  # as above
from starlette.types import Receive, Scope, Send

from fourfold.ground.door import WAITS, Identify
from fourfold.ground.house import House
from fourfold.ground.ids import new_text_id
from fourfold.ground.logs import log
from fourfold.ground.parcel import ask_port
from fourfold.ground.refusals import BadRequest, Invalid, Refusal, Unavailable, problem_of
from fourfold.ground.who import Who
from fourfold.social.channels.events import Happened
from fourfold.social.channels.rules import cursors_in, is_number, named, user_channel
from fourfold.social.presence.keep import Connection, Presences
from fourfold.social.presence.queries import presence_of
from fourfold.social.presence.rules import CONNECTED
from fourfold.social.sockets.hub import LISTEN, PASSING, Hub, lasting
from fourfold.social.sockets.listener import Listener
from fourfold.social.sockets.outlet import SocketOutlet
from fourfold.social.sockets.sign_in import admit, who_with_token
from fourfold.social.sockets.watch import WATCHED, keep_watching

PATH = "/socket.io"
# Whoever has vanished is noticed after these together.
PING_SECONDS, PONG_SECONDS = 15, 10
LONGEST_MESSAGE = 100_000
# Whoever connects says who they are within this.
PATIENCE, TIDY_SECONDS = 10.0, 1.0

_log = log("fourfold.live")

Handler = Callable[["Connected", Mapping[str, Any]], Awaitable[dict[str, Any]]]


class BadMessage(BadRequest):
    """400: what was sent is not what this event takes."""

    code = "social.bad_message"
    title = "This event takes something else"


class _Json:
    """JSON for the library, by the faster one."""

    @staticmethod
    def dumps(value: object, **_rest: object) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_rest: object) -> Any:
        return orjson.loads(text)


@dataclass(frozen=True, slots=True)
class Connected:
    """One connection of somebody who is signed in."""

    listener: Listener
    outlet: SocketOutlet
    request_id: str

    @property
    def presence(self) -> Connection:
        """The connection as others see it."""
        return self.listener.who.tenant_id, self.listener.account, self.request_id


def open_sockets(house: House, identify: Identify) -> "Sockets":
    """The application that serves Socket.IO in this process."""
    return Sockets(house, identify)


class Sockets:
    """An ASGI application for the paths of Socket.IO."""

    def __init__(self, house: House, identify: Identify) -> None:
        """Nobody is connected yet."""
        self._house = house
        self._identify = identify
        self._hub: Hub = ask_port(house, Hub)
        self._presences = Presences(house)
        self._connected: dict[str, Connected] = {}
        self._since: dict[str, float] = {}
        self._keeping: list[asyncio.Task[None]] = []
        self._beginning: set[asyncio.Task[None]] = set()
        quiet = logging.getLogger("fourfold.sockets")
        # The house says itself which pages may read its answers.
        self._server = AsyncServer(
            async_mode="asgi", cors_allowed_origins=[], ping_interval=PING_SECONDS, ping_timeout=PONG_SECONDS,
            max_http_buffer_size=LONGEST_MESSAGE, http_compression=False, json=_Json, logger=quiet,
            engineio_logger=quiet,
        )  # fmt: skip
        quiet.setLevel(logging.ERROR)
        self._server.on("connect", self._connect)
        self._server.on("disconnect", self._disconnect)
        acts = {"subscribe": self._subscribe, "unsubscribe": self._unsubscribe, "presence": self._set_presence}
        for name, act in acts.items():
            self._server.on(name, self._handler(act))
        self._app = ASGIApp(self._server, socketio_path=PATH)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles a request or a websocket."""
        if not self._keeping:
            works = (self._presences.keep_on, self._tidy, partial(keep_watching, self._house, self._hub))
            self._keeping = [asyncio.create_task(lasting(each), context=Context()) for each in works]
        scope[WAITS] = True
        await self._app(scope, receive, send)

    async def close(self) -> None:
        """Ends all that goes on."""
        for each in list(self._connected.values()):
            await each.outlet.end()
        tasks = [*self._keeping, *self._beginning]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.shutdown()
        await self._hub.stop()

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: object = None) -> None:
        scope: Scope = environ["asgi.scope"]
        request_id = new_text_id()
        try:
            connected, cursors = await self._let_in(sid, scope, auth, request_id)
        except Refusal as refusal:
            raise NotLetIn(refusal.title, problem_of(refusal, request_id)) from refusal
        except PASSING as reason:
            _log.warning("a server is away", reason=repr(reason))
            raise NotLetIn(Unavailable.title, problem_of(Unavailable(), request_id)) from reason
        self._connected[sid] = connected
        # The library answers once this returns; what is told comes behind that.
        task = asyncio.create_task(self._begin(sid, connected, cursors), context=Context())
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)

    async def _let_in(
        self, sid: str, scope: Scope, auth: object, request_id: str
    ) -> tuple[Connected, Mapping[str, int]]:
        given = auth if isinstance(auth, Mapping) else {}
        token, cursors = given.get("token"), cursors_in(given.get("cursors"))
        if cursors is None:
            raise BadMessage("`cursors` are channels with the last number that was got of each.")
        who = await admit(self._house, self._identify, scope, token, LISTEN)
        kept = {name: scope.get(name) for name in ("headers", "path", "client", "app", "request_id")}

        async def again() -> Who:
            return await who_with_token(self._identify, kept, token)

        engine_id = self._server.manager.eio_sid_from_sid(sid, "/")
        outlet = SocketOutlet(self._server.eio, engine_id, request_id)
        return Connected(self._hub.open(who, outlet, again), outlet, request_id), cursors

    async def _begin(self, sid: str, connected: Connected, cursors: Mapping[str, int]) -> None:
        """Tells somebody who has come in what they have missed."""
        listener, outlet = connected.listener, connected.outlet
        given: dict[str, int | None] = {user_channel(listener.account): None, **cursors}
        for channel, cursor in given.items():
            try:
                await self._hub.subscribe(listener, channel, cursor)
            except PASSING as reason:
                if not isinstance(reason, Refusal) or isinstance(reason, Unavailable):
                    _log.warning("a channel could not be read", reason=repr(reason))
                outlet.ended(channel)
        outlet.emit("ready", {"cursors": listener.cursors})
        await self._presences.set(connected.presence, "online")
        if sid not in self._connected:
            await self._presences.end(connected.presence)

    async def _disconnect(self, sid: str, *_reason: object) -> None:
        connected = self._connected.pop(sid, None)
        if connected is not None:
            self._hub.close(connected.listener)
            await self._presences.end(connected.presence)

    def _handler(self, act: Handler) -> Callable[..., Awaitable[dict[str, Any]]]:
        """What answers an event that a client sends: never with an exception."""

        async def handle(sid: str, *given: object) -> dict[str, Any]:
            connected = self._connected.get(sid)
            request_id = connected.request_id if connected else ""
            try:
                if connected is None or connected.outlet.is_closed:
                    raise BadMessage("Connect first.")
                if not given or not isinstance(given[0], Mapping):
                    raise BadMessage("Send an object.")
                await self._house.rates.admit("normal", connected.listener.who)
                return {"ok": True, **await act(connected, given[0])}
            except Refusal as refusal:
                return {"ok": False, "error": problem_of(refusal, request_id)}
            except PASSING as reason:
                _log.warning("a server is away", reason=repr(reason))
                return {"ok": False, "error": problem_of(Unavailable(), request_id)}

        return handle

    async def _subscribe(self, connected: Connected, given: Mapping[str, Any]) -> dict[str, Any]:
        channel, cursor = _channel_in(given), given.get("cursor")
        if cursor is not None and not is_number(cursor):
            raise Invalid("`cursor` is the last number that was got of the channel.")
        seq = await self._hub.subscribe(connected.listener, channel, cursor)
        found = named(channel)
        if found is not None and found.kind == WATCHED:
            here = await presence_of(self._house, connected.listener.who.tenant_id, [found.id])
            connected.outlet.event(Happened(channel, None, "presence.changed", here[found.id].told(found.id)), None)
        return {"channel": channel, "seq": seq}

    async def _unsubscribe(self, connected: Connected, given: Mapping[str, Any]) -> dict[str, Any]:
        channel = _channel_in(given)
        # Everybody is told what is for them alone.
        if channel != user_channel(connected.listener.account):
            self._hub.unsubscribe(connected.listener, channel)
        return {"channel": channel}

    async def _set_presence(self, connected: Connected, given: Mapping[str, Any]) -> dict[str, Any]:
        state = given.get("state")
        if state not in CONNECTED:
            raise Invalid("`state` is online or away.")
        await self._presences.set(connected.presence, state)
        return {"state": state}

    async def _tidy(self) -> None:
        """Ends connections of those who do not say who they are, or who may not listen any longer."""
        while True:
            await asyncio.sleep(TIDY_SECONDS)
            now, engine = monotonic(), self._server.eio
            for sid, connected in list(self._connected.items()):
                if connected.outlet.is_closed:
                    await connected.outlet.end()
                if not connected.outlet.is_there:
                    # It went while it was still being let in, too.
                    await self._disconnect(sid)
            known = {connected.outlet.engine_id for connected in self._connected.values()}
            self._since = {each: self._since.get(each, now) for each in list(engine.sockets) if each not in known}
            for engine_id in [each for each, since in self._since.items() if now - since > PATIENCE]:
                await SocketOutlet(engine, engine_id, "").end()


def _channel_in(given: Mapping[str, Any]) -> str:
    channel = given.get("channel")
    if not isinstance(channel, str):
        raise Invalid("`channel` is the name of a channel, such as post:<id>.")
    return channel

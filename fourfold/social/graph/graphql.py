"""The way in to the graph: requests over HTTP, and conversations over websockets (`graphql-transport-ws`)."""

import asyncio
from contextlib import aclosing, suppress
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from fourfold.ground.bodies import read_json
from fourfold.ground.db import AWAY
from fourfold.ground.door import Door, Identify, caller
from fourfold.ground.headers import FIRST_HEADERS, first_headers
from fourfold.ground.house import House
from fourfold.ground.idempotency import claim_of
from fourfold.ground.ids import new_text_id
from fourfold.ground.rates import RATE
from fourfold.ground.refusals import (
    BadRequest,
    NotFound,
    Refusal,
    TooLarge,
    UnsupportedType,
    problem,
    problem_response,
)
from fourfold.ground.who import AT_WORK, Who
from fourfold.ground.work import Desk
from fourfold.social.graph.asking import Asking
from fourfold.social.graph.limits import count_requests, requests_of
from fourfold.social.graph.refused import NotGraphQL, invalid, refusal_of, told_refusal
from fourfold.social.graph.run import Order, Ready, Runner

PATH = "/v1/social/graphql"
# Everybody of a tenant may come in; what they may ask for, each field says.
DOOR = Door(None, Desk, "none")
LONGEST, LONGEST_TEXT = 1_048_576, 100_000
JSON_TYPE, GRAPH_TYPE = "application/json", "application/graphql-response+json"
PROTOCOL = "graphql-transport-ws"
GREETING_SECONDS = 10.0
MOST_AT_ONCE, LONGEST_ID = 50, 100
UNAUTHENTICATED = 401


class PersistedQuery(BaseModel):
    """A document by its hash."""

    version: Literal[1]
    sha256Hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]  # noqa: N815 - as the protocol names it


class Extensions(BaseModel):
    """What clients say beside the document; what is not known is left alone."""

    persistedQuery: PersistedQuery | None = None  # noqa: N815 - as the protocol names it


class Question(BaseModel):
    """A request as GraphQL over HTTP has it."""

    model_config = ConfigDict(extra="forbid")

    query: str | None = Field(None, max_length=LONGEST_TEXT)
    operationName: str | None = Field(None, max_length=200)  # noqa: N815 - as the protocol names it
    variables: dict[str, Any] | None = None
    extensions: Extensions | None = None

    @property
    def order(self) -> Order:
        """What is asked for."""
        persisted = self.extensions.persistedQuery if self.extensions else None
        return Order(
            self.query, persisted.sha256Hash if persisted else None, self.operationName or None, self.variables or {}
        )


class Here:
    """What figures and usage are told under: there is one path, whatever is asked for."""

    path = PATH


class Graph:
    """The graph as an application of its own, behind the gate."""

    def __init__(self, house: House, identify: Identify) -> None:
        """Reads the schema."""
        self._house = house
        self._identify = identify
        self._runner = Runner(house)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or holds a conversation."""
        if scope["type"] == "websocket":
            scope.setdefault("request_id", new_text_id())
            await Conversation(self._runner, self._identify, WebSocket(scope, receive, send)).hold()
            return
        scope["route"] = Here
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.url.path.rstrip("/") != PATH:
            raise NotFound
        if request.method not in {"GET", "POST"}:
            document = problem(
                405, "method_not_allowed", "This method is not served here", "Send GET or POST.",
                request.scope.get("request_id", ""),
            )  # fmt: skip
            return problem_response(document, {"Allow": "GET, POST"})
        house, who = await caller(request, DOOR)
        order = (await _question_of(request)).order
        try:
            ready = await self._runner.prepare(who, order)
            if request.method == "GET" and (order.text is not None or not ready.is_reading):
                raise NotGraphQL("GET is for queries that are kept, by their hash; send others as POST.")
            if ready.is_listening:
                raise NotGraphQL(f"Listen over a websocket with the protocol {PROTOCOL}.")
        except Refusal as refusal:
            return _json(request, {"errors": [told_refusal(refusal, who.request_id)]}, refusal.status)
        # As one request it was counted at the door.
        request.scope[RATE] = (
            await count_requests(house.rates, who, requests_of(ready.weight) - 1) or request.scope[RATE]
        )
        claim = await claim_of(request, who, heeded=not ready.is_reading, required=False)
        answer = await self._runner.run(Asking(house, who, claim=claim), ready)
        return _json(request, answer, 200 if "data" in answer else 400)


def open_graph(house: House, identify: Identify) -> Graph:
    """The graph, for a process that serves it."""
    return Graph(house, identify)


async def _question_of(request: Request) -> Question:
    if request.method == "GET":
        given: dict[str, Any] = dict(request.query_params)
        for name in ("variables", "extensions"):
            if name in given:
                given[name] = _json_in(given[name].encode(), name)
    else:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != JSON_TYPE:
            raise UnsupportedType(f"Send this as {JSON_TYPE}.")
        body = await request.body()
        if len(body) > LONGEST:
            raise TooLarge(f"A body of this kind may have {LONGEST} bytes.")
        given = _json_in(body, "body")
    return _checked(given)


def _checked(given: object) -> Question:
    if not isinstance(given, dict):
        raise BadRequest("Send one operation at a time, as an object.")
    try:
        return Question.model_validate(given)
    except ValidationError as wrong:
        raise invalid(wrong) from wrong


def _json_in(text: bytes, name: str) -> Any:
    try:
        return read_json(text)
    except orjson.JSONDecodeError as wrong:
        raise BadRequest(f"{name} is not JSON.") from wrong


def _json(request: Request, answer: dict[str, Any], status: int) -> Response:
    """An answer as the client understands it: those who know the newer content type are told by the status as well."""
    is_newer = GRAPH_TYPE in request.headers.get("accept", "")
    kind = GRAPH_TYPE if is_newer else JSON_TYPE
    return Response(orjson.dumps(answer), status_code=status if is_newer else 200, media_type=kind)


class Ending(Exception):
    """The conversation ends, with a code of the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Conversation:
    """One websocket: a greeting with a token, then operations, each under an id of the client's."""

    def __init__(self, runner: Runner, identify: Identify, socket: WebSocket) -> None:
        """Nothing was said yet."""
        self._runner = runner
        self._identify = identify
        self._socket = socket
        self._house: House = socket.scope["app"].state.house
        self._credential = ""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._speaking = asyncio.Lock()

    async def hold(self) -> None:
        """Talks until one of the two has enough."""
        speaks = PROTOCOL in self._socket.scope.get("subprotocols", ())
        await self._socket.accept(subprotocol=PROTOCOL if speaks else None)
        try:
            if not await self._greet(speaks=speaks):
                return
            while (said := await self._heard()) is not None:
                await self._take(said)
        except Ending as ending:
            await self._end(ending)
        finally:
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _greet(self, *, speaks: bool) -> bool:
        """The greeting: nothing is done for anybody before they have said who they are; False when they are gone."""
        if not speaks:
            raise Ending(4406, "Subprotocol not acceptable")
        try:
            async with asyncio.timeout(GREETING_SECONDS):
                said = await self._heard()
                while said is not None and said["type"] in {"ping", "pong"}:
                    await self._take(said)
                    said = await self._heard()
        except TimeoutError:
            raise Ending(4408, "Connection initialisation timeout") from None
        if said is None:
            return False
        if said["type"] != "connection_init":
            raise Ending(4401, "Unauthorized")
        payload = said.get("payload")
        token = payload.get("token") if isinstance(payload, dict) else None
        if not isinstance(token, str) or not token or not token.isascii():
            raise Ending(4403, "Forbidden")
        self._credential = token
        try:
            await caller(self._request(), DOOR)
        except Refusal as refusal:
            raise Ending(4403, refusal.title) from refusal
        except AWAY as away:
            raise Ending(1013, "Try again later") from away
        await self._say({"type": "connection_ack"})
        return True

    async def _heard(self) -> dict[str, Any] | None:
        """What the client says next; None when they are gone."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            return None
        text = message.get("text")
        if not text or len(text) > LONGEST:
            raise Ending(4400, "Send text of a reasonable length")
        try:
            said = read_json(text.encode())
        except (orjson.JSONDecodeError, Refusal, UnicodeEncodeError):
            raise Ending(4400, "This is not JSON") from None
        if not isinstance(said, dict) or not isinstance(said.get("type"), str):
            raise Ending(4400, "This is no message of the protocol")
        return said

    async def _take(self, said: dict[str, Any]) -> None:
        match said["type"]:
            case "ping":
                await self._say({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                self._begin(_id_in(said), said.get("payload"))
            case "complete":
                task = self._tasks.pop(_id_in(said), None)
                if task is not None:
                    task.cancel()
            case "connection_init":
                raise Ending(4429, "Too many initialisation requests")
            case _:
                raise Ending(4400, "This is no message of the protocol")

    def _begin(self, name: str, payload: object) -> None:
        if name in self._tasks:
            raise Ending(4409, f"Subscriber for {name} already exists")
        if len(self._tasks) >= MOST_AT_ONCE:
            raise Ending(4429, "Too many operations at once")
        self._tasks[name] = asyncio.create_task(self._serve(name, payload))

    async def _serve(self, name: str, payload: object) -> None:
        """One operation, from its beginning to its end."""
        try:
            await self._run(name, payload)
        except Exception as problem:  # noqa: BLE001 - the last place that can still answer; it is logged with its trace
            refusal = refusal_of(problem, "operation")
            told = told_refusal(refusal, self._socket.scope["request_id"])
            await self._finish({"id": name, "type": "error", "payload": [told]})
            if refusal.status == UNAUTHENTICATED:
                await self._end(Ending(4403, "Forbidden"))

    async def _run(self, name: str, payload: object) -> None:
        order = _checked(payload).order
        who = await self._again()
        AT_WORK.set(who)
        ready: Ready = await self._runner.prepare(who, order)
        await count_requests(self._house.rates, who, requests_of(ready.weight))
        asking = Asking(self._house, who, self._again)
        if ready.is_listening:
            async with aclosing(self._runner.listen(asking, ready)) as answers:
                async for answer in answers:
                    await self._say({"id": name, "type": "next", "payload": answer})
        else:
            answer = await self._runner.run(asking, ready)
            if "data" not in answer:
                await self._finish({"id": name, "type": "error", "payload": answer["errors"]})
                return
            await self._say({"id": name, "type": "next", "payload": answer})
        await self._finish({"id": name, "type": "complete"})

    async def _again(self) -> Who:
        """Who the client is now; raises when their token is not, or no longer, good."""
        return await self._identify(self._request())

    def _request(self) -> Request:
        """The greeting as a request, for those who ask who sent it."""
        scope = {name: value for name, value in self._socket.scope.items() if name != FIRST_HEADERS}
        named = first_headers(self._socket.scope)
        kept = [(name, named[name]) for name in (b"host", b"x-tenant") if name in named]
        headers = [*kept, (b"authorization", b"Bearer " + self._credential.encode())]
        return Request({**scope, "type": "http", "method": "POST", "headers": headers})

    async def _finish(self, told: dict[str, Any]) -> None:
        """Says the last of an operation; then its id may be used again. Of one that the client has ended nothing."""
        if self._tasks.pop(told["id"], None) is not None:
            await self._say(told)

    async def _say(self, told: dict[str, Any]) -> None:
        """Says something; to one who is gone nothing is said."""
        with suppress(WebSocketDisconnect, RuntimeError):
            async with self._speaking:
                await self._socket.send_text(orjson.dumps(told).decode())

    async def _end(self, ending: Ending) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            async with self._speaking:
                await self._socket.close(ending.code, ending.reason[:LONGEST_ID])


def _id_in(said: dict[str, Any]) -> str:
    name = said.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID:
        raise Ending(4400, "An operation has an id")
    return name

"""The door: the only way to a `Work`, a `View` or a `Desk` over HTTP. Who is it, may they, was it done before."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from fourfold.ground.bodies import StrictRequest, refuse_other_kinds
from fourfold.ground.claimant import claimant_of
from fourfold.ground.headers import first_headers
from fourfold.ground.house import House
from fourfold.ground.refusals import BadRequest, Conflict, Invalid, Refusal, Unauthenticated
from fourfold.ground.short_way import ShortWay, Unusual
from fourfold.ground.who import Who
from fourfold.ground.work import Desk, View, Work, begin, look

KEY_LENGTH = 200
Manner = type[Work] | type[View] | type[Desk]
Keys = Literal["none", "optional", "required"]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class Identify(Protocol):
    """Says who sent a request; raises `Unauthenticated` for a credential that is not valid."""

    async def __call__(self, request: Request) -> Who:
        """The caller, anonymous ones included."""


class MissingIdempotencyKey(BadRequest):
    """400: this operation charges or creates, and must carry a key to be safe to repeat."""

    code = "idempotency_key_required"
    title = "Send an Idempotency-Key header"


class IdempotencyKeyReused(Invalid):
    """422: the key was used for another request."""

    code = "idempotency_key_reused"
    title = "This Idempotency-Key belongs to another request"


class InFlight(Conflict):
    """409: the same key is being worked on right now."""

    code = "idempotency_key_in_flight"
    title = "The same request is being worked on"


class Replayed(Exception):
    """The request was answered before: the kept answer goes out again."""

    def __init__(self, response: Response) -> None:
        super().__init__("replayed")
        self.response = response


@dataclass(frozen=True, slots=True)
class Door:
    """What a route asks of its callers; `permission` is None for a public route."""

    permission: str | None
    opens: Manner
    keys: Keys


def may(permission: str, *, opens: Manner = Work, keys: Keys = "optional") -> Any:
    """Lets in whoever holds the permission; stands in a route's signature as the annotation of its work.

    `opens` says what is handed over; `keys` says whether an Idempotency-Key is heeded (only for a `Work`).
    """
    return _dependency(Door(permission, opens, keys if opens is Work else "none"))


def public(*, opens: Manner = View, keys: Keys = "optional") -> Any:
    """The door of a route that is open to everybody of a tenant, signed in or not."""
    return _dependency(Door(None, opens, keys if opens is Work else "none"))


def open_to_all() -> Callable[[Endpoint], Endpoint]:
    """Marks a route that belongs to no tenant: it opens no data by itself."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.open_to_all = True  # type: ignore[attr-defined]  # read by the walk over all routes
        return endpoint

    return mark


def _dependency(door: Door) -> Any:
    openers: dict[Manner, Callable[[Door], Callable[[Request], Any]]] = {
        Work: _work_opener,
        View: _view_opener,
        Desk: _desk_opener,
    }
    opener = openers[door.opens](door)
    opener.door = door  # type: ignore[attr-defined]  # read by the walk over all routes
    return Depends(opener, scope="function")


async def caller(request: Request, door: Door) -> tuple[House, Who]:
    """Who is at the door; raises unless they may come in."""
    if door.permission is not None and b"authorization" not in first_headers(request.scope):
        raise Unauthenticated
    who = await request.app.state.identify(request)
    if door.permission is not None:
        who.must(door.permission)
    return request.app.state.house, who


def _work_opener(door: Door) -> Callable[[Request], AsyncIterator[Work]]:
    async def open_work(request: Request) -> AsyncIterator[Work]:
        house, who = await caller(request, door)
        key = _key_of(request, door)
        async with begin(house, who) as work:
            if key is not None:
                await _claim(work, request, key)
            yield work

    return open_work


def _view_opener(door: Door) -> Callable[[Request], AsyncIterator[View]]:
    async def open_view(request: Request) -> AsyncIterator[View]:
        house, who = await caller(request, door)
        async with look(house, who) as view:
            yield view

    return open_view


def _desk_opener(door: Door) -> Callable[[Request], Awaitable[Desk]]:
    async def open_desk(request: Request) -> Desk:
        house, who = await caller(request, door)
        return Desk(house, who)

    return open_desk


def _key_of(request: Request, door: Door) -> str | None:
    sent = first_headers(request.scope).get(b"idempotency-key") if door.keys != "none" else None
    key = None if sent is None else sent.decode("latin-1")
    if key is None:
        if door.keys == "required":
            raise MissingIdempotencyKey
        return None
    if not 0 < len(key) <= KEY_LENGTH:
        raise MissingIdempotencyKey(f"An Idempotency-Key has 1 to {KEY_LENGTH} characters.")
    return key


@dataclass(frozen=True, slots=True)
class _Claim:
    work: Work
    claimant: str
    route: str
    key: str


async def _claim(work: Work, request: Request, key: str) -> None:
    """Takes the key in the transaction of the effect: a second request waits here, then finds the first answer."""
    claimant, route = claimant_of(work.who, request), f"{request.method} {request.url.path}"
    if claimant is None:
        return
    digest = hashlib.sha256(await _body_of(request)).digest()
    taken = await work.db.fetchval(
        "INSERT INTO ground.idempotency (tenant_id, principal, route, key, request_hash, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING true",
        work.who.tenant_id, claimant, route, key, digest, work.now,
    )  # fmt: skip
    if taken:
        request.state.claim = _Claim(work, claimant, route, key)
        return
    kept = await work.db.fetchrow(
        "SELECT request_hash, status, headers, body FROM ground.idempotency"
        " WHERE tenant_id = $1 AND principal = $2 AND route = $3 AND key = $4",
        work.who.tenant_id, claimant, route, key,
    )  # fmt: skip
    if kept is None or kept["status"] is None:
        raise InFlight
    if kept["request_hash"] != digest:
        raise IdempotencyKeyReused
    headers = {**kept["headers"], "Idempotent-Replayed": "true"}
    raise Replayed(Response(kept["body"], status_code=kept["status"], headers=headers))


async def _body_of(request: Request) -> bytes:
    # A multipart body has been read as a form by now: then its length and the key stand for it.
    if request.headers.get("content-type", "").startswith("multipart/"):
        return request.headers.get("content-length", "").encode()
    return await request.body()


def doors_of(route: APIRoute) -> list[Door]:
    """The doors that a route's dependencies go through."""
    found: list[Door] = []
    waiting: list[Dependant] = list(route.dependant.dependencies)
    while waiting:
        dependant = waiting.pop()
        waiting.extend(dependant.dependencies)
        if hasattr(dependant.call, "door"):
            found.append(dependant.call.door)  # type: ignore[union-attr]  # just asked
    return found


class DoorRoute(APIRoute):
    """A route that answers strangers before it looks at their body, and keeps its answer under an Idempotency-Key.

    A plain read goes the short way.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **rest: Any) -> None:
        """As the framework declares it."""
        super().__init__(path, endpoint, **rest)
        doors = doors_of(self)
        self._short = ShortWay.of(self) if [door.opens for door in doors] == [View] else None
        self._door = doors[0] if doors else None
        self._long = AsyncExitStackMiddleware(super().handle)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request whose path is this route's."""
        if self._short is None or self._door is None or scope["method"] != "GET":
            await self._long(scope, receive, send)
            return
        try:
            asked = self._short.asked(scope)
        except Unusual:
            await self._long(scope, receive, send)
            return
        request = Request(scope, receive)
        house, who = await caller(request, self._door)
        async with look(house, who) as view:
            response = await self._short.answer(request, asked, view)
        await response(scope, receive, send)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, followed by keeping the answer in the transaction of its effect; then comes the commit."""
        handle = super().get_route_handler()
        doors = doors_of(self)

        async def handle_and_keep(given: Request) -> Response:
            request = StrictRequest(given.scope, given.receive)
            try:
                response = await handle(request)
            except HTTPException as problem:
                # FastAPI reads the body before it asks the door; a body that cannot be read must not come before it.
                await _ask(doors, request)
                raise problem.__cause__ if isinstance(problem.__cause__, Refusal) else problem from None
            except RequestValidationError as problem:
                if any(each["type"] == "json_invalid" for each in problem.errors()):
                    await _ask(doors, request)
                refuse_other_kinds(request, self)
                raise
            claim: _Claim | None = getattr(request.state, "claim", None)
            if claim is not None:
                await _keep(claim, response)
            return response

        return handle_and_keep


async def _ask(doors: Sequence[Door], request: Request) -> None:
    for door in doors:
        await caller(request, door)


async def _keep(claim: _Claim, response: Response) -> None:
    kept = {name: response.headers[name] for name in ("content-type", "location", "etag") if name in response.headers}
    await claim.work.db.execute(
        "UPDATE ground.idempotency SET status = $5, headers = $6, body = $7"
        " WHERE tenant_id = $1 AND principal = $2 AND route = $3 AND key = $4",
        claim.work.who.tenant_id, claim.claimant, claim.route, claim.key,
        response.status_code, kept, bytes(response.body),
    )  # fmt: skip


def room_router(prefix: str, tag: str) -> APIRouter:
    """A router for one room: its routes go through doors."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=DoorRoute)

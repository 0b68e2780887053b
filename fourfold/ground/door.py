"""The door: the only way to a `Work`, a `View` or a `Desk` over HTTP. Who is it, may they, was it done before."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

import asyncpg
from fastapi import APIRouter, Depends, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from fourfold.ground.again import until_done
from fourfold.ground.asking import READING, add_answer, asked_by
from fourfold.ground.audit import Asked
from fourfold.ground.bodies import StrictRequest, refuse_other_kinds
from fourfold.ground.document_keys import TakenBefore, claim_documents, keep_document_answer, kept_document_answer
from fourfold.ground.document_work import DocumentView, DocumentWork, begin_documents
from fourfold.ground.headers import first_headers
from fourfold.ground.house import House
from fourfold.ground.idempotency import TAKEN, Claim, Replayed, claim_of, keep_answer, kept_answer
from fourfold.ground.rates import RATE, Rate, Rates
from fourfold.ground.refusals import Refusal, Unauthenticated
from fourfold.ground.retirement import Retirement
from fourfold.ground.short_way import ShortWay, Unusual
from fourfold.ground.who import AT_WORK, KEY_MARK, KeyInAddress, Who
from fourfold.ground.work import Desk, View, Work, begin, look

# Whoever has used up a month can look at that, and operators can do something about it.
UNMETERED = frozenset({"business:usage:read", "core:operator:read", "core:operator:write"})
# Where a request's scope keeps who asked, and what for: for those who tell of it afterwards.
WHO, ASKED, ADMITTED = "who", "asked", "admitted"
# What a request's scope holds that waits until there is something to be told: how long it takes says nothing.
WAITS = "waits"
# How FastAPI's own stack is called on which the doors' transactions lie until the endpoint has answered.
STACK = "fastapi_function_astack"
Manner = type[Work] | type[View] | type[Desk] | type[DocumentWork] | type[DocumentView]
WRITING = frozenset({Work, DocumentWork})
Keys = Literal["none", "optional", "required"]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Prepare = Callable[[Request], Awaitable[None]]


class Identify(Protocol):
    """Says who sent a request; raises `Unauthenticated` for a credential that is not valid."""

    async def __call__(self, request: Request) -> Who:
        """The caller, anonymous ones included."""


@dataclass(frozen=True, slots=True)
class Door:
    """What a route asks of its callers; without a `permission` it is public; `rate` names its limits."""

    permission: str | None
    opens: Manner
    keys: Keys
    prepare: Prepare | None = None
    rate: Rate = "normal"
    metered: bool = True

    @property
    def is_metered(self) -> bool:
        """Whether it closes when the month's requests are used up: people still sign in, pay, and see why."""
        return self.metered and self.rate != "sign_in" and self.permission not in UNMETERED


def may(permission: str, *, opens: Manner = Work, keys: Keys = "optional", rate: Rate = "normal") -> Any:
    """Lets in whoever holds the permission; stands in a route's signature as the annotation of its work.

    `opens` says what is handed over; `keys` says whether an Idempotency-Key is heeded (only for a `Work` or a
    `DocumentWork`).
    """
    return _dependency(Door(permission, opens, keys if opens in WRITING else "none", rate=rate))


def public(
    *,
    opens: Manner = View,
    keys: Keys = "optional",
    prepare: Prepare | None = None,
    rate: Rate = "normal",
    metered: bool = True,
) -> Any:
    """The door of a route that is open to everybody of a tenant, signed in or not.

    `prepare` does what takes too long for an open transaction, before a `Work` is opened; it may see a body that does
    not fit, and leaves what comes of it in the request's state. What is not `metered` stays open when the month's
    requests are used up.
    """
    return _dependency(Door(None, opens, keys if opens in WRITING else "none", prepare, rate, metered))


def open_to_all(rate: Rate = "normal") -> Callable[[Endpoint], Endpoint]:
    """Marks a route that belongs to no tenant: it opens no data by itself, and counts by its caller's address."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.open_to_all = True  # type: ignore[attr-defined]  # read by the walk over all routes
        endpoint.rate = rate  # type: ignore[attr-defined]  # read by its route
        return endpoint

    return mark


def _dependency(door: Door) -> Any:
    openers: dict[Manner, Callable[[Door], Callable[[Request], Any]]] = {
        Work: _work_opener,
        View: _view_opener,
        Desk: _desk_opener,
        DocumentWork: _document_work_opener,
        DocumentView: _document_view_opener,
    }
    opener = openers[door.opens](door)
    opener.door = door  # type: ignore[attr-defined]  # read by the walk over all routes
    return Depends(opener, scope="function")


async def caller(request: Request, door: Door) -> tuple[House, Who]:
    """Who is at the door; raises unless they may come in, or come in too often."""
    scope = request.scope
    house: House = scope["app"].state.house
    address = scope["client"][0] if scope.get("client") else ""
    house.rates.refuse_flood(address)
    try:
        if KEY_MARK in scope["query_string"]:
            raise KeyInAddress
        if door.permission is not None and b"authorization" not in first_headers(scope):
            raise Unauthenticated
        who = scope[WHO] = await request.app.state.identify(request)
        AT_WORK.set(who)
    except Refusal:
        await house.rates.admit_stranger("normal", address)
        raise
    scope[RATE] = await house.rates.admit(door.rate, who)
    if door.is_metered:
        await house.allowances.admit(who)
    if door.permission is not None:
        who.must(door.permission)
    return house, who


def _work_opener(door: Door) -> Callable[[Request], AsyncIterator[Work]]:
    async def open_work(request: Request) -> AsyncIterator[Work]:
        house, who = await caller(request, door)
        claim = await claim_of(request, who, heeded=door.keys != "none", required=door.keys == "required")
        if door.prepare is not None:
            await door.prepare(request)
        words = "" if claim is None else claim.words(who, house.clock.now())
        try:
            async with begin(house, who, _asked(request, door), first_words=words) as work:
                if claim is not None:
                    claim.work = work
                yield work
        except asyncpg.PostgresError as problem:
            if claim is None or problem.sqlstate != TAKEN:
                raise
            raise Replayed(await kept_answer(house, who, claim)) from None

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
        return Desk(house, who, asked=_asked(request, door))

    return open_desk


def _document_work_opener(door: Door) -> Callable[[Request], AsyncIterator[DocumentWork]]:
    async def open_document_work(request: Request) -> AsyncIterator[DocumentWork]:
        # Whoever is done again has come in already, and counts once.
        admitted = request.scope[ADMITTED] = request.scope.get(ADMITTED) or await caller(request, door)
        house, who = admitted
        claim = await claim_of(request, who, heeded=door.keys != "none", required=door.keys == "required")
        try:
            async with begin_documents(house, who, _asked(request, door)) as work:
                if claim is not None:
                    await claim_documents(work, claim)
                    claim.work = work
                yield work
        except TakenBefore:
            if claim is None:
                raise
            raise Replayed(await kept_document_answer(house, who, claim)) from None

    return open_document_work


def _document_view_opener(door: Door) -> Callable[[Request], Awaitable[DocumentView]]:
    async def open_document_view(request: Request) -> DocumentView:
        return DocumentView(*await caller(request, door))

    return open_document_view


def _asked(request: Request, door: Door) -> Asked | None:
    """What the audit log is told of a request that may change something."""
    if request.method in READING:
        return None
    asked = request.scope[ASKED] = asked_by(request.scope, door.permission)
    return asked


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
        self._short = ShortWay.of(self) if [door.opens for door in doors] in ([View], [DocumentView]) else None
        self._door = doors[0] if doors else None
        self._rate: Rate = getattr(endpoint, "rate", "normal")
        self.retirement: Retirement | None = getattr(endpoint, "retirement", None)
        if self.retirement is not None:
            self.deprecated = True
        self._long = AsyncExitStackMiddleware(super().handle)

    @property
    def door(self) -> Door | None:
        """The door that it goes through; None for one that belongs to no tenant."""
        return self._door

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request whose path is this route's."""
        if self._door is None:
            rates: Rates = scope["app"].state.house.rates
            scope[RATE] = await rates.admit_stranger(self._rate, scope["client"][0] if scope.get("client") else "")
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
        if self._door.opens is DocumentView:
            response = await self._short.answer(request, asked, DocumentView(house, who))
        else:
            async with look(house, who) as view:
                response = await self._short.answer(request, asked, view)
        await response(scope, receive, send)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, followed by keeping the answer in the transaction of its effect; then comes the commit.

        A transaction of documents is done again when it met another one.
        """
        handle = super().get_route_handler()
        doors = doors_of(self)

        async def handle_and_keep(request: Request) -> Response:
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
            asked: Asked | None = request.scope.get(ASKED)
            if asked is not None:
                add_answer(asked, self.path, response.status_code, getattr(response, "body", b""))
            claim: Claim | None = getattr(request.state, "claim", None)
            if claim is not None:
                await _keep(claim, response)
            return response

        async def handle_once(given: Request) -> Response:
            return await handle_and_keep(StrictRequest(given.scope, given.receive))

        async def handle_until_done(given: Request) -> Response:
            request = StrictRequest(given.scope, given.receive)

            async def try_it() -> Response:
                async with AsyncExitStack() as stack:
                    request.scope[STACK] = stack
                    return await handle_and_keep(request)

            return await until_done(try_it)

        return handle_until_done if any(door.opens is DocumentWork for door in doors) else handle_once


async def _keep(claim: Claim, response: Response) -> None:
    if isinstance(claim.work, DocumentWork):
        await keep_document_answer(claim, claim.work, response)
    elif claim.work is not None:
        keep_answer(claim, claim.work, response)


async def _ask(doors: Sequence[Door], request: Request) -> None:
    for door in doors:
        await caller(request, door)


def room_router(prefix: str, tag: str) -> APIRouter:
    """A router for one room: its routes go through doors."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=DoorRoute)

"""The HTTP application: the routers of the services, one shape for every refusal, health, documents."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Lifespan

from fourfold.ground.bodies import BadText
from fourfold.ground.db import AWAY
from fourfold.ground.house import House
from fourfold.ground.idempotency import Replayed
from fourfold.ground.logs import log
from fourfold.ground.refusals import FieldError, Refusal, Unavailable, problem, problem_of, problem_response
from fourfold.ground.service import Service
from fourfold.ground.settings import Settings
from fourfold.serve.documents.openapi import add_documents
from fourfold.serve.figures.answer import add_figures
from fourfold.serve.web.gate import Gate
from fourfold.serve.web.mounts import Mounts
from fourfold.serve.web.refused import is_denial, tell_denial
from fourfold.serve.web.switchboard import Application
from fourfold.serve.web.traced import Traced
from fourfold.serve.wiring import move_in, move_out, open_house, refuse_without_documents

MOST_ERRORS = 50
_log = log("fourfold.web")


def build_app(settings: Settings, services: Sequence[Service], house: House | None = None) -> FastAPI:
    """The application of these services. It opens its own house at start-up, unless it is handed one."""
    app = Application(
        title="Fourfold",
        version="1",
        lifespan=_lifespan(settings, services, house),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for service in services:
        for router in service.routers:
            # Not `include_router`: it wraps each router, and then asks the wrappers one after the other.
            app.router.routes.extend(router.routes)
    app.state.mounts = Mounts(services)
    app.add_exception_handler(Refusal, _refusal)
    app.add_exception_handler(Replayed, _replayed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    for reason in (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError):
        app.add_exception_handler(reason, _bad_text)
    for away in (*AWAY, TimeoutError):
        app.add_exception_handler(away, _away)
    app.add_middleware(Gate, settings=settings)
    if settings.otlp_url is not None:
        app.add_middleware(Traced)
    _add_health(app)
    add_figures(app, settings)
    if settings.shows_docs:
        add_documents(app, services)
    return app


def _lifespan(settings: Settings, services: Sequence[Service], given: House | None) -> Lifespan[FastAPI]:
    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        if given is None:
            refuse_without_documents(settings, services)
        house = given or await open_house(settings, services)
        task = await move_in(app, house, services)
        yield
        await app.state.mounts.close()
        await move_out(house, task)

    return live


def _request_id(request: Request) -> str:
    return str(request.scope.get("request_id", ""))


async def _refusal(request: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, Refusal):
        raise refusal
    if is_denial(refusal):
        await tell_denial(request, refusal)
    return problem_response(problem_of(refusal, _request_id(request)), refusal.headers)


async def _replayed(_request: Request, replayed: Exception) -> Response:
    if not isinstance(replayed, Replayed):
        raise replayed
    return replayed.response


async def _bad_text(request: Request, _reason: Exception) -> Response:
    # Bodies are looked through when they are read; this is for what comes by path, query or form.
    return problem_response(problem_of(BadText(), _request_id(request)))


async def _away(request: Request, reason: Exception) -> Response:
    _log.warning("a server is away", reason=repr(reason))
    refusal = Unavailable("A server that is needed does not answer; try again in a moment.")
    return problem_response(problem_of(refusal, _request_id(request)), refusal.headers)


async def _invalid(request: Request, invalid: Exception) -> Response:
    if not isinstance(invalid, RequestValidationError):
        raise invalid
    # Whoever sends a hundred thousand wrong fields is told of some.
    errors = [
        FieldError(".".join(map(str, each["loc"][1:])) or str(each["loc"][0]), _plain_words(each["msg"]), each["type"])
        for each in invalid.errors()[:MOST_ERRORS]
    ]
    malformed = any(each["type"] == "json_invalid" for each in invalid.errors())
    status = 400 if malformed else 422
    detail = "; ".join(f"{error['field']}: {error['message']}" for error in errors[:3])
    title = "The body is not JSON" if malformed else "Some values are not valid"
    code = "malformed" if malformed else "invalid"
    document = problem(status, code, title, detail, _request_id(request), more={"errors": errors})
    return problem_response(document)


def _plain_words(message: str) -> str:
    # Pydantic's own opening says nothing to whoever sent the value.
    return message.removeprefix("Value error, ")


async def _plain(request: Request, raised: Exception) -> Response:
    if not isinstance(raised, HTTPException):
        raise raised
    names = {
        404: ("not_found", "There is no such thing"),
        405: ("method_not_allowed", "This method is not served here"),
    }
    code, title = names.get(raised.status_code, ("bad_request", "The request cannot be served"))
    document = problem(raised.status_code, code, title, str(raised.detail or title), _request_id(request))
    return problem_response(document, raised.headers)


def _add_health(app: FastAPI) -> None:
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    async def ready(request: Request) -> Response:
        house: House = request.app.state.house
        try:
            await house.pool.fetchval("SELECT 1", timeout=2)
            await house.valkey.ping()
            if house.documents is not None:
                await house.documents.ping()
        except Exception as reason:  # noqa: BLE001 - whatever it is, we are not ready
            _log.warning("not ready", reason=repr(reason))
            document = problem(503, "not_ready", "Not ready", "A server does not answer.", _request_id(request))
            return problem_response(document)
        return Response(b'{"status":"ready"}', media_type="application/json")

    app.add_api_route("/healthz", alive, include_in_schema=False)
    app.add_api_route("/readyz", ready, include_in_schema=False, response_model=None)

"""Traced requests: one span for each, around everything else that is done for it; not there when traces are off."""

from collections.abc import Mapping
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fourfold.ground.door import WHO
from fourfold.ground.headers import first_headers
from fourfold.ground.house import House
from fourfold.ground.redaction import shown_text
from fourfold.ground.traces import SPAN, Attributes, Span
from fourfold.serve.web.switchboard import words_of

SERVER_ERROR = 500
# Asked every few seconds by machines, and of no interest.
PASSED_OVER = frozenset({"/healthz", "/readyz", "/metrics"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LONGEST_PARENT = 512


class Traced:
    """ASGI middleware outside of the gate; it continues the trace of a caller that sends a `traceparent`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        house: House | None = None if scope["type"] != "http" else scope["app"].state.house
        if house is None or house.traces is None or scope["path"] in PASSED_OVER:
            await self._app(scope, receive, send)
            return
        status = 0

        async def send_and_look(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        parent = first_headers(scope).get(b"traceparent", b"")[:LONGEST_PARENT].decode("latin-1")
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        with house.traces.begin(method, "server", parent, {"http.request.method": method}) as span:
            # Each request runs in a context of its own, so nobody else finds it there.
            SPAN.set(span)
            try:
                await self._app(scope, receive, send_and_look)
            finally:
                if span.is_kept:
                    _describe(span, method, scope, status)


def _describe(span: Span, method: str, scope: Scope, status: int) -> None:
    route: str | None = getattr(scope.get("route"), "path", None)
    who = scope.get(WHO)
    found: dict[str, str | int] = {
        "url.scheme": scope["scheme"],
        "url.path": _path(scope["path"]) if route is None else _filled(route, scope["path_params"]),
        "fourfold.request.id": scope.get("request_id", ""),
    }
    if status:
        found["http.response.status_code"] = status
    if route is not None:
        found["http.route"] = route
    if who is not None:
        found["fourfold.tenant.id"] = str(who.tenant_id)
    attributes: Attributes = found
    span.rename(method if route is None else f"{method} {route}", attributes)
    if status >= SERVER_ERROR or not status:
        span.fail(str(status or "unanswered"))


def _filled(route: str, values: Mapping[str, object]) -> str:
    """The path as it was asked for, but without secrets and what tells who a person is."""
    for name, value in values.items():
        shown = quote(shown_text(name, str(value)), safe="[]")
        route = route.replace(f"{{{name}}}", shown).replace(f"{{{name}:path}}", shown)
    return route


def _path(path: str) -> str:
    """The beginning of a path that leads nowhere: nobody knows what people put behind it."""
    return shown_text("path", "/".join(words_of(path).split("/")[:3]))

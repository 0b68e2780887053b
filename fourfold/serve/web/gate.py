"""The gate: what happens to every request before it finds its route. Ids, limits on size, headers, logs, figures."""

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fourfold.ground.door import WAITS, WHO
from fourfold.ground.headers import first_headers
from fourfold.ground.ids import new_text_id
from fourfold.ground.logs import log
from fourfold.ground.metrics import request_seconds, requests_total
from fourfold.ground.peers import Proxies, networks_in
from fourfold.ground.rates import RATE
from fourfold.ground.refusals import Refusal, TooLarge, UnsupportedType, problem, problem_of, problem_response
from fourfold.ground.settings import Settings
from fourfold.ground.spool import visit_line
from fourfold.serve.web.origins import asks_beforehand, headers_for
from fourfold.serve.web.switchboard import BEGUN

ID_LENGTH = 64
SLOW_SECONDS = 1.0
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Bodies of these kinds are never held in memory: forms with files, and parts of uploads that can be resumed.
UPLOADS = (b"multipart/", b"application/offset+octet-stream")

_log = log("fourfold.http")
# An API answer is data: no browser shall guess its type, frame it or run it.
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
]
HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._body_limit = settings.body_limit
        self._upload_limit = settings.upload_limit
        self._logs_all = settings.log_requests == "all"
        self._proxies = Proxies(networks_in(settings.trusted_proxies))
        self._headers = HEADERS if settings.development else [*HEADERS, HTTPS_ONLY]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request, whatever becomes of it."""
        if scope["type"] != "http":
            if scope["type"] == "websocket" and self._proxies.networks:
                self._proxies.unwrap(scope)
            await self._app(scope, receive, send)
            return
        if self._proxies.networks:
            self._proxies.unwrap(scope)
        headers = first_headers(scope)
        given = headers.get(b"x-request-id", b"")
        request_id = given.decode() if given.isalnum() and len(given) <= ID_LENGTH else new_text_id()
        scope["request_id"] = request_id
        # Each request runs in a context of its own, so nothing of another has to be cleared away.
        structlog.contextvars.bind_contextvars(request_id=request_id)
        visit = _Visit(scope, send, request_id, self._headers, headers.get(b"origin"), logged=self._logs_all)
        try:
            if b"origin" in headers and asks_beforehand(scope) and await visit.let_in():
                return
            await self._app(scope, self._limited(headers, receive), visit.send)
        except Refusal as refusal:
            await visit.answer(problem_of(refusal, request_id), refusal.headers)
        except Exception:  # noqa: BLE001 - the last place that can still answer; it is logged with its trace
            _log.exception("unhandled", method=scope["method"], path=scope["path"])
            document = problem(500, "internal", "Something went wrong on our side", "We have logged it.", request_id)
            await visit.answer(document)
        finally:
            visit.count()

    def _limited(self, headers: Mapping[bytes, bytes], receive: Receive) -> Receive:
        if b"content-length" not in headers and b"transfer-encoding" not in headers:
            return receive
        if headers.get(b"content-encoding", b"identity") != b"identity":
            # What is packed may become endless when it is unpacked.
            raise UnsupportedType("Send the body as it is, without a Content-Encoding.")
        kind = headers.get(b"content-type", b"")
        limit = self._upload_limit if kind.startswith(UPLOADS) else self._body_limit
        told = int(headers.get(b"content-length") or 0)
        taken = 0

        async def receive_within_limit() -> Message:
            nonlocal taken
            # A body that tells to be too large is not waited for.
            if told > limit:
                raise _too_large(limit)
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _too_large(limit)
            return message

        return receive_within_limit


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"A body of this kind may have {limit} bytes.")


class _Visit:
    """One request's answer on its way out."""

    def __init__(
        self,
        scope: Scope,
        send: Send,
        request_id: str,
        headers: list[tuple[bytes, bytes]],
        origin: bytes | None,
        *,
        logged: bool,
    ) -> None:
        self._scope = scope
        self._send = send
        self._request_id = request_id.encode()
        self._headers = headers
        self._origin = origin
        self._began = time.perf_counter()
        self._status = 0
        self._is_logged = logged
        self._is_counted = False

    async def send(self, message: Message) -> None:
        """Passes a message on; adds our headers to the first."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._scope[BEGUN] = True
            present = dict(message["headers"])
            extra = [pair for pair in self._headers if pair[0] not in present]
            # A refusal tells of the limit that was passed, and not of another.
            if b"ratelimit" not in present:
                extra += self._scope.get(RATE, ())
            if self._origin is not None:
                extra += await headers_for(self._scope, self._origin)
            retirement = getattr(self._scope.get("route"), "retirement", None)
            if retirement is not None:
                extra += retirement.headers
            # Nothing is kept on the way unless its route says so: guests read carts and orders without a credential.
            if b"cache-control" not in present:
                extra.append((b"cache-control", b"no-store"))
            message["headers"] = [*message["headers"], (b"x-request-id", self._request_id), *extra]
        elif not message.get("more_body"):
            # Before the last of it leaves: whoever has an answer finds it in the usage and in the figures, even if we
            # are killed now.
            self.count()
        await self._send(message)

    async def let_in(self) -> bool:
        """Answers a browser that asks beforehand, when its page may come in."""
        if len(await headers_for(self._scope, self._origin or b"")) == 1:
            return False
        await Response(status_code=204)(self._scope, _nothing, self.send)
        return True

    async def answer(self, document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        """Sends a problem, unless an answer has begun."""
        if not self._status:
            await problem_response(document, headers)(self._scope, _nothing, self.send)

    def count(self) -> None:
        """Adds the request, once, to usage and figures; by route, not by path: ids would make endless series.

        It is logged when it failed or was slow, or when all are to be logged.
        """
        if self._is_counted:
            return
        self._is_counted = True
        self._tell()
        route = getattr(self._scope.get("route"), "path", "unknown")
        seconds = time.perf_counter() - self._began
        total, duration = _figures_of(self._scope["method"], route, self._status)
        total.inc()
        if WAITS not in self._scope:
            duration.observe(seconds)
        is_slow = seconds > SLOW_SECONDS and WAITS not in self._scope
        unusual = self._status >= 500 or is_slow  # noqa: PLR2004 - server errors
        if unusual or self._is_logged:
            told = {"route": route, "status": self._status, "seconds": round(seconds, 4)}
            (_log.warning if unusual else _log.info)("request", method=self._scope["method"], **told)

    def _tell(self) -> None:
        """Adds the request to the usage of the tenant that asked, if any is known."""
        who = self._scope.get(WHO)
        if who is None:
            return
        house, route = self._scope["app"].state.house, getattr(self._scope.get("route"), "path", "unknown")
        hour, micros = int(house.clock.now().timestamp()) // 3600, int((time.perf_counter() - self._began) * 1e6)
        house.spool.write(visit_line(who, hour, self._scope["method"], route, self._status, micros))


@lru_cache(4096)
def _figures_of(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    # Whoever invents methods makes no series of their own.
    known = method if method in METHODS else "other"
    return requests_total.labels(known, route, str(status)), request_seconds.labels(known, route, f"{status // 100}xx")


async def _nothing() -> Message:
    return {"type": "http.disconnect"}

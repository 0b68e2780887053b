"""Origins: which web pages may call the API from a browser. Each tenant lists its own; nobody else's are let in."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from fastapi import Request
from starlette.types import Scope

from fourfold.core.settings.known import CORS_ORIGINS
from fourfold.ground.db import AWAY
from fourfold.ground.door import WHO
from fourfold.ground.headers import FIRST_HEADERS, first_headers
from fourfold.ground.rates import NO_TENANT
from fourfold.ground.refusals import Refusal

# What a page may send and read. There are no cookies, so a page gets nothing that it does not hold a token for.
METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"
SENT = (
    b"authorization, content-type, idempotency-key, if-match, if-none-match, if-range, range, tus-resumable,"
    b" upload-checksum, upload-length, upload-metadata, upload-offset, x-request-id, x-tenant"
)
READ = (
    b"content-disposition, content-range, deprecation, etag, idempotent-replayed, location, ratelimit,"
    b" ratelimit-policy, retry-after, sunset, tus-checksum-algorithm, tus-extension, tus-max-size, tus-resumable,"
    b" tus-version, upload-expires, upload-length, upload-offset, x-request-id"
)
KEPT_SECONDS = b"600"


def asks_beforehand(scope: Scope) -> bool:
    """Whether a browser asks if a page may send a request, before it does (a preflight)."""
    return scope["method"] == "OPTIONS" and b"access-control-request-method" in first_headers(scope)


async def headers_for(scope: Scope, origin: bytes) -> list[tuple[bytes, bytes]]:
    """What tells a browser that a page of this origin may see the answer; only `Vary` when it may not."""
    vary = [(b"vary", b"origin")]
    if not await allows(scope, origin.decode("latin-1")):
        return vary
    told = [(b"access-control-allow-origin", origin), *vary]
    if asks_beforehand(scope):
        return [
            *told,
            (b"access-control-allow-methods", METHODS),
            (b"access-control-allow-headers", SENT),
            (b"access-control-max-age", KEPT_SECONDS),
        ]
    return [*told, (b"access-control-expose-headers", READ)]


async def allows(scope: Scope, origin: str) -> bool:
    """Whether a page of this origin may read answers."""
    # While the database is away nothing is known of a tenant's pages, and the answer has nothing to show anyway.
    with suppress(*AWAY, TimeoutError):
        return origin in await scope["app"].state.house.configuration.value(await _tenant_of(scope), CORS_ORIGINS)
    return False


async def _tenant_of(scope: Scope) -> UUID:
    """The tenant of a request: its caller's, else the one that the header or host names, else none.

    A browser that asks beforehand leaves out the values of headers: then only the host can name a tenant, and pages
    that name it by header have to be listed for the whole platform.
    """
    who: Any = scope.get(WHO)
    if who is None:
        naming = [pair for pair in scope["headers"] if pair[0] in {b"host", b"x-tenant"}]
        visit = {name: value for name, value in scope.items() if name != FIRST_HEADERS}
        with suppress(Refusal):
            who = await scope["app"].state.identify(Request({**visit, "type": "http", "headers": naming}))
    return NO_TENANT if who is None else who.tenant_id

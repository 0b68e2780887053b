"""Who is at the other end of a socket: by the same token as with a request, held to the same limits."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.types import Scope

from fourfold.ground.door import Identify
from fourfold.ground.house import House
from fourfold.ground.refusals import Refusal, Unauthenticated
from fourfold.ground.who import Who

LONGEST_TOKEN = 8192
# What a connection's first request says of the tenant that is meant.
NAMING = frozenset({b"host", b"x-tenant"})


async def who_with_token(identify: Identify, scope: Scope, token: object) -> Who:
    """Whose token it is; raises `Unauthenticated` and what else a request with it would be refused with."""
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
        raise Unauthenticated("Send the access token, or an API key, as `token` of what you connect with.")
    headers = [pair for pair in scope["headers"] if pair[0] in NAMING]
    asked: Mapping[str, Any] = {
        "type": "http", "method": "GET", "path": scope["path"], "query_string": b"", "app": scope.get("app"),
        "headers": [*headers, (b"authorization", b"Bearer " + token.encode())], "client": scope.get("client"),
        "request_id": scope.get("request_id", ""),
    }  # fmt: skip
    return await identify(Request(dict(asked)))


async def admit(house: House, identify: Identify, scope: Scope, token: object, permission: str) -> Who:
    """The same for whoever comes in: it is counted like a request, and raises when that is too often."""
    address = scope["client"][0] if scope.get("client") else ""
    house.rates.refuse_flood(address)
    try:
        who = await who_with_token(identify, scope, token)
    except Refusal:
        await house.rates.admit_stranger("normal", address)
        raise
    await house.rates.admit("normal", who)
    await house.allowances.admit(who)
    who.must(permission)
    return who

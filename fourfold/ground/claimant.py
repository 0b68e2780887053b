"""Whose an Idempotency-Key is: an answer that was kept is shown again to whoever sent the first request alone."""

import hashlib
from uuid import UUID

from fastapi import Request

from fourfold.ground.headers import first_headers
from fourfold.ground.who import Who


def claimant_of(who: Who, request: Request) -> str | None:
    """A name for whoever may ask again; None when nobody may, and then the key is not heeded.

    Whoever has signed in is known. Visitors are all alike, and two of them may well have the same key and body, so a
    visitor's answer is bound to what only that visitor knows: the id in the path (of the cart, the order, the payment)
    and the secrets sent beside it (the query, `X-Order-Token`). A visitor's request to a path without an id, such as
    opening a cart, is done anew each time: nobody is harmed by a second empty cart, but one would be by a stranger's.
    """
    if who.kind != "anonymous":
        return who.principal
    if not any(_is_id(value) for value in request.path_params.values()):
        return None
    secrets = (request.scope.get("query_string", b""), first_headers(request.scope).get(b"x-order-token", b""))
    if not any(secrets):
        return who.principal
    digest = hashlib.sha256(b"\0".join(secrets)).hexdigest()
    return f"{who.principal}:{digest}"


def _is_id(value: object) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True

"""Idempotency keys: a request that is sent again under its key gets the first answer, and has no second effect."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fastapi import Request, Response

from fourfold.ground.claimant import claimant_of
from fourfold.ground.closing import calling
from fourfold.ground.headers import first_headers
from fourfold.ground.house import House
from fourfold.ground.refusals import BadRequest, Conflict, Invalid
from fourfold.ground.who import Who
from fourfold.ground.work import Work, look

if TYPE_CHECKING:
    from fourfold.ground.document_work import DocumentWork

KEY_LENGTH = 200
# What `ground.claim_key` raises.
TAKEN = "FF001"
# The headers of an answer that are kept with it.
KEPT = ("content-type", "location", "etag")


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


@dataclass(slots=True)
class Claim:
    """A key that a request has sent; `work` is the open transaction in which it was taken, of whichever server."""

    claimant: str
    route: str
    key: str
    digest: bytes
    work: "Work | DocumentWork | None" = None

    def words(self, who: Who, at: datetime) -> str:
        """Takes the key in the transaction of the effect: a second request waits there, and finds the first answer."""
        told = {"tenant_id": who.tenant_id, "principal": self.claimant, "route": self.route, "key": self.key}
        return calling("ground.claim_key", {**told, "request_hash": self.digest.hex(), "at": at})


async def claim_of(request: Request, who: Who, *, heeded: bool, required: bool) -> Claim | None:
    """What the request claims; None without a key, or where keys are not heeded."""
    key = _key_of(request, required=required) if heeded else None
    claimant = None if key is None else claimant_of(who, request)
    if key is None or claimant is None:
        return None
    digest = hashlib.sha256(await _body_of(request)).digest()
    claim = request.state.claim = Claim(claimant, f"{request.method} {request.url.path}", key, digest)
    return claim


async def kept_answer(house: House, who: Who, claim: Claim) -> Response:
    """The answer that is kept under a key that was taken before."""
    async with look(house, who) as view:
        kept = await view.db.fetchrow(
            "SELECT request_hash, status, headers, body FROM ground.idempotency"
            " WHERE tenant_id = $1 AND principal = $2 AND route = $3 AND key = $4",
            who.tenant_id, claim.claimant, claim.route, claim.key,
        )  # fmt: skip
    if kept is None or kept["status"] is None:
        raise InFlight
    if kept["request_hash"] != claim.digest:
        raise IdempotencyKeyReused
    headers = {**kept["headers"], "Idempotent-Replayed": "true"}
    return Response(kept["body"], status_code=kept["status"], headers=headers)


def _key_of(request: Request, *, required: bool) -> str | None:
    sent = first_headers(request.scope).get(b"idempotency-key")
    key = None if sent is None else sent.decode("latin-1")
    if key is None:
        if required:
            raise MissingIdempotencyKey
        return None
    if not 0 < len(key) <= KEY_LENGTH:
        raise MissingIdempotencyKey(f"An Idempotency-Key has 1 to {KEY_LENGTH} characters.")
    return key


async def _body_of(request: Request) -> bytes:
    # A multipart body has been read as a form by now: then its length and the key stand for it.
    if request.headers.get("content-type", "").startswith("multipart/"):
        return request.headers.get("content-length", "").encode()
    return await request.body()


def keep_answer(claim: Claim, work: Work, response: Response) -> None:
    """Keeps an answer under its key, in the transaction of its effect."""
    kept = {name: response.headers[name] for name in KEPT if name in response.headers}
    answer = {
        "tenant_id": work.who.tenant_id,
        "principal": claim.claimant,
        "route": claim.route,
        "key": claim.key,
        "status": response.status_code,
        "headers": kept,
        "body": b64encode(response.body).decode(),
    }
    work.closing.append(calling("ground.keep_answer", answer))

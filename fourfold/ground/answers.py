"""Answers: JSON that PostgreSQL made, passed on as it is; entity tags; the problems that a route may answer with."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from fourfold.ground.headers import first_headers
from fourfold.ground.refusals import PROBLEM, BadRequest, PreconditionFailed

# What an answer depends on beside its address.
VARY = b"X-Tenant, Authorization"


class ProblemShape(BaseModel):
    """An RFC 9457 problem document."""

    type: str = Field(examples=["https://fourfold.dev/problems/not_found"])
    title: str = Field(examples=["There is no such thing"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no such thing"])
    code: str = Field(examples=["not_found"])
    request_id: str = Field(examples=["01890a5d-ac96-774b-bcce-b302099a8057"])
    errors: list[dict[str, str]] | None = Field(None, description="The fields that were wrong, why, and what is right.")


DESCRIPTIONS = {
    400: "The request makes no sense as it stands.",
    401: "Nobody is signed in, or the credential is not valid.",
    403: "The caller may not do this.",
    404: "There is no such thing, or it is not the caller's to see.",
    409: "It does not fit the present state.",
    412: "It has been changed in the meantime.",
    413: "More bytes than are taken.",
    415: "A content type that is not understood.",
    416: "None of the bytes that were asked for are there.",
    422: "A value is wrong; `errors` names the fields.",
    429: "Too many requests.",
    460: "The bytes that arrived are not those that were sent.",
    503: "A server that is needed does not answer.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route for OpenAPI: problem documents for these statuses and for those any route may have."""
    schema = {"$ref": "#/components/schemas/ProblemShape"}
    return {
        status: {"description": DESCRIPTIONS[status], "content": {PROBLEM: {"schema": schema}}}
        for status in sorted({400, 413, 415, 422, 429, 503, *statuses})
    }


class JsonText(Response):
    """JSON text from the database, sent without being read."""

    media_type = "application/json"

    def __init__(self, text: str | bytes, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """The text with its length; the framework would look through headers that are known here."""
        self.status_code = status_code
        self.background = None
        self.body = text if isinstance(text, bytes) else text.encode()
        self.raw_headers = [(b"content-length", b"%d" % len(self.body)), (b"content-type", b"application/json")]
        if headers:
            self.raw_headers += [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def tag_of(*parts: object) -> str:
    """A strong entity tag over the parts."""
    return '"' + sha256(repr(parts).encode()).hexdigest()[:24] + '"'


def tag_with(version: str, body: bytes) -> str:
    """A tag that also changes with what is shown beside the version, such as stock; edits heed its version alone."""
    return f'{version[:-1]}.{sha256(body).hexdigest()[:20]}"'


def _version_in(tag: str) -> str:
    version, dot, _ = tag.partition(".")
    return f'{version}"' if dot else tag


def unless_known(request: Request, answer: JsonText, *, for_all: bool) -> Response:
    """The answer with its entity tag; 304 without a body when `If-None-Match` names it.

    It may be kept, `for_all` also by proxies, but is asked about each time: nobody sees what is no longer so.
    """
    headers = dict(answer.raw_headers)
    tag = headers.get(b"etag")
    if tag is None:
        tag = f'"{sha256(answer.body).hexdigest()[:24]}"'.encode()
        answer.raw_headers.append((b"etag", tag))
    kept = (b"cache-control", b"public, no-cache" if for_all else b"private, no-cache"), (b"vary", VARY)
    answer.raw_headers += kept
    given = first_headers(request.scope).get(b"if-none-match")
    if given is None or not _names(given, tag):
        return answer
    known = Response(status_code=304)
    known.raw_headers = [(b"etag", tag), *kept]
    return known


def _names(given: bytes, tag: bytes) -> bool:
    return given == b"*" or tag in [each.strip().removeprefix(b"W/") for each in given.split(b",")]


class MissingPrecondition(BadRequest):
    """428: edits say which version they edit."""

    status = 428
    code = "precondition_required"


def must_match(request: Request, tag: str) -> None:
    """Raises `PreconditionFailed` when `If-Match` is given and names another version."""
    given = request.headers.get("if-match")
    if given is not None and given != "*" and tag not in [_version_in(each.strip()) for each in given.split(",")]:
        raise PreconditionFailed("It has been changed since you read it: read it again and repeat the edit.")

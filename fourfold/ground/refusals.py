"""Refusals: the one way to say no, with a stable code, rendered as RFC 9457 problem details."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import orjson
from starlette.responses import Response

PROBLEM = "application/problem+json"


class FieldError(dict[str, str]):
    """One field that was wrong: where it is, why, and what would be right."""

    def __init__(self, field: str, message: str, code: str = "invalid") -> None:
        super().__init__(field=field, message=message, code=code)


class Refusal(Exception):
    """A no that the caller can understand; subclasses carry the status and the stable code.

    `detail` is a sentence for people; `errors` names the fields; `more` holds facts that a client can act upon
    (such as the new quote when a price changed); `headers` go out with the answer. `about` is for the audit log alone:
    what was refused, such as `account:<id>`, when the caller must not learn it.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "The request cannot be served"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = list(errors)
        self.more = dict(more or {})
        self.headers = dict(headers or {})
        self.about = ""


class BadRequest(Refusal):
    """400: the request makes no sense as it stands."""


class Unauthenticated(Refusal):
    """401: nobody is signed in, or the credential is not valid."""

    status, code, title = 401, "unauthenticated", "Sign in first"

    def __init__(self, detail: str = "", **rest: Any) -> None:
        super().__init__(detail, **{"headers": {"WWW-Authenticate": "Bearer"}, **rest})


class Forbidden(Refusal):
    """403: known, but not allowed."""

    status, code, title = 403, "forbidden", "You may not do this"


class NotFound(Refusal):
    """404: there is no such thing, or it is not yours to see."""

    status, code, title = 404, "not_found", "There is no such thing"


class Conflict(Refusal):
    """409: the request does not fit the state that things are in."""

    status, code, title = 409, "conflict", "This does not fit the present state"


class PreconditionFailed(Refusal):
    """412: somebody else changed it in the meantime."""

    status, code, title = 412, "precondition_failed", "It has been changed in the meantime"


class TooLarge(Refusal):
    """413: more bytes than are taken."""

    status, code, title = 413, "too_large", "The request is too large"


class UnsupportedType(Refusal):
    """415: a content type that is not understood here."""

    status, code, title = 415, "unsupported_type", "This content type is not understood"


class Invalid(Refusal):
    """422: well-formed, but a value is wrong."""

    status, code, title = 422, "invalid", "Some values are not valid"


class TooMany(Refusal):
    """429: too often; try again later."""

    status, code, title = 429, "too_many_requests", "Too many requests"


class Unavailable(Refusal):
    """503: a server that is needed does not answer."""

    status, code, title = 503, "unavailable", "A part of the service is not available right now"

    def __init__(self, detail: str = "", **rest: Any) -> None:
        super().__init__(detail, **{"headers": {"Retry-After": "2"}, **rest})


def problem(
    status: int, code: str, title: str, detail: str, request_id: str, *, more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The members of a problem document; `more` holds `errors` and other extension members."""
    kind = f"https://fourfold.dev/problems/{code}"
    return {
        "type": kind,
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
        **(more or {}),
    }


def problem_of(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    more = {**refusal.more, **({"errors": refusal.errors} if refusal.errors else {})}
    return problem(refusal.status, refusal.code, refusal.title, refusal.detail, request_id, more=more)


def problem_response(document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """An HTTP answer that carries a problem document."""
    return Response(
        orjson.dumps(document), status_code=document["status"], media_type=PROBLEM, headers=dict(headers or {})
    )

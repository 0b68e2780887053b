"""What is refused, as GraphQL tells it: each refusal is an error with the members of the problem that REST answers."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from graphql import FieldNode, GraphQLError
from pydantic import ValidationError

from fourfold.ground.audit import Asked, AuditNote, Outcome
from fourfold.ground.db import AWAY
from fourfold.ground.house import House
from fourfold.ground.logs import log
from fourfold.ground.refusals import BadRequest, FieldError, Invalid, NotFound, Refusal, Unavailable, problem_of
from fourfold.ground.who import Who

UNAUTHENTICATED, FORBIDDEN, NOT_FOUND = 401, 403, 404
# Names of what there is, beside those that were asked for: they are not told where the schema is closed.
HINT = re.compile(r" ?Did you mean .*\?$", re.DOTALL)
_WORD = re.compile(r"(?<!^)(?=[A-Z])")
_log = log("fourfold.graph")


class NotGraphQL(BadRequest):
    """400: the document cannot be read, or does not fit the schema."""

    code = "graphql.invalid"
    title = "The request is no valid GraphQL"


class TooMuch(BadRequest):
    """400: the document asks for more than one operation may."""

    code = "graphql.too_much"
    title = "The operation asks for too much"


class NoSuchNode(NotFound):
    """404: there is nothing with this id, or nothing that is the caller's to see."""

    code = "social.no_such_node"
    title = "There is no such thing"


class Failed(Refusal):
    """500: a mistake of ours."""

    status, code, title = 500, "internal", "Something went wrong on our side"


def told(errors: Sequence[GraphQLError], house: House, who: Who) -> list[dict[str, Any]]:
    """Errors as they leave: where, what, and as extensions the problem; refused doors are told to the audit log."""
    return [_told(each, house, who) for each in errors]


def told_refusal(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """A refusal of a whole request as an error."""
    extensions = {name: value for name, value in problem_of(refusal, request_id).items() if name != "type"}
    return {"message": refusal.detail, "extensions": extensions}


def refusal_in(error: GraphQLError, *, hints: bool) -> Refusal:
    """The refusal behind an error: what was raised, or that the request is not valid."""
    cause: BaseException | None = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if cause is None or isinstance(cause, GraphQLError) or (error.path is None and not isinstance(cause, Refusal)):
        return NotGraphQL(error.message if hints else HINT.sub("", error.message))
    return refusal_of(cause, ".".join(map(str, error.path or ())))


def refusal_of(cause: BaseException, path: str) -> Refusal:
    """What is told of whatever was raised at a path; what was not foreseen is logged."""
    if isinstance(cause, Refusal):
        return cause
    if isinstance(cause, (*AWAY, TimeoutError)):
        _log.warning("a server is away", reason=repr(cause))
        return Unavailable("A server that is needed does not answer; try again in a moment.")
    _log.error("unhandled", path=path, exc_info=cause)
    return Failed("We have logged it.")


def invalid(problem: ValidationError) -> Invalid:
    """What does not fit a question, as it is refused in a body."""
    errors = [
        FieldError(".".join(map(str, each["loc"])), each["msg"].removeprefix("Value error, "), each["type"])
        for each in problem.errors()
    ]
    return Invalid("; ".join(f"{each['field']}: {each['message']}" for each in errors[:3]), errors=errors)


def _told(error: GraphQLError, house: House, who: Who) -> dict[str, Any]:
    refusal = refusal_in(error, hints=house.settings.shows_docs)
    _tell_denial(error, refusal, house, who)
    told: dict[str, Any] = told_refusal(refusal, who.request_id)
    if error.locations:
        told["locations"] = [{"line": each.line, "column": each.column} for each in error.locations]
    if error.path:
        told["path"] = list(error.path)
    return told


def _tell_denial(error: GraphQLError, refusal: Refusal, house: House, who: Who) -> None:
    is_denied = refusal.status in {UNAUTHENTICATED, FORBIDDEN}
    if not is_denied and (refusal.status != NOT_FOUND or who.account_id is None):
        return
    action = f"social.graph.{_action_of(error)}"
    asked = Asked(action, status=refusal.status)
    house.denials.tell(who, AuditNote(action, refusal.about), Outcome("denied", refusal.code), asked)


def _action_of(error: GraphQLError) -> str:
    """The field that was refused, in the audit log's words: `edit_post` for `editPost`."""
    node = error.nodes[0] if error.nodes else None
    return _WORD.sub("_", node.name.value).lower() if isinstance(node, FieldNode) else "operation"


def answer_of(data: Mapping[str, Any] | None, errors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The members of an answer; without data when nothing was begun."""
    told: dict[str, Any] = {"data": data}
    if errors:
        told = {"errors": list(errors), **told}
    return told

"""Bodies: JSON read strictly, and who is refused for what when a body cannot be read."""

from typing import Any

import orjson
from fastapi import Request, params
from fastapi.routing import APIRoute

from fourfold.ground.refusals import FieldError, Invalid, UnsupportedType

DEEPEST = 64


class BadText(Invalid):
    """422: no text may hold the character U+0000, which PostgreSQL cannot keep."""

    code = "bad_text"
    title = "Text may not hold the character U+0000"


class TooDeep(Invalid):
    """422: nested deeper than anything that is understood here."""

    code = "too_deep"
    title = f"JSON may be nested {DEEPEST} deep"


class StrictRequest(Request):
    """A request whose JSON is read strictly: real UTF-8, real numbers, no U+0000, not nested without end."""

    async def json(self) -> Any:
        """The body's value; raises orjson's JSONDecodeError, `BadText` or `TooDeep`."""
        return read_json(await self.body())


def read_json(body: bytes) -> Any:
    """The value of a JSON text; raises orjson's JSONDecodeError, `BadText` or `TooDeep`."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        if "depth limit" in str(problem):
            raise TooDeep from problem
        raise
    if b"\\u0000" in body:
        _refuse_nul(value, "")
    if body.count(b"[") + body.count(b"{") > DEEPEST:
        _refuse_depth(value)
    return value


def _refuse_nul(value: Any, where: str) -> None:
    if isinstance(value, str) and "\x00" in value:
        raise BadText(errors=[FieldError(where, "Leave out the character U+0000.")])
    if isinstance(value, list | dict):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            _refuse_nul(name, where)
            _refuse_nul(each, f"{where}.{name}".lstrip("."))


def _refuse_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST + 1):
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, list | dict)]
        level = [each for some in inner for each in some]
        if not level:
            return
    raise TooDeep


def refuse_other_kinds(request: Request, route: APIRoute) -> None:
    """Raises `UnsupportedType` when a body was sent whose content type the route does not read."""
    headers = request.headers
    if route.body_field is None or (headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers):
        return
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if isinstance(route.body_field.field_info, params.Form):
        wanted, fits = "multipart/form-data", kind in {"multipart/form-data", "application/x-www-form-urlencoded"}
    else:
        wanted, fits = "application/json", kind.startswith("application/") and kind.endswith(("/json", "+json"))
    if not fits:
        raise UnsupportedType(f"Send this as {wanted}.")

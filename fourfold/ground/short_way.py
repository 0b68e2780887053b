"""The short way: plain reads are answered without the framework's machinery, which costs more than their statements."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, cast, get_type_hints
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.responses import Response
from starlette.types import Scope


class Field(Protocol):
    """What is used of the framework's description of a parameter."""

    name: str
    alias: str
    default: Any
    field_info: Any

    def validate(self, value: Any) -> tuple[Any, list[Any]]:
        """The value as the endpoint takes it, or what is wrong with it."""


class Unusual(Exception):
    """Something that the framework should answer."""


class ShortWay:
    """How the GETs of a route are answered when there is nothing unusual about them.

    The framework declares the route and documents it. A value that cannot be read here goes the long way, and is
    refused there in the usual words.
    """

    def __init__(self, route: APIRoute, view_name: str) -> None:
        """`view_name` is the endpoint's parameter that takes what the door opens."""
        self._endpoint = cast("Callable[..., Awaitable[Response]]", route.endpoint)
        self._view_name = view_name
        self._request_name = route.dependant.request_param_name
        self._path = _fields(route.dependant.path_params)
        query = _fields(route.dependant.query_params)
        models = [(each.name, each.field_info.annotation) for each in query if _is_model(each)]
        self._models = [(name, model, _asked_for_nothing(model)) for name, model in models]
        self._query = [each for each in query if not _is_model(each)]

    @classmethod
    def of(cls, route: APIRoute) -> "ShortWay | None":
        """The short way of a route; None when it writes, asks for more than a view, or answers with a model."""
        asks = route.dependant
        opened = asks.dependencies[0] if len(asks.dependencies) == 1 else None
        if route.methods != {"GET"} or opened is None or opened.name is None or opened.dependencies:
            return None
        others = (
            *asks.body_params, *asks.header_params, *asks.cookie_params, asks.response_param_name,
            asks.background_tasks_param_name, asks.http_connection_param_name,
        )  # fmt: skip
        query = _fields(asks.query_params)
        several = len(query) > 1 and any(_is_model(each) for each in query)
        if any(others) or several or not _answers_by_itself(route) or any(map(_is_special, query)):
            return None
        return cls(route, opened.name)

    def asked(self, scope: Scope) -> dict[str, Any]:
        """The endpoint's arguments without the view; raises `Unusual` when they cannot be read here."""
        query = scope["query_string"]
        given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True)) if query else {}
        asked = {field.name: _read(field, scope["path_params"]) for field in self._path}
        for name, model, plain in self._models:
            try:
                asked[name] = model.model_validate(given) if given or plain is None else plain
            except ValidationError as problem:
                raise Unusual from problem
        for field in self._query:
            asked[field.name] = _read(field, given)
        return asked

    async def answer(self, request: Request, asked: dict[str, Any], view: object) -> Response:
        """The endpoint's answer."""
        asked[self._view_name] = view
        if self._request_name is not None:
            asked[self._request_name] = request
        return await self._endpoint(**asked)


def _fields(fields: Sequence[object]) -> list[Field]:
    return cast("list[Field]", list(fields))


def _read(field: Field, given: dict[str, Any]) -> Any:
    if field.alias not in given:
        if field.field_info.is_required():
            raise Unusual
        return field.default
    value, wrong = field.validate(given[field.alias])
    if wrong:
        raise Unusual
    return value


def _answers_by_itself(route: APIRoute) -> bool:
    answer = get_type_hints(route.endpoint).get("return")
    ready = isinstance(answer, type) and issubclass(answer, Response)
    return ready and inspect.iscoroutinefunction(route.endpoint) and route.status_code in {None, 200}


def _is_model(field: Field) -> bool:
    annotation = field.field_info.annotation
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _asked_for_nothing(model: type[BaseModel]) -> BaseModel | None:
    """What comes of no query at all, which needs to be read only once; None when something is required."""
    try:
        return model.model_validate({})
    except ValidationError:
        return None


def _is_special(field: Field) -> bool:
    """Whether one name may be given several times, or has another name in Python."""
    annotation = field.field_info.annotation
    renamed = _is_model(field) and any(each.alias or each.validation_alias for each in annotation.model_fields.values())
    return renamed or '"array"' in str(TypeAdapter(annotation).json_schema()).replace("'", '"')

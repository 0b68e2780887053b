"""Every operation that is served, from the application's own routes and its OpenAPI document."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
from fastapi.routing import APIRoute

from fourfold.ground.door import Door, doors_of
from fourfold.ground.ids import new_id
from fourfold.serve.documents.openapi import document_of
from fourfold.services import ALL
from tests.builders.operators import an_operator
from tests.builders.samples import Sampler
from tests.conftest import Caller, Running, Tenant

JSON, FORM = "application/json", "multipart/form-data"


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One method of one path: its route, and what the document says of it."""

    method: str
    path: str
    route: APIRoute
    told: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def doors(self) -> list[Door]:
        """The doors that the route goes through."""
        return doors_of(self.route)

    @property
    def permission(self) -> str | None:
        """What a caller must hold, if anything."""
        return next((door.permission for door in self.doors), None)

    def caller(self, tenant: Tenant) -> Caller:
        """Somebody of the tenant who may call it, or the platform's operator where only that one may."""
        if (self.permission or "").startswith("core:operator:"):
            return _operator(tenant.running)
        return tenant.owner

    @property
    def content(self) -> dict[str, Any]:
        """The body's kinds, each with its schema; empty without a body."""
        return dict(self.told.get("requestBody", {}).get("content", {}))

    @property
    def body_schema(self) -> dict[str, Any] | None:
        """The schema of a JSON body, if it has one."""
        return self.content.get(JSON, {}).get("schema")

    def parameters(self, where: str) -> list[dict[str, Any]]:
        """The document's parameters in the path, query or header."""
        return [each for each in self.told.get("parameters", ()) if each["in"] == where]

    @property
    def ids(self) -> list[str]:
        """The names of the parameters in the path."""
        return [each["name"] for each in self.parameters("path")]

    def chosen(self, ids: Mapping[str, str]) -> dict[str, str]:
        """Those of the ids that the path asks for; all of them must be known."""
        found = {name: ids.get(f"{self._before(name)}.{name}", ids.get(name, "")) for name in self.ids}
        missing = [name for name, value in found.items() if not value]
        assert not missing, f"teach tests/builders/everything.py what a {missing[0]} is: {self} asks for it"
        return found

    def _before(self, name: str) -> str:
        words = self.path.split("/")
        return words[words.index(f"{{{name}}}") - 1]

    def path_with(self, ids: Mapping[str, str]) -> str:
        """The path with these parameters; without any it leads to nobody's."""
        chosen = self.chosen(ids) if ids else {name: str(new_id()) for name in self.ids}
        return self.path.format(**chosen)

    def call(self, caller: Caller, ids: Mapping[str, str], body: Any = None, **rest: Any) -> httpx.Response:
        """Sends the operation with the smallest body, or another one, and with what its query must have."""
        params = {
            each["name"]: SAMPLES.smallest(each["schema"]) for each in self.parameters("query") if each["required"]
        }
        rest["params"] = {**params, **rest.get("params", {})}
        if self.told.get("requestBody", {}).get("required") or body is not None:
            sent = self.sent(body)
            rest |= {**sent, "headers": {**sent.get("headers", {}), **rest.get("headers", {})}}
        needed = any(each["required"] and each["name"] == "Idempotency-Key" for each in self.parameters("header"))
        headers = {**({"Idempotency-Key": new_id().hex} if needed else {}), **rest.pop("headers", {})}
        return caller.request(self.method, self.path_with(ids), headers=headers, **rest)

    def sent(self, body: Any) -> dict[str, Any]:
        """How a body travels; without one the smallest that fits, if the operation takes any."""
        if not self.content and body is None:
            return {}
        if JSON in self.content or not self.content:
            return {"json": SAMPLES.smallest(self.body_schema or {}) if body is None else body}
        kind, content = next(iter(self.content.items()))
        if kind != FORM:
            return {"content": b"bytes", "headers": {"Content-Type": kind}}
        schema = SAMPLES.resolved(content["schema"])
        files = {
            name: each
            for name, each in schema["properties"].items()
            if "contentMediaType" in str(each) or "binary" in str(each)
        }
        plain = {name: str(value) for name, value in SAMPLES.smallest(schema).items() if name not in files}
        return {"data": plain, "files": {name: (f"{name}.csv", b"Handle,Title\n") for name in files}}


_OPERATORS: dict[str, Caller] = {}


def _operator(running: Running) -> Caller:
    if running.url not in _OPERATORS:
        _OPERATORS[running.url] = an_operator(running)
    return _OPERATORS[running.url]


@cache
def document() -> dict[str, Any]:
    """The document of all services together, as `/openapi.json` gives it."""
    return document_of([route for service in ALL for router in service.routers for route in router.routes], "Fourfold")


@cache
def operations() -> tuple[Operation, ...]:
    """All operations, deletions last: whoever walks them still finds what they walk over."""
    paths = document()["paths"]
    found = [
        Operation(method, route.path, route, paths[route.path][method.lower()])
        for service in ALL
        for router in service.routers
        for route in router.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        # An answer to HEAD has no body to look at: the tests of files ask for those.
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]
    return tuple(sorted(found, key=lambda each: (each.method == "DELETE", each.method != "GET")))


SAMPLES = Sampler(document())

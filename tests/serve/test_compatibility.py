"""The API keeps its promises: what is published is only ever added to, and what will go says so long before."""

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Response

from fourfold.core.service import core
from fourfold.ground.answers import JsonText
from fourfold.ground.door import public, room_router
from fourfold.ground.retirement import TooSoon, retiring
from fourfold.ground.service import Service
from fourfold.ground.work import View
from fourfold.serve.documents.compatibility import breaks, compared_part
from fourfold.serve.documents.published import WHERE, broken_promises, promised_by, publish
from fourfold.serve.web.application import build_app
from fourfold.services import ALL
from tests.conftest import Running, Tenant

ROOT = Path(__file__).parents[2]
REF = "#/components/schemas/"
PUBLISHED: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/things": {
            "get": {
                "parameters": [{"name": "color", "in": "query", "schema": {"type": "string", "maxLength": 9}}],
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": f"{REF}Page"}}}}},
            },
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": f"{REF}Ask"}}},
                },
                "responses": {"201": {"content": {"application/json": {"schema": {"$ref": f"{REF}Thing"}}}}},
            },
        }
    },
    "components": {
        "schemas": {
            "Page": {"type": "object", "properties": {"items": {"type": "array", "items": {"$ref": f"{REF}Thing"}}}},
            "Thing": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "state": {"type": "string", "enum": ["new", "old"]},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "parts": {"type": "array", "items": {"$ref": f"{REF}Thing"}},
                },
                "required": ["name"],
            },
            "Ask": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": 80},
                    "count": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
                    "mode": {"type": "string", "enum": ["fast", "slow"]},
                },
                "required": ["name"],
            },
        }
    },
}
Change = Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], Any]
# Each change gets the operations, the question and the thing.
BREAKING: dict[str, Change] = {
    "POST /things: the operation is gone": lambda paths, _ask, _thing: paths.pop("post"),
    "parameter color: it is gone": lambda paths, _ask, _thing: paths["get"]["parameters"].clear(),
    "parameter size: it is required now": lambda paths, _ask, _thing: paths["get"]["parameters"].append(
        {"name": "size", "in": "query", "required": True, "schema": {"type": "integer"}}
    ),
    "parameter color: maxLength was 9 and is 5": lambda paths, _ask, _thing: paths["get"]["parameters"][0].update(
        schema={"type": "string", "maxLength": 5}
    ),
    "it answers 201 no longer": lambda paths, _ask, _thing: paths["post"]["responses"].pop("201"),
    "it needs the permission x": lambda paths, _ask, _thing: paths["get"].update({"x-permission": "x"}),
    "body.name: the type was string and is integer": lambda _p, ask, _t: ask["properties"].update(
        name={"type": "integer"}
    ),
    "body.mode: the field is required now": lambda _p, ask, _t: ask["required"].append("mode"),
    "body.mode: the field is gone": lambda _p, ask, _t: ask["properties"].pop("mode"),
    "body.mode: the value slow is gone": lambda _p, ask, _t: ask["properties"]["mode"].update(enum=["fast"]),
    "body.name: minLength was 1 and is 2": lambda _p, ask, _t: ask["properties"]["name"].update(minLength=2),
    "body.name: pattern was None": lambda _p, ask, _t: ask["properties"]["name"].update(pattern="^a"),
    "body.count: null is taken no longer": lambda _p, ask, _t: ask["properties"].update(count={"type": "integer"}),
    ".items[].state: the field is gone": lambda _p, _a, thing: thing["properties"].pop("state"),
    "[].state: the value old is gone": lambda _p, _a, thing: thing["properties"]["state"].update(enum=["new"]),
    "name: the field may be left out now": lambda _p, _a, thing: thing["required"].clear(),
    "note: integer is new here": lambda _p, _a, thing: thing["properties"]["note"]["anyOf"].append({"type": "integer"}),
}
ADDING: dict[str, Change] = {
    "an operation": lambda paths, _a, _t: paths.update(delete={"responses": {"204": {}}}),
    "a parameter": lambda paths, _a, _t: paths["get"]["parameters"].append(
        {"name": "size", "in": "query", "schema": {"type": "integer"}}
    ),
    "room": lambda _p, ask, _t: ask["properties"]["name"].update(minLength=0, maxLength=90),
    "a field of the question": lambda _p, ask, _t: ask["properties"].update(more={"type": "string"}),
    "a value to choose": lambda _p, ask, _t: ask["properties"]["mode"]["enum"].append("slower"),
    "another type to send": lambda _p, ask, _t: ask["properties"]["count"]["anyOf"].append({"type": "string"}),
    "what may be left out": lambda _p, ask, _t: ask["required"].clear(),
    "a field of the answer": lambda _p, _a, thing: thing["properties"].update(more={"type": "string"}),
    "a state": lambda _p, _a, thing: thing["properties"]["state"]["enum"].append("gone"),
    "an answer that is narrower": lambda _p, _a, thing: thing["properties"].update(note={"type": "string"}),
}


def changed(change: Change) -> dict[str, Any]:
    """The published document, with one change."""
    document = copy.deepcopy(PUBLISHED)
    schemas = document["components"]["schemas"]
    change(document["paths"]["/things"], schemas["Ask"], schemas["Thing"])
    return document


@pytest.mark.parametrize("told", BREAKING)
def test_what_breaks_programs_is_found(told: str) -> None:
    """P-20: each kind of change that a client would notice is told by its place."""
    assert any(told in each for each in breaks(PUBLISHED, changed(BREAKING[told])))


@pytest.mark.parametrize("name", ADDING)
def test_what_adds_is_welcome(name: str) -> None:
    """P-20: additions break nothing."""
    assert breaks(PUBLISHED, changed(ADDING[name])) == []


def test_what_people_read_is_not_compared() -> None:
    """P-20: words may change; a field called like one of them is a field all the same."""
    document = {"description": "x", "properties": {"description": {"type": "string", "description": "y"}}}
    assert compared_part(document) == {"properties": {"description": {"type": "string"}}}


def test_the_published_document_is_kept() -> None:
    """P-20: `fourfold openapi --publish docs/reference/openapi-published.json` accepts additions, and nothing else."""
    assert (ROOT / WHERE).exists()
    assert broken_promises(ROOT / WHERE, ALL) == []


def test_publishing_keeps_what_was_promised(tmp_path: Path) -> None:
    """P-20: what is written is read again as it is; promises of a system that is gone are broken."""
    where = tmp_path / "published.json"
    assert broken_promises(where, ALL) == []
    publish(where, ALL)
    assert json.loads(where.read_text())["paths"] == promised_by(ALL)["paths"]
    assert broken_promises(where, ALL) == []
    assert any("/v1/commerce/products: the operation is gone" in each for each in broken_promises(where, [core]))


router = room_router("/v1/old", "old")


@router.get("/things")
@retiring(date(2027, 1, 1), date(2027, 7, 1), "/v1/old/better-things")
async def old_things(view: Annotated[View, public(opens=View)]) -> Response:
    """Things."""
    return JsonText(f'"{view.who.tenant_slug}"')


async def test_retiring_routes_tell_so(running: Running, tenant: Tenant) -> None:
    """P-20: every answer of a deprecated route has Deprecation, Sunset and what to use instead; refusals too."""
    old = Service("old", "Old things.", routers=[router], permissions={})
    app = build_app(running.settings, (core, old))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        for headers, status in (({"X-Tenant": tenant.slug}, 200), ({}, 400)):
            answer = await client.get("/v1/old/things", headers=headers)
            assert answer.status_code == status
            assert answer.headers["deprecation"] == "@1798761600"
            assert answer.headers["sunset"] == "Thu, 01 Jul 2027 00:00:00 GMT"
            assert answer.headers["link"] == '</v1/old/better-things>; rel="successor-version"'
        assert "sunset" not in (await client.get("/v1/core/me")).headers
        document = (await client.get("/v1/old/openapi.json")).json()
    assert document["paths"]["/v1/old/things"]["get"]["deprecated"] is True


def test_nothing_goes_without_notice() -> None:
    """P-20: at least 180 days lie between telling and going."""
    with pytest.raises(TooSoon):
        retiring(date(2027, 1, 1), date(2027, 2, 1), "/v1/new")

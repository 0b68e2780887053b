"""The documents: OpenAPI for each system and for all together, and a page to read them."""

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from fourfold.ground.answers import ProblemShape, problems
from fourfold.ground.door import doors_of
from fourfold.ground.service import Service
from fourfold.serve.documents.links import add_links

SECURITY = {"bearer": {"type": "http", "scheme": "bearer", "description": "An access token or an API key."}}
TENANT = {
    "name": "X-Tenant",
    "in": "header",
    "required": False,
    "description": "The slug of the tenant, for visitors without a token.",
    "schema": {"type": "string"},
}


def document_of(routes: Sequence[Any], title: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of some routes: with the problem's schema, doors, idempotency keys and links."""
    document = get_openapi(title=title, version="1", openapi_version="3.1.0", routes=list(routes))
    components = document.setdefault("components", {})
    _, problem = models_json_schema([(ProblemShape, "serialization")], ref_template="#/components/schemas/{model}")
    components.setdefault("schemas", {}).update(problem["$defs"])
    components["securitySchemes"] = SECURITY
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                _tell_of_door(document["paths"][route.path][method.lower()], route)
    add_links(document)
    return document


def _tell_of_door(operation: dict[str, Any], route: APIRoute) -> None:
    # What FastAPI says of 422 is not what we answer: ours are problem documents, declared by each route.
    operation["responses"] = {
        status: answer
        for status, answer in operation["responses"].items()
        if "HTTPValidationError" not in orjson.dumps(answer).decode()
    }
    for door in doors_of(route):
        # What the door itself answers: to strangers, and to visitors who name no tenant, or one that there is not.
        for status, answer in problems(401, 403, *([404] if door.permission is None else [])).items():
            operation["responses"].setdefault(str(status), answer)
        parameters = operation.setdefault("parameters", [])
        if door.permission is None:
            parameters.append(TENANT)
            operation["security"] = [{}, {"bearer": []}]
        else:
            operation["security"] = [{"bearer": []}]
            operation["x-permission"] = door.permission
        if door.keys != "none" and "POST" in (route.methods or ()):
            parameters.append(
                {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "required": door.keys == "required",
                    "description": "The same key with the same body gets the first answer again.",
                    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
                }
            )


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Fourfold API</title>
<meta name="viewport" content="width=device-width"><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1c1a}
h2{margin-top:2.5rem}details{border-top:1px solid #ddd;padding:.5rem 0}summary{cursor:pointer}
code{font:14px ui-monospace,monospace}b{display:inline-block;width:4.5rem}
pre{overflow:auto;background:#f4f4f2;padding:1rem}
@media(prefers-color-scheme:dark){
body{background:#161615;color:#eee}pre{background:#222}details{border-color:#333}}
</style></head><body><h1>Fourfold API</h1>
<p>The machine-readable document: <a href="/openapi.json">/openapi.json</a></p>
<main id="m">Loading</main><script>
const e=(t,x,...k)=>{const n=document.createElement(t);if(x)n.textContent=x;n.append(...k);return n};
fetch('/openapi.json').then(r=>r.json()).then(d=>{
const m=document.getElementById('m');m.textContent='';const g={};
for(const[p,o]of Object.entries(d.paths))for(const[v,x]of Object.entries(o))(g[x.tags?.[0]||'']??=[]).push([v,p,x]);
for(const[t,l]of Object.entries(g)){m.append(e('h2',t));for(const[v,p,x]of l){
const s=e('summary','',e('b',v.toUpperCase()),e('code',p),' '+(x.summary||''));
const about={parameters:x.parameters,body:x.requestBody,responses:x.responses};
const more=[e('p',x.description||''),e('pre',JSON.stringify(about,null,1))];
m.append(e('details','',s,...more))}}})</script></body></html>"""


def _digest_of(element: str) -> str:
    """What a policy calls the one inline element of that name in the page."""
    text = PAGE.partition(f"<{element}>")[2].partition(f"</{element}>")[0]
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# The page's own script and style, and nothing else.
PAGE_POLICY = (
    f"default-src 'none'; connect-src 'self'; script-src {_digest_of('script')}; style-src {_digest_of('style')};"
    " frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def add_documents(app: FastAPI, services: Sequence[Service]) -> None:
    """Serves `/openapi.json`, `/v1/{system}/openapi.json` and `/docs`."""
    kept: dict[str, bytes] = {}

    def answer(name: str, routes: Sequence[Any], title: str) -> Response:
        if name not in kept:
            kept[name] = orjson.dumps(document_of(routes, title))
        return Response(kept[name], media_type="application/json")

    async def merged() -> Response:
        routes = [route for service in services for router in service.routers for route in router.routes]
        return answer("", routes, "Fourfold")

    async def page() -> Response:
        return Response(PAGE, media_type="text/html", headers={"Content-Security-Policy": PAGE_POLICY})

    app.add_api_route("/openapi.json", merged, include_in_schema=False, response_model=None)
    app.add_api_route("/docs", page, include_in_schema=False, response_model=None)

    async def of_system(request: Request) -> Response:
        service = by_path[request.url.path]
        routes = [route for router in service.routers for route in router.routes]
        return answer(service.name, routes, f"Fourfold {service.name}")

    by_path = {f"/v1/{service.name}/openapi.json": service for service in services}
    for path in by_path:
        app.add_api_route(path, of_system, include_in_schema=False, response_model=None)

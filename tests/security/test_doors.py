"""Every route has one door, every permission is declared and used, and every operation is told completely."""

from collections import Counter
from typing import Any

from fastapi.routing import APIRoute

from fourfold.ground.refusals import PROBLEM
from fourfold.services import ALL
from tests.security.operations import SAMPLES, document, operations

# Routes that open no tenant's data by themselves: what they are sent proves what it may do. Pictures are for everybody.
OPEN = {
    "GET /v1/commerce/images/{image_id}/{width}",
    "POST /v1/commerce/gateway-events/{tenant_id}",
    "GET /v1/core/files/{file_id}/content",
    "GET /v1/core/files/{file_id}/variants/{width}",
    "GET /v1/social/media/{file_id}/content",
    "OPTIONS /v1/core/uploads",
    "POST /v1/core/tenant-deletions/cancel",
    "POST /v1/core/tenants",
    "POST /v1/core/tokens/refresh",
    "GET /.well-known/jwks.json",
}
# Permissions that no door asks for: acts look at them, to show or allow more than the door does.
LOOKED_AT: set[str] = {
    "commerce:orders:cancel",
    "commerce:orders:read_all",
    "core:files:read_all",
    "core:files:write_all",
    "social:posts:moderate",
    "social:visibility:read",
}


def test_every_route_is_known() -> None:
    """T27: there is no route beside those that the document tells of."""
    hidden = [
        f"{service.name}: {route}"
        for service in ALL
        for router in service.routers
        for route in router.routes
        if not isinstance(route, APIRoute) or not route.include_in_schema
    ]
    assert hidden == []


def test_every_route_has_one_door() -> None:
    """T27: a route without a door, or with two, fails here, unless it is marked as open to all."""
    wrong = []
    for each in operations():
        marked = getattr(each.route.endpoint, "open_to_all", False)
        if len(each.doors) != (0 if marked else 1) or marked != (str(each) in OPEN):
            wrong.append(f"{each}: {len(each.doors)} doors, {'' if marked else 'not '}marked as open to all")
    assert wrong == []


def test_permissions_are_declared_and_used() -> None:
    """T27: what a door asks for is declared by a service, and what a service declares opens something."""
    declared = {permission for service in ALL for permission in service.permissions}
    asked = {each.permission for each in operations()} - {None}
    assert asked - declared == set()
    assert declared - asked - LOOKED_AT == set()
    assert declared >= LOOKED_AT


def test_operations_are_told_completely() -> None:
    """P-20: each has a summary, a description, a tag, and an id of its own."""
    wrong = [
        f"{each} has no {part}"
        for each in operations()
        for part in ("summary", "description", "tags", "operationId")
        if not each.told.get(part)
    ]
    assert wrong == []
    ids = Counter(each.told["operationId"] for each in operations())
    assert [name for name, count in ids.items() if count > 1] == []


def test_refusals_are_told() -> None:
    """P-21: each answer but success is a problem document, and those that the door gives are among them."""
    wrong = []
    for each in operations():
        answers = each.told["responses"]
        wanted = {"422"} if each.content or each.parameters("path") or each.parameters("query") else set()
        if each.permission is not None:
            wanted |= {"401", "403"}
        wanted |= {"404"} if any(name.endswith("_id") for name in each.ids) and str(each) not in OPEN else set()
        wanted |= {"400", "413", "415"} if each.content else set()
        wrong += [f"{each} does not tell of {status}" for status in sorted(wanted - set(answers))]
        wrong += [
            f"{each} answers {status} with {list(answer.get('content', {}))}"
            for status, answer in answers.items()
            if int(status) >= 400 and list(answer.get("content", {})) != [PROBLEM]
        ]
        wrong += [f"{each} says nothing of {status}" for status, told in answers.items() if not told["description"]]
        if not any(status.startswith(("2", "3")) for status in answers):
            wrong.append(f"{each} never succeeds")
    assert wrong == []


def has_example(schema: dict[str, Any]) -> bool:
    """Whether a reader is shown at least one value."""
    found = SAMPLES.resolved(schema)
    if any(each.get("examples") or each.get("example") for each in (schema, found)):
        return True
    inner = [*found.get("properties", {}).values(), *([found["items"]] if "items" in found else [])]
    # What the schema alone tells completely needs no example.
    plain = all(set(each) & {"enum", "const", "format", "default"} or each.get("type") == "boolean" for each in inner)
    return any(has_example(each) for each in inner) or plain


def test_bodies_have_examples() -> None:
    """P-20: whoever reads what is to be sent sees an example of it."""
    wordless = [str(each) for each in operations() if each.body_schema and not has_example(each.body_schema)]
    assert wordless == []


def test_bodies_take_nothing_unnamed() -> None:
    """T29: each object in a body forbids fields that it does not name, so that nothing is set in passing."""
    loose = []
    for name, schema in reached_from_bodies().items():
        if schema.get("properties") and schema.get("additionalProperties") is not False:
            loose.append(name)
    assert loose == []


def reached_from_bodies() -> dict[str, dict[str, Any]]:
    """The named schemas that a JSON body is made of."""
    schemas = document()["components"]["schemas"]
    found: dict[str, dict[str, Any]] = {}
    waiting: list[Any] = [each.body_schema for each in operations() if each.body_schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found[name] = schemas[name]
                waiting.append(schemas[name])
            waiting += part.values()
    return found


def test_texts_lists_and_numbers_have_bounds() -> None:
    """T42: no text, list or whole number in a body is without an end."""
    endless = []
    for each in operations():
        if each.body_schema is None:
            continue
        for at, leaf in SAMPLES.leaves(each.body_schema):
            where = f"{each} {'.'.join(map(str, at))}"
            kind = leaf.get("type")
            told = {"enum", "const", "format", "pattern"} & set(leaf)
            if kind == "string" and "maxLength" not in leaf and not told:
                endless.append(f"{where}: text")
            if kind == "integer" and not ({"maximum", "exclusiveMaximum"} & set(leaf) or told):
                endless.append(f"{where}: number")
    for name, schema in reached_from_bodies().items():
        for field, each in schema.get("properties", {}).items():
            lists = [part for part in (each, *each.get("anyOf", ())) if part.get("type") == "array"]
            endless += [f"{name}.{field}: list" for part in lists if "maxItems" not in part]
    assert endless == []

"""Links: which operations an answer leads to, and where in the answer they find the ids that they ask for."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

PARAMETER = re.compile(r"\{([^}]*)\}")
MADE = ("201", "202")
Document = Mapping[str, Any]


class _Lead(NamedTuple):
    """A path that answers, what it shows of one thing, where in its answer, and by which names others ask for it."""

    path: str
    shown: Document
    pointer: str
    made: bool


def add_links(document: Document) -> None:
    """Adds to each answer that makes something, or lists things, links to the operations on it.

    Ids come from the answer: its own `id` for the parameter that follows the path in longer paths, and for `refund_id`
    after `/refunds`; the `id` of `order` for `order_id`, and of the first of `lines` for `line_id`. Those that the path
    had come from the request.
    """
    for path, operations in document["paths"].items():
        for method in ("post", "get"):
            for status, answer in operations.get(method, {}).get("responses", {}).items():
                lead = _lead(document, path, method, status, answer)
                links = {} if lead is None else dict(_links(document, lead))
                if links:
                    answer["links"] = links


def _lead(document: Document, path: str, method: str, status: str, answer: Document) -> _Lead | None:
    """What one answer shows, if it makes something or lists things."""
    if not (status in MADE if method == "post" else status == "200"):
        return None
    shown = _resolved(document, answer.get("content", {}).get("application/json", {}).get("schema"))
    if method == "post":
        return _Lead(path, shown, "", made=True)
    items = _resolved(document, shown.get("properties", {}).get("items"))
    return _Lead(path, _resolved(document, items["items"]), "/items/0", made=False) if "items" in items else None


def _links(document: Document, lead: _Lead) -> Iterator[tuple[str, dict[str, Any]]]:
    """Links to all operations whose parameters are known: those below the path, and those on what is shown."""
    asked = set(PARAMETER.findall(lead.path))
    given = {name: f"$request.path.{name}" for name in asked}
    shown = {name: f"$response.body#{lead.pointer}{place}" for name, place in _ids(document, lead)}
    below = re.compile(re.escape(lead.path) + r"/\{(\w+)\}")
    for path, operations in document["paths"].items():
        known = {**shown, **given}
        found = below.match(path)
        member = found.group(1).rpartition("_")[2] if found else ""
        if found and member in lead.shown.get("properties", {}):
            known.setdefault(found.group(1), f"$response.body#{lead.pointer}/{member}")
        names = set(PARAMETER.findall(path))
        if path == lead.path or not names <= set(known) or names <= asked:
            continue
        parameters = {f"path.{name}": known[name] for name in PARAMETER.findall(path)}
        for operation in operations.values():
            yield operation["operationId"], {"operationId": operation["operationId"], "parameters": parameters}


def _ids(document: Document, lead: _Lead) -> Iterator[tuple[str, str]]:
    """The names by which paths ask for what is shown and for what is in it, each with its place."""
    properties = lead.shown.get("properties", {})
    for name, schema in properties.items() if lead.made else ():
        told = _resolved(document, schema)
        if "id" in told.get("properties", {}):
            yield f"{name}_id", f"/{name}/id"
        elif "id" in _resolved(document, told.get("items")).get("properties", {}):
            yield f"{_one_of(name)}_id", f"/{name}/0/id"
    noun = _one_of(lead.path.rpartition("/")[2])
    if "id" in properties and noun not in {_one_of(name) for name in properties}:
        yield f"{noun}_id", "/id"


def _one_of(things: str) -> str:
    """`category` of `categories`."""
    return f"{things[:-3]}y" if things.endswith("ies") else things.removesuffix("s")


def _resolved(document: Document, schema: Any) -> Document:
    """The schema itself: without references, and the other one of what may be null; empty for none."""
    while schema:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            continue
        choices = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
        if len(choices) != 1:
            return dict(schema)
        schema = choices[0]
    return {}

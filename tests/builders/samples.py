"""Values that fit a JSON Schema, made from its examples first, for requests that walk the whole API."""

from collections.abc import Iterator
from typing import Any

from fourfold.ground.ids import new_id

FORMATS = {
    "date-time": "2031-01-01T00:00:00Z",
    "date": "2031-01-01",
    "email": "ada@demo.test",
    "uri": "https://demo.test/",
    "binary": "bytes",
}
Path = tuple[str | int, ...]


class Sampler:
    """Makes values for the schemas of one OpenAPI document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas: dict[str, Any] = document.get("components", {}).get("schemas", {})

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema without a reference, and with the first choice taken that is not null."""
        while True:
            choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
            if "$ref" in schema:
                schema = self._schemas[schema["$ref"].rpartition("/")[2]]
            elif choices:
                schema = next(each for each in choices if each.get("type") != "null")
            else:
                return schema

    def smallest(self, schema: dict[str, Any]) -> Any:
        """A value with no more than what is required; ids in it are of nobody."""
        for known in ("const", "default"):
            if schema.get(known) is not None:
                return schema[known]
        schema, told = self.resolved(schema), schema
        for each in (told, schema):
            if each.get("examples"):
                return each["examples"][0]
        if "const" in schema or "enum" in schema:
            return schema.get("const", (schema.get("enum") or [None])[0])
        kind = schema.get("type", "object")
        makers = {"object": self._object, "array": self._array, "string": self._string}
        if kind in makers:
            return makers[kind](schema)
        return {"boolean": False, "null": None}.get(kind, _number(schema))

    def _object(self, schema: dict[str, Any]) -> dict[str, Any]:
        properties = schema.get("properties", {})
        return {name: self.smallest(properties[name]) for name in schema.get("required", ())}

    def _array(self, schema: dict[str, Any]) -> list[Any]:
        return [self.smallest(schema["items"]) for _ in range(schema.get("minItems", 0))]

    def _string(self, schema: dict[str, Any]) -> str:
        if schema.get("format") == "uuid":
            return str(new_id())
        return FORMATS.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))

    def leaves(self, schema: dict[str, Any], at: Path = (), depth: int = 6) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Each place in a body that holds neither an object nor an array, with its schema; 0 stands for any item."""
        for choice in self._choices(schema):
            if choice.get("type") == "array" and depth:
                yield from self.leaves(choice.get("items", {}), (*at, 0), depth - 1)
            elif choice.get("properties") and depth:
                for name, each in choice["properties"].items():
                    yield from self.leaves(each, (*at, name), depth - 1)
            else:
                yield at, choice

    def _choices(self, schema: dict[str, Any]) -> list[dict[str, Any]]:
        if "$ref" in schema:
            return self._choices(self._schemas[schema["$ref"].rpartition("/")[2]])
        choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        return [found for each in choices for found in self._choices(each)] if choices else [schema]

    def with_value(self, schema: dict[str, Any], at: Path, value: Any) -> Any:
        """The smallest body that holds a value at a place."""
        body = self.smallest(schema)
        if not at:
            return value
        step, rest = at[0], at[1:]
        if isinstance(step, int):
            items = next(each for each in self._choices(schema) if each.get("type") == "array")["items"]
            return [self.with_value(items, rest, value), *(body or [])[1:]]
        holder = next(each for each in self._choices(schema) if step in each.get("properties", {}))
        body = body if isinstance(body, dict) else self._object(holder)
        return {**body, step: self.with_value(holder["properties"][step], rest, value)}


def _number(schema: dict[str, Any]) -> int | float:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + ("exclusiveMinimum" in schema))
    return int(least) if schema.get("type") == "integer" else float(least)

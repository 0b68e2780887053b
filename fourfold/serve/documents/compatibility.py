"""What changed between two OpenAPI documents in a way that programs written for the first one would notice."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

Document: TypeAlias = Mapping[str, Any]
Way = Literal["in", "out"]

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
# What only people read, and what may differ between two runs.
UNHEEDED = frozenset({"description", "summary", "examples", "example", "title", "operationId", "tags", "links"})
# Schemas whose members are names, not keywords.
NAMED = frozenset({"properties", "schemas", "paths", "responses", "patternProperties", "content", "mapping"})
AT_MOST = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
AT_LEAST = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")


def compared_part(document: Any, *, named: bool = False) -> Any:
    """The document without what only people read."""
    if isinstance(document, Mapping):
        return {
            name: compared_part(value, named=not named and name in NAMED)
            for name, value in document.items()
            if named or name not in UNHEEDED
        }
    return [compared_part(each) for each in document] if isinstance(document, list) else document


def breaks(published: Document, current: Document) -> list[str]:
    """Sentences about what no longer works as the published document says; none when there are only additions."""
    return list(dict.fromkeys(_Comparison(published, current).found()))


class _Pair(NamedTuple):
    """The same schema as it was and as it is, and which way its values go."""

    was: Any
    now: Any
    way: Way
    place: str


class _Comparison:
    def __init__(self, was: Document, now: Document) -> None:
        self._was, self._now = was, now
        self._seen: set[tuple[str, str, Way]] = set()

    def found(self) -> Iterator[str]:
        for path, operations in self._was["paths"].items():
            for method in METHODS:
                if method not in operations:
                    continue
                place, now = f"{method.upper()} {path}", self._now["paths"].get(path, {}).get(method)
                if now is None:
                    yield f"{place}: the operation is gone"
                else:
                    yield from self._operation(operations[method], now, place)

    def _operation(self, was: Document, now: Document, place: str) -> Iterator[str]:
        yield from self._parameters(was, now, place)
        yield from self._body(was.get("requestBody"), now.get("requestBody"), place)
        if was.get("x-permission") != now.get("x-permission"):
            yield f"{place}: it needs the permission {now.get('x-permission')} instead of {was.get('x-permission')}"
        for status, answer in was.get("responses", {}).items():
            if not status.startswith("2"):
                continue
            given = now.get("responses", {}).get(status)
            if given is None:
                yield f"{place}: it answers {status} no longer"
                continue
            yield from self._contents(answer, given, "out", f"{place} answer {status}")

    def _parameters(self, was: Document, now: Document, place: str) -> Iterator[str]:
        before = {(each["in"], each["name"]): each for each in was.get("parameters", [])}
        after = {(each["in"], each["name"]): each for each in now.get("parameters", [])}
        for key, parameter in before.items():
            named = f"{place} parameter {key[1]}"
            if key not in after:
                yield f"{named}: it is gone"
            else:
                yield from self._schemas(_Pair(parameter.get("schema", {}), after[key].get("schema", {}), "in", named))
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{place} parameter {key[1]}: it is required now"

    def _body(self, was: Document | None, now: Document | None, place: str) -> Iterator[str]:
        if now is not None and now.get("required") and not (was or {}).get("required"):
            yield f"{place} body: it is required now"
        if was is not None and now is None:
            yield f"{place} body: it is taken no longer"
        elif was is not None and now is not None:
            yield from self._contents(was, now, "in", f"{place} body")

    def _contents(self, was: Document, now: Document, way: Way, place: str) -> Iterator[str]:
        for kind, content in was.get("content", {}).items():
            given = now.get("content", {}).get(kind)
            if given is None:
                yield f"{place}: {kind} is gone"
            else:
                yield from self._schemas(_Pair(content.get("schema", {}), given.get("schema", {}), way, place))

    def _schemas(self, pair: _Pair) -> Iterator[str]:
        names = (pair.was.get("$ref", ""), pair.now.get("$ref", ""), pair.way)
        if names[0] and names[1]:
            # Each pair of named schemas is looked at once: they may hold themselves.
            if names in self._seen:
                return
            self._seen.add(names)
        pair = pair._replace(was=_resolved(self._was, pair.was), now=_resolved(self._now, pair.now))
        was, now = _branches(pair.was), _branches(pair.now)
        if len(was) == len(now) == 1:
            yield from self._plain(pair._replace(was=was[0], now=now[0]))
            return
        # Whatever was taken is taken by one of the branches; whatever is answered now was to be expected.
        wanted, offered = (was, now) if pair.way == "in" else (now, was)
        for each in wanted:
            if not any(self._fits(pair, each, other) for other in offered):
                yield f"{pair.place}: {_told(each)} {'is taken no longer' if pair.way == 'in' else 'is new here'}"

    def _fits(self, pair: _Pair, each: Any, other: Any) -> bool:
        was, now = (each, other) if pair.way == "in" else (other, each)
        inner = _Comparison(self._was, self._now)
        inner._seen = set(self._seen)
        return not list(inner._schemas(pair._replace(was=was, now=now)))

    def _plain(self, pair: _Pair) -> Iterator[str]:
        was, now = pair.was, pair.now
        before, after = _types(was), _types(now)
        narrower, wider = (before, after) if pair.way == "in" else (after, before)
        if wider is not None and (narrower is None or not narrower <= wider):
            yield f"{pair.place}: the type was {_listed(before)} and is {_listed(after)}"
            return
        yield from _values(pair)
        if pair.way == "in":
            yield from _bounds(pair)
        if "items" in was and "items" in now:
            yield from self._schemas(_Pair(was["items"], now["items"], pair.way, f"{pair.place}[]"))
        extra = was.get("additionalProperties"), now.get("additionalProperties")
        if isinstance(extra[0], Mapping) and isinstance(extra[1], Mapping):
            yield from self._schemas(_Pair(extra[0], extra[1], pair.way, f"{pair.place}.*"))
        yield from self._properties(pair)

    def _properties(self, pair: _Pair) -> Iterator[str]:
        before, after = pair.was.get("properties", {}), pair.now.get("properties", {})
        for name, schema in before.items():
            if name in after:
                yield from self._schemas(_Pair(schema, after[name], pair.way, f"{pair.place}.{name}"))
            elif pair.way == "out" or pair.now.get("additionalProperties") is False:
                yield f"{pair.place}.{name}: the field is gone"
        was, now = set(pair.was.get("required", ())), set(pair.now.get("required", ()))
        if pair.way == "in":
            yield from (f"{pair.place}.{name}: the field is required now" for name in sorted(now - was))
        else:
            yield from (
                f"{pair.place}.{name}: the field may be left out now" for name in sorted((was - now) & set(after))
            )


def _values(pair: _Pair) -> Iterator[str]:
    """Values that are gone: callers may send them, or wait for them."""
    was, now = _enum(pair.was), _enum(pair.now)
    if was is None and now is not None and pair.way == "in":
        yield f"{pair.place}: only {_listed(now)} are taken now"
    elif was is not None and now is not None:
        yield from (f"{pair.place}: the value {each} is gone" for each in sorted(was - now))


def _bounds(pair: _Pair) -> Iterator[str]:
    for name in (*AT_MOST, *AT_LEAST):
        was, now = pair.was.get(name), pair.now.get(name)
        if now is None or was == now or (name in AT_LEAST and was is None and now == 0):
            continue
        if was is None or (now < was if name in AT_MOST else now > was):
            yield f"{pair.place}: {name} was {was} and is {now}"
    for name in ("pattern", "format"):
        was, now = pair.was.get(name), pair.now.get(name)
        if now is not None and was != now:
            yield f"{pair.place}: {name} was {was} and is {now}"


def _resolved(document: Document, schema: Any) -> Any:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _branches(schema: Any) -> Sequence[Any]:
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return list(schema[name])
    return [schema]


def _types(schema: Any) -> set[str] | None:
    """The types that a schema takes; None for any."""
    kind = schema.get("type")
    if kind is None:
        return None
    kinds = {kind} if isinstance(kind, str) else set(kind)
    return kinds | {"integer"} if "number" in kinds else kinds


def _enum(schema: Any) -> set[str] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else {str(value) for value in values}


def _listed(words: set[str] | None) -> str:
    return ", ".join(sorted(words)) if words else "anything"


def _told(schema: Any) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2] or _listed(_types(schema))

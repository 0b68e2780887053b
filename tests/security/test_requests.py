"""Requests of every wrong form: each gets its own status, in the one shape of problems, and never a failure."""

import itertools
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fourfold.ground.ids import new_id
from fourfold.ground.refusals import PROBLEM
from tests.conftest import Tenant
from tests.security.operations import JSON, SAMPLES, Operation, operations

MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}
READING_JSON: list[Operation] = [each for each in operations() if each.body_schema and each.route.body_field]
DEEP = 10_000
BODIES: dict[str, tuple[int, str, bytes]] = {
    "cut off": (400, JSON, b'{"name": "x'),
    "two values": (400, JSON, b"{} {}"),
    "not a number": (400, JSON, b'{"name": NaN}'),
    "endless number": (400, JSON, b'{"name": ' + b"9" * 5000 + b"}"),
    "invalid UTF-8": (400, JSON, b'{"name": "\xff\xfe"}'),
    "lone surrogate": (400, JSON, b'{"name": "\\ud800"}'),
    "raw control character": (400, JSON, b'{"name": "\x00"}'),
    "U+0000": (422, JSON, b'{"name": "a\\u0000b"}'),
    "U+0000 in a name": (422, JSON, b'{"a\\u0000b": 1}'),
    "deep": (422, JSON, b"[" * DEEP + b"]" * DEEP),
    "rather deep": (422, JSON, b'{"a":' * 80 + b"1" + b"}" * 80),
    "list": (422, JSON, b"[]"),
    "number": (422, JSON, b"1"),
    "text": (422, JSON, b'"x"'),
    "plain text": (415, "text/plain", b'{"name": "x"}'),
    "form": (415, "application/x-www-form-urlencoded", b"name=x"),
    "multipart": (
        415,
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--',
    ),
    "nameless kind": (415, "", b'{"name": "x"}'),
    "nonsense kind": (415, "json", b'{"name": "x"}'),
}


def wrong_problem(answer: httpx.Response, *statuses: int) -> str | None:
    """What is not as it should be about a refusal, if anything."""
    if answer.status_code not in statuses:
        return f"{answer.status_code} and not {statuses}: {answer.text[:200]}"
    if answer.headers["content-type"] != PROBLEM:
        return f"{answer.status_code} as {answer.headers['content-type']}"
    told = answer.json()
    if not set(told) >= MEMBERS or told["status"] != answer.status_code:
        return f"{answer.status_code} with {sorted(told)}"
    if told["request_id"] != answer.headers["x-request-id"] or not told["type"].endswith(f"/{told['code']}"):
        return f"{answer.status_code}: {answer.text[:200]}"
    return None


def faults(found: Iterator[tuple[str, httpx.Response, tuple[int, ...]]]) -> list[str]:
    """Each request whose answer is not the refusal that is due."""
    return [f"{name}: {told}" for name, answer, statuses in found if (told := wrong_problem(answer, *statuses))]


@pytest.mark.parametrize("kind", BODIES)
def test_bodies_that_make_no_sense(tenant: Tenant, kind: str) -> None:
    """P-21, T42: no JSON is 400, another content type 415, JSON that fits no schema 422, on every route."""
    status, content_type, body = BODIES[kind]

    def sent() -> Iterator[tuple[str, httpx.Response, tuple[int, ...]]]:
        for each in READING_JSON:
            caller = each.caller(tenant) if each.permission else tenant.visitor
            headers = {"Content-Type": content_type, "Idempotency-Key": new_id().hex}
            yield str(each), caller.request(each.method, each.path_with({}), content=body, headers=headers), (status,)

    assert faults(sent()) == []


def worse_values(leaf: dict[str, Any]) -> Iterator[Any]:
    """Values that a place of a body must not take."""
    kind, told = leaf.get("type"), {"enum", "const", "format", "pattern"} & set(leaf)
    if kind == "string":
        yield from (5, True, ["x"], {"x": 1})
        yield "x" * (leaf.get("maxLength", 100_000) + 1)
        if leaf.get("minLength"):
            yield ""
        if told:
            yield "no such \N{SNOWMAN} thing"
    if kind in {"integer", "number"}:
        yield from ("x", "1", True, [1], 10**30, -(10**30), 1.5e300, 2**63)
    if kind == "integer":
        yield 0.5
    if kind == "boolean":
        yield from ("perhaps", "true", 0, 1, 7)


def test_values_that_do_not_fit(tenant: Tenant) -> None:
    """P-21, T42: each place of each body refuses other types, endless texts and endless numbers, by 422."""

    def sent() -> Iterator[tuple[str, httpx.Response, tuple[int, ...]]]:
        for each in READING_JSON:
            places = [
                list(group)
                for _, group in itertools.groupby(SAMPLES.leaves(each.body_schema or {}), lambda leaf: leaf[0])
            ]
            for choices in places:
                kinds = {leaf.get("type") for _, leaf in choices}
                # A place that takes several types refuses what none of them takes; those are few, and read by people.
                if len(kinds - {"null"}) != 1 or len(choices) > 2:
                    continue
                at, leaf = next(choice for choice in choices if choice[1].get("type") != "null")
                for value in worse_values(leaf):
                    body = SAMPLES.with_value(each.body_schema or {}, at, value)
                    answer = each.call(each.caller(tenant), {}, body=body)
                    yield f"{each} {'.'.join(map(str, at))}={str(value)[:20]}", answer, (422,)

    assert faults(sent()) == []


def test_fields_that_nobody_may_set(tenant: Tenant) -> None:
    """T29: role, is_admin, tenant_id, balance, status and id are refused wherever the body does not name them."""

    def sent() -> Iterator[tuple[str, httpx.Response, tuple[int, ...]]]:
        for each in READING_JSON:
            body = SAMPLES.smallest(each.body_schema or {})
            named = SAMPLES.resolved(each.body_schema or {}).get("properties", {})
            for field in ("role", "roles", "is_admin", "tenant_id", "balance", "status", "id", "version", "account_id"):
                if field not in named:
                    yield f"{each} {field}", each.call(each.caller(tenant), {}, body={**body, field: 1}), (422,)

    assert faults(sent()) == []


# What stands in these is a word of people's own, of which there is no list.
WORDS = "/v1/social/hashtags/"
GARBAGE = [
    "x",
    "%00",
    "%ff%fe",
    "..%2f..%2fetc",
    "'%20OR%201=1--",
    "0",
    "-1",
    "9" * 400,
    "%F0%9F%92%A5",
    "{id}",
    "%0d%0aSet-Cookie:a=b",
]


@pytest.mark.parametrize("garbage", GARBAGE)
def test_paths_that_make_no_sense(tenant: Tenant, garbage: str) -> None:
    """P-21, T41: anything in place of an id is refused, and is nothing worse."""

    def sent() -> Iterator[tuple[str, httpx.Response, tuple[int, ...]]]:
        for each in (each for each in operations() if each.ids):
            if each.path.startswith(WORDS) and garbage == "x":
                continue
            path = each.path.format(**dict.fromkeys(each.ids, garbage))
            body = {"json": SAMPLES.smallest(each.body_schema)} if each.body_schema else {}
            headers = {"Idempotency-Key": new_id().hex}
            answer = each.caller(tenant).request(each.method, path, headers=headers, **body)
            yield str(each), answer, (400, 401, 404, 405, 409, 415, 422)

    assert faults(sent()) == []


def test_queries_that_make_no_sense(tenant: Tenant) -> None:
    """P-22, T42: limits out of bounds, cursors of nobody and values of other types are refused on every list."""

    def sent() -> Iterator[tuple[str, httpx.Response, tuple[int, ...]]]:
        for each in operations():
            names = {parameter["name"]: parameter["schema"] for parameter in each.parameters("query")}
            caller = each.caller(tenant)
            for value in ("0", "-1", "1000000000", "9" * 100, "x", "1.5", "") if "limit" in names else ():
                yield f"{each} limit={value}", each.call(caller, {}, params={"limit": value}), (422,)
            for value in ("x", "", "AAAA", "%", "é", "=" * 50, "A" * 999, "A" * 10_000) if "cursor" in names else ():
                answer = each.call(caller, {}, params={"cursor": value})
                yield f"{each} cursor={value[:20]}", answer, (400, 404, 422)

    assert faults(sent()) == []


def test_no_query_is_a_failure(tenant: Tenant) -> None:
    """T41: U+0000, quotes, broken UTF-8 and endless text in any query parameter never end in a failure."""
    wrong = []
    for each in operations():
        for parameter in each.parameters("query"):
            for value in ("%00", "a%00b", "%ff", "'%22%3b--", "%F0%9F%92%A5", "9" * 200, "x" * 5000, "%25_%5C", "[1]"):
                url = f"{each.path_with({})}?{parameter['name']}={value}"
                answer = each.caller(tenant).request(each.method, url, **each.sent(None))
                if answer.status_code >= 500:
                    wrong.append(f"{each} {parameter['name']}={value[:20]}: {answer.status_code}")
                if answer.status_code >= 400 and (told := wrong_problem(answer, answer.status_code)):
                    wrong.append(f"{each} {parameter['name']}={value[:20]}: {told}")
    assert wrong == []


def test_what_is_not_served(tenant: Tenant) -> None:
    """P-21: an unknown path is 404 and another method 405, in the one shape, and 405 tells the methods."""
    for path in ("/", "/v1", "/v1/core/nothing", "/v2/core/me", "/v1/core/me/", "/V1/core/me", "//v1/core/me"):
        assert wrong_problem(tenant.owner.get(path), 404) is None, path
    answer = tenant.owner.delete("/v1/core/me")
    assert wrong_problem(answer, 405) is None
    assert "GET" in answer.headers["allow"]


def test_other_methods_are_told_all_that_there_are(tenant: Tenant) -> None:
    """P-21: 405 names every method of the path, and a path of its own is not taken for an id of another one."""
    paths: dict[str, set[str]] = {}
    for each in operations():
        paths.setdefault(each.path, set()).add(each.method)
    for path in ("/v1/core/uploads/{upload_id}", "/v1/core/files/{file_id}/content"):
        paths[path].add("HEAD")
    wrong = []
    for path, methods in paths.items():
        for method in sorted({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - methods):
            answer = tenant.owner.request(method, path.format_map(Anything()))
            if told := wrong_problem(answer, 405):
                wrong.append(f"{method} {path}: {told}")
            elif set(answer.headers["allow"].split(", ")) != methods:
                wrong.append(f"{method} {path}: {answer.headers['allow']} and not {sorted(methods)}")
    assert wrong == []


class Anything(dict[str, str]):
    """An id for every parameter."""

    def __missing__(self, name: str) -> str:
        return str(new_id())


def upload(tenant: Tenant, size: int) -> httpx.Response:
    """An endless text, without telling its length beforehand."""
    chunks = (b" " * 65_536 for _ in range(size // 65_536 + 1))
    return tenant.visitor.post("/v1/core/accounts", content=chunks, headers={"Content-Type": JSON})


def test_bodies_that_are_too_large(tenant: Tenant) -> None:
    """P-21, T42: more bytes than are taken are 413, whether the length is told beforehand or not."""
    limit = tenant.running.settings.body_limit
    body = b" " * (limit + 1)
    told = tenant.visitor.post("/v1/core/accounts", content=body, headers={"Content-Type": JSON})
    assert wrong_problem(told, 413) is None, wrong_problem(told, 413)
    assert wrong_problem(upload(tenant, limit + 65_536), 413) is None
    assert tenant.owner.post("/v1/core/sign-out", content=body).status_code in {204, 413}
    assert (
        wrong_problem(
            tenant.visitor.post("/v1/core/accounts", content=b" " * limit, headers={"Content-Type": JSON}), 400
        )
        is None
    )


def test_a_lie_about_the_length(tenant: Tenant) -> None:
    """P-21: a body that tells to be far too large is refused before it is sent."""
    with socket.create_connection(("127.0.0.1", tenant.running.settings.port), timeout=60) as connection:
        head = f"POST /v1/core/accounts HTTP/1.1\r\nHost: x\r\nX-Tenant: {tenant.slug}\r\nContent-Type: {JSON}\r\n"
        connection.sendall(f"{head}Content-Length: 999999999999\r\n\r\n".encode())
        assert b" 413 " in connection.recv(100)


def test_too_large_for_a_stranger(tenant: Tenant) -> None:
    """T27: who may not come in is told so, however much they send."""
    body = b" " * (tenant.running.settings.body_limit + 1)
    answer = tenant.visitor.patch("/v1/core/me", content=body, headers={"Content-Type": JSON})
    assert answer.status_code == 401

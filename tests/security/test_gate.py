"""The gate: other spellings of a path open nothing, bodies stay within bounds, browsers are told what they may do."""

import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from fourfold.core.settings.known import CORS_ORIGINS
from fourfold.serve.documents.openapi import PAGE, PAGE_POLICY
from tests.conftest import Running, Tenant
from tests.security.operations import JSON, SAMPLES, operations
from tests.security.replicas import PRODUCTION, replica
from tests.security.test_requests import READING_JSON, wrong_problem

EVIL = "https://evil.test"
OURS = "https://shop.example"


def test_other_spellings_of_a_path(tenant: Tenant) -> None:
    """T32: `//`, a slash at the end, capitals, dots and another version are not found, signed in or not."""
    me = "/v1/core/me"
    spelled = ["//v1/core/me", "/v1//core/me", f"{me}/", f"{me}//", "/V1/core/me", "/v1/Core/me", "/v1/core/ME"]
    spelled += [
        "/v0/core/me",
        "/v2/core/me",
        "/core/me",
        "/v1/core/%6De%2f",
        "/v1/core/./nothing/../me%2e",
        f"{me};x=1",
    ]
    for path in spelled:
        for caller in (tenant.owner, tenant.visitor):
            assert wrong_problem(caller.get(path), 404) is None, path
    # What is only written otherwise is the same path, and goes through the same door.
    assert tenant.owner.get("/v1/core/%6De").status_code == 200
    assert tenant.visitor.get("/v1/core/%6De").status_code == 401


def test_other_methods(tenant: Tenant) -> None:
    """T32: TRACE and made-up methods are refused, and no header turns one method into another."""
    for method in ("TRACE", "PROPFIND", "LINK", "OPTIONS"):
        assert wrong_problem(tenant.owner.request(method, "/v1/core/me"), 405) is None, method
    assert tenant.owner.request("TRACK", "/v1/core/me").status_code == 400, "no method that HTTP knows of"
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        answer = tenant.owner.post("/v1/core/me", headers={name: "PATCH"}, json={"name": "Other"})
        assert wrong_problem(answer, 405) is None
        assert tenant.visitor.get("/v1/core/me", headers={name: "POST"}).status_code == 401
    assert tenant.owner.get("/v1/core/me", params={"_method": "DELETE"}).json()["name"] != "Other"


def test_no_route_of_another_version(running: Running) -> None:
    """T32: everything that is served is under /v1 or known by name; no old version, nothing for debugging."""
    document = running.client.get("/openapi.json").json()
    known = ("/v1/", "/.well-known/")
    assert [path for path in document["paths"] if not path.startswith(known)] == []
    for path in ("/debug", "/admin", "/console/debug", "/v0/core/me", "/env", "/.env", "/server-status", "/redoc"):
        assert running.client.get(path).status_code == 404, path


PAYLOADS = [
    "'; DROP TABLE core.account; --",
    '{"$gt": ""}',
    "{{7*7}}${7*7}<%= 7*7 %>#{7*7}",
    "one\r\nSet-Cookie: a=b\r\n\r\ntwo",
    '\n{"level": "error", "event": "forged"}',
    "\x1b[31mred\x1b[0m\u2028\u2029\x7f",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "../../../../etc/passwd",
    "$(id) `id` | id",
    "%s%s%s%n %x",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_in_every_text(tenant: Tenant, payload: str) -> None:
    """T41: whatever a text holds, it is kept as text or refused by 4xx; nothing fails, nothing leaks into headers."""
    wrong = []
    for each in READING_JSON:
        for at, leaf in SAMPLES.leaves(each.body_schema or {}):
            if leaf.get("type") != "string" or leaf.get("maxLength", 1000) < len(payload):
                continue
            body = SAMPLES.with_value(each.body_schema or {}, at, payload)
            answer = each.call(tenant.owner, {}, body=body)
            if answer.status_code >= 500 or "set-cookie" in answer.headers:
                wrong.append(f"{each} {at}: {answer.status_code} {answer.text[:100]}")
    assert wrong == []


def test_text_comes_back_as_it_was(tenant: Tenant) -> None:
    """T41: what looks like SQL, markup or a template is only text."""
    for number, payload in enumerate((*PAYLOADS[:4], PAYLOADS[6])):
        body = {
            "title": payload,
            "status": "draft",
            "variants": [{"sku": f"x{number}", "price": {"amount": 1, "currency": "EUR"}}],
        }
        made = tenant.owner.post("/v1/commerce/products", json=body)
        if made.status_code == 201:
            got = tenant.owner.get(f"/v1/commerce/products/{made.json()['id']}").json()
            assert got["title"].split() == payload.split()
        else:
            assert made.status_code == 422, made.text


def test_logs_are_one_json_a_line() -> None:
    """T41: line breaks, quotes and colours that a stranger sends stay inside of one line of the log."""
    program = (
        "import sys, logging; from fourfold.ground.logs import log, set_up_logs; set_up_logs('info')\n"
        "for text in sys.argv[1:]:\n"
        "    log('t').warning('request', path=text)\n    logging.getLogger('t').warning('Invalid: %s', text)\n"
        "    try:\n        raise ValueError(text)\n    except ValueError:\n        log('t').exception(text)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, *PAYLOADS], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert len(lines) == 3 * len(PAYLOADS)
    assert {line["level"] for line in lines} == {"warning", "error"}


def huge() -> Iterator[tuple[str, dict[str, Any], tuple[int, ...]]]:
    """Bodies that are meant to take memory or time: how they are sent, and what is due."""
    packed = gzip.compress(b" " * 10_000_000)
    typed = {"Content-Type": JSON}
    for encoding in ("gzip", "deflate", "br", "zstd", "gzip, gzip"):
        yield encoding, {"content": packed, "headers": {**typed, "Content-Encoding": encoding}}, (415,)
    yield "deep", {"content": b"[" * 10_000 + b"]" * 10_000, "headers": typed}, (422,)
    yield "deep names", {"content": b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "headers": typed}, (422,)
    yield "a million", {"content": b"[" + b"1," * 999_999 + b"1]", "headers": typed}, (413,)
    yield "many", {"content": b"[" + b"1," * 500_000 + b"1]", "headers": typed}, (422,)
    names = ",".join(f'"x{number}":1' for number in range(80_000))
    yield "names", {"content": f"{{{names}}}".encode(), "headers": typed}, (422,)
    yield "long", {"content": json.dumps({"email": "a" * 1_000_000}).encode(), "headers": typed}, (422,)
    bomb = "a" * 250 + "@" + "a." * 2000
    yield "regex", {"json": {"email": bomb, "password": "x" * 12, "name": "a" * 900 + "!"}}, (422,)


def timed(ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, float]:
    """An answer, and the seconds of a processor that it took: the application is in this process, others are not."""
    began = time.process_time()
    answer = ask()
    return answer, time.process_time() - began


@pytest.mark.parametrize(("how", "due"), [(each[1], each[2]) for each in huge()], ids=[each[0] for each in huge()])
def test_bombs_go_out_fast(tenant: Tenant, how: dict[str, Any], due: tuple[int, ...]) -> None:
    """T42: packed, deep and endless bodies are refused within a second, by an answer of moderate length."""
    answer, took = timed(lambda: tenant.visitor.post("/v1/core/accounts", **how))
    assert took < 2
    assert wrong_problem(answer, *due) is None, wrong_problem(answer, *due)
    assert len(answer.content) < 20_000


def test_lists_of_a_body_are_bounded(tenant: Tenant) -> None:
    """T42: half a million items where a list stands are refused fast, on every route that takes one."""
    for each in READING_JSON:
        schema = SAMPLES.resolved(each.body_schema or {})
        for name, field in schema.get("properties", {}).items():
            kinds = (field, *field.get("anyOf", ()))
            if any(kind.get("type") == "array" for kind in kinds):
                body = {**SAMPLES.smallest(each.body_schema or {}), name: [1] * 300_000}
                answer, took = timed(partial(each.call, tenant.owner, {}, body=body))
                assert answer.status_code == 422, (str(each), name)
                assert took < 2, (str(each), name)


def allow_origin(tenant: Tenant, *origins: str) -> None:
    """Lets the tenant's own pages in."""
    path = "/v1/core/settings"
    tag = tenant.owner.get(path).headers["etag"]
    body = {"values": {CORS_ORIGINS.name: list(origins)}}
    answer = tenant.owner.patch(path, json=body, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text


def test_origins(tenant: Tenant, other_tenant: Tenant) -> None:
    """T46, P-25: only a tenant's own pages may read its answers, refusals included, and nobody's cookies are asked."""
    allow_origin(tenant, OURS)
    for caller, status in ((tenant.owner, 200), (tenant.visitor, 401)):
        answer = caller.get("/v1/core/me", headers={"Origin": OURS})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, OURS)
        assert "etag" in answer.headers["access-control-expose-headers"]
        assert "origin" in answer.headers["vary"]
        assert "access-control-allow-credentials" not in answer.headers
        for origin in (EVIL, "null", OURS.upper(), f"{OURS}.evil.test", "http://shop.example", f"{OURS}:8443", "*", ""):
            answer = caller.get("/v1/core/me", headers={"Origin": origin})
            assert "access-control-allow-origin" not in answer.headers, origin
            assert "origin" in answer.headers["vary"]
    answer = other_tenant.owner.get("/v1/core/me", headers={"Origin": OURS})
    assert "access-control-allow-origin" not in answer.headers


def test_asking_beforehand(tenant: Tenant) -> None:
    """T46, P-25: a browser that asks at the tenant's host is told what its pages may send; others are told nothing."""
    allow_origin(tenant, OURS)
    host = f"{tenant.slug}.{tenant.running.settings.domain}"
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization", "Host": host}
    client = tenant.running.client
    answer = client.options("/v1/core/tokens", headers={**asked, "Origin": OURS})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, OURS)
    assert "authorization" in answer.headers["access-control-allow-headers"]
    assert "POST" in answer.headers["access-control-allow-methods"]
    for headers in ({**asked, "Origin": EVIL}, {**asked, "Host": "x", "Origin": OURS}):
        answer = client.options("/v1/core/tokens", headers=headers)
        assert answer.status_code == 405
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_every_text_tells_its_letters(tenant: Tenant) -> None:
    """T46: text and XML tell their character set; JSON is UTF-8 by its own standard. Every answer has a type."""
    paths = [each.path for each in operations() if each.method == "GET" and not each.ids]
    for path in (*paths, "/docs", "/openapi.json", "/metrics", "/healthz", "/readyz", "/nothing"):
        answer = tenant.owner.get(path)
        kind = answer.headers["content-type"]
        assert not kind.startswith("text/") or "charset=utf-8" in kind.lower(), (path, kind)
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path


def test_the_page_runs_only_its_own_script(running: Running) -> None:
    """P-25: the page of the documents allows its one script and style by their digests."""
    answer = running.client.get("/docs")
    assert answer.headers["content-security-policy"] == PAGE_POLICY
    assert "unsafe-inline" not in PAGE_POLICY
    assert PAGE.count("<script>") == PAGE.count("<style>") == 1


def test_production_is_closed(running: Running) -> None:
    """T46: in production there are no documents and no figures, and browsers are told to stay with HTTPS."""
    with replica(running, **PRODUCTION) as base, httpx.Client(base_url=base, timeout=60) as client:
        for path in ("/docs", "/openapi.json", "/v1/core/openapi.json", "/v1/commerce/openapi.json", "/metrics"):
            assert wrong_problem(client.get(path), 404) is None, path
        for path in ("/healthz", "/v1/core/me", "/nothing"):
            assert client.get(path).headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert "strict-transport-security" not in running.client.get("/healthz").headers


def test_production_opens_what_is_set(running: Running) -> None:
    """T46: settings open the documents, and the figures to whoever has the token."""
    opened = {**PRODUCTION, "docs": "true", "metrics_token": "a token for prometheus"}
    with replica(running, **opened) as base, httpx.Client(base_url=base, timeout=60) as client:
        assert client.get("/openapi.json").status_code == 200
        for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "a token for prometheus"}):
            assert client.get("/metrics", headers=given).status_code == 401
        answer = client.get("/metrics", headers={"Authorization": "Bearer a token for prometheus"})
        assert answer.status_code == 200
        assert "fourfold_requests_total" in answer.text

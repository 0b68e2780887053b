"""The same thing by another spelling: methods, paths and headers that proxies and frameworks read differently."""

import pytest

from tests.conftest import Tenant
from tests.security.operations import operations

READS = [each for each in operations() if each.method == "GET" and each.permission and not each.ids]
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "DEBUG", "OPTIONS", "HEAD", "PROPFIND"])
def test_other_methods_open_nothing(tenant: Tenant, method: str) -> None:
    """T32: no operation answers a method that it does not tell of, signed in or not."""
    for each in READS:
        for caller in (tenant.owner, tenant.visitor):
            answer = caller.request(method, each.path)
            assert answer.status_code in {400, 401, 405}, f"{method} {each.path}: {answer.status_code}"


def test_a_method_is_not_overridden(tenant: Tenant) -> None:
    """T32: a header or a parameter does not turn a read into a change."""
    for name in OVERRIDES:
        answer = tenant.owner.get("/v1/core/me", headers={name: "PATCH"}, params={"_method": "PATCH"})
        assert (answer.status_code, answer.json()["name"]) == (200, "Owner")
        answer = tenant.owner.post("/v1/core/me", headers={name: "GET"})
        assert answer.status_code == 405


SPELLINGS = [
    "/{path}",
    "{path}/",
    "{upper}",
    "{path}%2f",
    "{path}/.",
    "{path};x=1",
    "/v1/core/..{path}",
    "{path}%00",
    "/v0{rest}",
    "/v2{rest}",
    "/internal{path}",
    "/api{path}",
    "{path}.json",
    "{escaped}",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_other_spellings_open_nothing_more(tenant: Tenant, spelling: str) -> None:
    """T32: a path that is spelled otherwise is nothing, or is guarded like the path itself."""
    for each in READS:
        path = each.path
        url = spelling.format(path=path, upper=path.upper(), rest=path[3:], escaped=path.replace("core", "%63ore"))
        answer = tenant.visitor.request("GET", f"{tenant.running.url.rstrip('/')}{url}")
        assert answer.status_code in {400, 401, 404}, f"{url}: {answer.status_code}"


@pytest.mark.parametrize(
    "header", ["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Host", "Forwarded"]
)
def test_no_header_changes_where_a_request_goes(tenant: Tenant, other_tenant: Tenant, header: str) -> None:
    """T32, T03: headers of proxies neither change the path nor the tenant."""
    value = {"X-Forwarded-Host": f"{other_tenant.slug}.localhost", "Forwarded": f"host={other_tenant.slug}.localhost"}
    answer = tenant.owner.get("/v1/core/me", headers={header: value.get(header, "/v1/core/accounts")})
    assert answer.json()["tenant"]["slug"] == tenant.slug


@pytest.mark.parametrize(
    "path", ["/debug", "/.env", "/admin", "/console", "/v0/core/me", "/openapi.yaml", "/redoc", "/.git/config"]
)
def test_nothing_is_served_in_the_shadows(tenant: Tenant, path: str) -> None:
    """T32: there are no routes of other versions, for debugging, or beside the documented ones."""
    assert tenant.owner.get(path).status_code == 404


def test_only_one_credential_counts(tenant: Tenant, other_tenant: Tenant) -> None:
    """T32: two Authorization headers are not two chances."""
    both = [("Authorization", "Bearer nonsense"), ("Authorization", other_tenant.owner.headers["Authorization"])]
    assert tenant.running.client.get("/v1/core/me", headers=both).status_code == 401
    both.reverse()
    answer = tenant.running.client.get("/v1/core/me", headers=both)
    assert answer.status_code == 401 or answer.json()["tenant"]["slug"] == other_tenant.slug

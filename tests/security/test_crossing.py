"""Nothing crosses from one request to the next: not over a narrow pool, not after a failure, not after a commit."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import structlog
from structlog.testing import LogCapture

from fourfold.ground.refusals import PROBLEM
from tests.conftest import Caller, Tenant
from tests.security.trials import SECRET, narrow_app


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """What is logged, with the traces as text."""
    before, kept = structlog.get_config(), LogCapture()
    structlog.configure(processors=[structlog.processors.format_exc_info, kept])
    yield kept.entries
    structlog.configure(**before)


@pytest.fixture
async def narrow(tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """The application with routes that fail, over a pool of two connections."""
    async with narrow_app(tenant.running) as client:
        yield client


async def test_no_row_crosses_a_narrow_pool(narrow: httpx.AsyncClient, tenant: Tenant, other_tenant: Tenant) -> None:
    """T07: 500 requests of two tenants over two connections, two in five failing half-way: each sees its own."""
    owners = {each.slug: each.owner for each in (tenant, other_tenant)}

    async def one(number: int) -> tuple[str, httpx.Response | None]:
        slug, owner = list(owners.items())[number % 2]
        failing = {3: "/v1/trials/failures", 4: "/v1/trials/broken"}.get(number % 5)
        if failing:
            answer = await narrow.post(failing, headers=owner.headers)
            assert answer.status_code in {500, 503}
            return slug, None
        return slug, await insisted(narrow, "GET", "/v1/trials/names", owner)

    answers = await asyncio.gather(*(one(number) for number in range(500)))
    seen = [(slug, answer.json()) for slug, answer in answers if answer is not None]
    assert len(seen) == 300
    assert [
        told for slug, told in seen if told["addresses"] != [owners[slug].email] or told["names"] != ["Owner"]
    ] == []


async def insisted(narrow: httpx.AsyncClient, method: str, path: str, owner: Caller) -> httpx.Response:
    """An answer; a busy machine may say 503 to one of five hundred that wait for two connections."""
    while (answer := await narrow.request(method, path, headers=owner.headers)).status_code == 503:
        pass
    return answer


async def test_after_a_commit_the_tenant_is_still_the_same(
    narrow: httpx.AsyncClient, tenant: Tenant, other_tenant: Tenant
) -> None:
    """T08: a request that commits and reads again still sees the rows of its tenant, all and only those."""
    answers = await asyncio.gather(
        *(insisted(narrow, "POST", "/v1/trials/twice", each.owner) for each in (tenant, other_tenant) * 20)
    )
    for each, answer in zip((tenant, other_tenant) * 20, answers, strict=True):
        assert [told["addresses"] for told in answer.json()] == [[each.owner.email]] * 2


FAILURES = [
    ("POST", "/v1/trials/failures"),
    ("POST", "/v1/trials/broken"),
    ("GET", "/v1/trials/dependency"),
    ("GET", "/v1/trials/answer"),
]


@pytest.mark.parametrize(("method", "path"), FAILURES)
async def test_a_failure_tells_nothing_to_the_caller(
    narrow: httpx.AsyncClient, tenant: Tenant, method: str, path: str, logged: list[Any]
) -> None:
    """T45: an exception in any layer is a problem document without a trace, a statement or a path; the log has them."""
    answer = await narrow.request(method, path, headers=tenant.owner.headers)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == PROBLEM
    told = answer.json()
    assert (told["code"], told["request_id"]) == ("internal", answer.headers["x-request-id"])
    assert set(told) == {"type", "title", "status", "detail", "code", "request_id"}
    for secret in (SECRET, "secret_column", "Traceback", "trials", "Deliberate", "SELECT"):
        assert secret not in answer.text
    (trace,) = [each["exception"] for each in logged if each["event"] == "unhandled"]
    assert any(reason in trace for reason in (SECRET, "secret_column", "ResponseValidationError"))
    names = await narrow.get("/v1/trials/names", headers=tenant.owner.headers)
    assert names.json()["names"] == ["Owner"]

"""Generated requests: what the document allows and what it does not, sent to every operation by a signed-in owner."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from fourfold.serve.wiring import rights_of
from fourfold.services import ALL
from tests.builders.everything import Ids, one_of_everything
from tests.conftest import Running, _open_tenant
from tests.security import formats
from tests.security.operations import Operation, document

CHECKS: list[Any] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
formats.teach()
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@dataclass(frozen=True, slots=True)
class Target:
    """A tenant with one of everything, and a key of its owner, which no operation that is tried can sign out."""

    url: str
    ids: Ids
    headers: dict[str, str]


def target_in(running: Running) -> Target:
    """A fresh target."""
    tenant = _open_tenant(running)
    scopes = sorted(rights_of(ALL)["owner"])
    key = tenant.owner.post("/v1/core/api-keys", json={"name": "all", "scopes": scopes}).json()["key"]
    return Target(running.url.rstrip("/"), one_of_everything(tenant), {"Authorization": f"Bearer {key}"})


@cache
def described() -> dict[str, Any]:
    """The operations as the generator understands them."""
    schema: Any = schemathesis.openapi.from_dict(document())
    found = [operation for each in schema.get_all_operations() if (operation := each.ok()) is not None]
    return {each.label: each for each in found if each.method.upper() != "HEAD"}


def try_out(operation: Operation, target: Target, examples: int) -> int:
    """Sends at least so many requests, wrong ones and right ones, to real and to made-up ids; how many it were.

    Raises for the first wrong answer.
    """
    sent, number = 0, 4
    # Where little can be chosen, all that can be generated is sent again and again.
    while sent < examples:
        sent += _attempts(operation, target, examples, number)
        number += 1
    return sent


def _attempts(operation: Operation, target: Target, examples: int, number: int) -> int:
    found = described()[f"{operation.method} {operation.path}"]
    ids = operation.chosen(target.ids)
    ways: list[dict[str, Any]] = [{}, {"path_parameters": ids}] if ids else [{}]
    strategies = [found.as_strategy(generation_mode=mode, **way) for mode in modes_of(operation) for way in ways]

    sent = 0

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(strategies))
    def attempt(case: Any) -> None:
        nonlocal sent
        sent += 1
        answer = case.call(base_url=target.url, headers=target.headers, timeout=60)
        case.validate_response(answer, checks=CHECKS)

    attempt()
    return sent


def modes_of(operation: Operation) -> tuple[GenerationMode, ...]:
    """What is generated: without a parameter or a body there is nothing that could be wrong."""
    can_be_wrong = operation.content or operation.told.get("parameters")
    return MODES if can_be_wrong else MODES[:1]

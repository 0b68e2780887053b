"""A few generated requests to every operation, in every run of the tests."""

from datetime import timedelta

import httpx
import pytest
from schemathesis.core.failures import Failure, FailureGroup

from fourfold.ground.refusals import PROBLEM
from tests.conftest import Running
from tests.security.fuzzing import CHECKS, Target, described, target_in, try_out
from tests.security.operations import JSON, Operation, operations

EXAMPLES = 8


@pytest.fixture(scope="module")
def target(running: Running) -> Target:
    """What is tried out."""
    return target_in(running)


def test_every_operation_is_tried_out() -> None:
    """P-20: the generator reads the whole document, and leaves nothing out."""
    assert set(described()) == {str(each) for each in operations()}


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_no_request_is_a_failure(operation: Operation, target: Target) -> None:
    """P-20, P-21, T42: whatever is sent, the answer is one that the document tells of, and never a failure."""
    try_out(operation, target, EXAMPLES)


WRONG = {
    "a failure": (500, PROBLEM, b"{}"),
    "a status that is not told of": (418, PROBLEM, b"{}"),
    "another type": (200, "text/html", b"<p>hello</p>"),
    "another shape": (200, JSON, b'{"items": [{"id": 5}], "next": null}'),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_answer_is_found(fault: str) -> None:
    """P-20: the checks do see what they are there for."""
    status, kind, content = WRONG[fault]
    case = described()["GET /v1/core/accounts"].Case()
    request = httpx.Request("GET", "http://127.0.0.1/v1/core/accounts")
    answer = httpx.Response(status, headers={"Content-Type": kind}, content=content, request=request)
    answer.elapsed = timedelta()
    with pytest.raises((Failure, FailureGroup)):
        case.validate_response(answer, checks=CHECKS)

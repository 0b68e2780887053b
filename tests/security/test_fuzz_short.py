"""A few generated requests to every operation, in every run of the tests."""

import pytest

from tests.conftest import Running
from tests.security.fuzzing import Target, described, target_in, try_out
from tests.security.operations import Operation, operations

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

"""Many generated requests to every operation; minutes long."""

import pytest

from tests.conftest import Running
from tests.security.fuzzing import Target, target_in, try_out
from tests.security.operations import Operation, operations

EXAMPLES = 100


@pytest.fixture(scope="module")
def target(running: Running) -> Target:
    """What is tried out."""
    return target_in(running)


@pytest.mark.fuzz
@pytest.mark.parametrize("operation", operations(), ids=str)
def test_no_request_is_a_failure(operation: Operation, target: Target) -> None:
    """P-20, P-21, T42: whatever is sent, the answer is one that the document tells of, and never a failure."""
    assert try_out(operation, target, EXAMPLES) >= EXAMPLES

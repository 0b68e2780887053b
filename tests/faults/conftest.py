"""The owner of the servers that these tests kill is each test itself; the servers of the other tests are left alone."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.faults.buyers", "tests.faults.reckoning")

from bench.deployment import Deployment, deployed  # noqa: E402 - after it is known whose assertions tell what they saw


@pytest.fixture
def deploy() -> Iterator[Callable[..., Deployment]]:
    """Starts deployments that end with the test."""
    with ExitStack() as stack:

        def start(**how: Any) -> Deployment:
            return stack.enter_context(deployed(**how))

        yield start

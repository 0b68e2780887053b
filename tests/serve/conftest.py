"""Data folders of their own for tests that start and kill servers."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty data folder on a short path; not pytest's own, which it closes again to other accounts."""
    place = Path(tempfile.mkdtemp(prefix="fourfold-test-"))
    yield place / "home"
    shutil.rmtree(place)

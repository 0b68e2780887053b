"""How texts differ, and which moment a date and time mean."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.social.posts.rules import Change, changes_between, moment_of

BERLIN = ZoneInfo("Europe/Berlin")


def test_changes_word_by_word() -> None:
    """S-23: a difference names what stayed, came and went."""
    assert changes_between("The red cat", "The blue cat") == [
        Change("same", "The "), Change("removed", "red"), Change("added", "blue"), Change("same", " cat"),
    ]  # fmt: skip


@given(st.text("ab .\n", max_size=80), st.text("ab .\n", max_size=80))
def test_changes_tell_both_texts(before: str, after: str) -> None:
    """S-23: from the difference alone both texts can be put together again."""
    changes = changes_between(before, after)
    assert "".join(each.text for each in changes if each.kind != "added") == before
    assert "".join(each.text for each in changes if each.kind != "removed") == after


@pytest.mark.parametrize("piece", ["a ", "ab\n", "x", "a.", "\n"])
def test_long_texts_are_compared_quickly(piece: str) -> None:
    """S-23: the longest texts that there are take no time to speak of."""
    before = (piece * 10_000)[:10_000]
    # Other threads, such as the worker of the tests before, are not what is measured.
    began = time.thread_time()
    changes_between(before, before[::-1] + "end")
    assert time.thread_time() - began < 2


@pytest.mark.parametrize(
    ("given_time", "zone", "expected"),
    [
        (datetime(2031, 1, 31, 12, tzinfo=UTC), None, datetime(2031, 1, 31, 12, tzinfo=UTC)),
        (datetime(2031, 1, 31, 12), BERLIN, datetime(2031, 1, 31, 11, tzinfo=UTC)),  # noqa: DTZ001 - as people write
        (datetime(2031, 7, 31, 12), BERLIN, datetime(2031, 7, 31, 10, tzinfo=UTC)),  # noqa: DTZ001 - as above
        (datetime(2031, 3, 30, 2, 30), BERLIN, None),  # noqa: DTZ001 - the clocks leap over it
        (datetime(2031, 10, 26, 2, 30), BERLIN, datetime(2031, 10, 26, 0, 30, tzinfo=UTC)),  # noqa: DTZ001 - comes twice
        (datetime(2031, 1, 31, 12), None, None),  # noqa: DTZ001 - nobody knows where
    ],
)
def test_moments(given_time: datetime, zone: ZoneInfo | None, expected: datetime | None) -> None:
    """S-22: a time means what the clocks of the author's zone will show."""
    assert moment_of(given_time, zone) == expected

"""What belongs together, what it says, and what is wanted."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from fourfold.social.notifications.rules import (
    CHANNELS,
    KINDS,
    POLL,
    group_of,
    is_wanted,
    sentence,
    still_holds,
    wanted_kinds,
)
from fourfold.social.visibility.rules import Tie

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("kind", KINDS)
def test_groups(kind: str) -> None:
    """S-40: reactions, reposts and followers of one day are one line; what others write never is."""
    one, other, about = uuid4(), uuid4(), uuid4()
    is_grouped = kind in {"reaction", "repost", "follow"}
    assert (group_of(kind, one, about, NOW) == group_of(kind, other, about, NOW)) == is_grouped
    assert group_of(kind, one, about, NOW) != group_of(kind, one, uuid4(), NOW)
    tomorrow = NOW + timedelta(days=1)
    assert (group_of(kind, one, about, NOW) != group_of(kind, one, about, tomorrow)) == is_grouped


@pytest.mark.parametrize(
    ("names", "number", "text"),
    [
        (["Ada"], 1, "Ada"),
        (["Ada", "Bob"], 2, "Ada and Bob"),
        (["Ada"], 2, "Ada and 1 other"),
        (["Ada", "Bob", "Cy"], 3, "Ada and 2 others"),
        (["Ada", "Bob", "Cy"], 13, "Ada and 12 others"),
    ],
)
def test_sentences(names: list[str], number: int, text: str) -> None:
    """S-40: "A and 12 others", whatever they did."""
    assert sentence("reaction", names, number, "comment") == f"{text} reacted to your comment"
    assert all(sentence(kind, names, number, "post").startswith(f"{text} ") for kind in KINDS if kind != POLL)


def test_sentences_about_polls() -> None:
    """S-20, S-40: nobody has ended a poll; it says whose it was."""
    assert sentence(POLL, ["Ada"], 1, "post") == "Ada's poll has ended"
    assert sentence(POLL, [], 1, "post") == "Your poll has ended"


@pytest.mark.parametrize(
    ("kind", "tie", "holds"),
    [
        ("follow", Tie(followed="yes"), True),
        ("follow", Tie(follow="yes"), False),
        ("follow_request", Tie(followed="asked"), True),
        ("follow_request", Tie(followed="yes"), False),
        ("friend_request", Tie(friend="asks"), True),
        ("friend_request", Tie(friend="asked"), False),
        ("friend", Tie(friend="friends"), True),
        ("friend", Tie(), False),
        ("comment", Tie(), True),
    ],
)
def test_what_still_holds(kind: str, tie: Tie, holds: bool) -> None:
    """S-40: what is told of a tie is told as long as it is so."""
    assert still_holds(kind, tie) == holds


def test_what_is_wanted() -> None:
    """S-40: all in the app and on devices, and nothing by mail, unless it was chosen otherwise."""
    chosen = {"reaction": {"in_app": False}, "mention": {"mail": True}}
    assert wanted_kinds({}, "in_app") == list(KINDS)
    assert wanted_kinds({}, "mail") == []
    assert wanted_kinds(chosen, "in_app") == [kind for kind in KINDS if kind != "reaction"]
    assert wanted_kinds(chosen, "mail") == ["mention"]
    assert all(is_wanted({}, kind, channel) == (channel != "mail") for kind in KINDS for channel in CHANNELS)

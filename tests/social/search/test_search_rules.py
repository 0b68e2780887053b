"""What is looked for, and what comes first."""

from datetime import UTC, datetime, timedelta

import pytest

from fourfold.social.search.rules import beginning_of_tag, rank, said_together, wanted_tag, wanted_words

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("#Summer", "summer"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("12", ""), ("a-b", ""), ("", ""),
        ("#", ""),
    ],
)  # fmt: skip
def test_tags(text: str, tag: str) -> None:
    """S-64: a hashtag is looked for as it is kept."""
    assert wanted_tag(text) == tag


def test_beginnings() -> None:
    """S-64: what is typed so far may be digits; blanks begin nothing."""
    assert (beginning_of_tag("#20"), beginning_of_tag("a b"), beginning_of_tag(" Su")) == ("20", "", "su")


def test_words() -> None:
    """S-63: each word once, ten at most."""
    assert wanted_words("Grand #Orchard grand") == ["grand", "orchard"]
    assert len(wanted_words(" ".join(f"word{number}" for number in range(20)))) == 10


def test_rank() -> None:
    """S-63: newer, about it, together, and with attention: each counts, and none falls with time."""
    plain = rank(["a", "b"], [], {}, NOW, together=False)
    assert rank(["a", "b"], ["a"], {}, NOW, together=False) == plain + 0.5
    assert rank(["a", "b"], [], {}, NOW, together=True) == plain + 1
    assert rank(["a", "b"], [], {"like": 3, "comments": 3}, NOW, together=False) == plain + 1
    assert rank(["a", "b"], [], {}, NOW - timedelta(days=7), together=False) == plain - 1
    assert rank(["a", "b"], [], {"like": -5}, NOW, together=False) == plain


def test_together() -> None:
    """S-63: words that follow each other as they were asked for."""
    assert said_together(["old", "tree"], ["the", "old", "tree"])
    assert not said_together(["old", "tree"], ["tree", "old"])
    assert not said_together(["old"], ["old"])
    assert not said_together(["new", "tree"], ["old", "tree"])

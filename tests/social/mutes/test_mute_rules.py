"""What a muted word is, and which texts say it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from fourfold.ground.ids import new_id
from fourfold.social.mutes.rules import Muted, MutedWord, compared, hashtags_in, kept_as, muted_in, tag_in
from fourfold.social.visibility.rules import Said, Viewer, is_muted

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ME, OTHER = UUID(int=1), UUID(int=2)


def muted(text: str, *places: str) -> Muted:
    tag = tag_in(text)
    word = MutedWord(tag or compared(text), tag is not None, frozenset(places or ("feed", "notifications", "search")))
    return Muted([word])


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("garden", "My GARDEN."), ("garden", "_garden_"), ("garden", "#garden"), ("garden", "#my_garden"),
        ("garden", "gar\u200bden"), ("garden", "g\u00e1rden"), ("Z\u00f6e", "zoe"), ("strasse", "Stra\u00dfe"),
        ("spoiler alert", "A *spoiler*, alert!"), ("don't", "DON\u2019T"),
        ("\u674e\u5c0f\u9f99", "\u770b\u674e\u5c0f\u9f99\u4e86"),
        ("42", "it is 42"), ("#garden", "In the #Garden"),
    ],
)  # fmt: skip
def test_what_says_a_word(word: str, text: str) -> None:
    """S-07: whole words in a row, whatever stands between and around them; accents, capitals, unseen signs apart."""
    assert muted(word).hides_text("feed", text, hashtags_in(text))


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("garden", "gardens"), ("garden", "kindergarden"), ("spoiler alert", "alert spoiler"), ("#garden", "garden"),
        ("#garden", "#gardens"), ("a", ""), ("4", "42"), ("\u674e\u9f99", "\u674e\u5c0f\u9f99"),
    ],
)  # fmt: skip
def test_what_does_not_say_it(word: str, text: str) -> None:
    """S-07: parts of words, other orders; a hashtag is not the word."""
    assert not muted(word).hides_text("feed", text, hashtags_in(text))


def test_where_and_until_when() -> None:
    """S-07: only in the places that were named, and no longer than was said."""
    row = {"words": "garden", "is_tag": False, "places": ["search"], "until": NOW + timedelta(hours=1)}
    kept = kept_as([row], [OTHER])
    now, later = muted_in(kept, NOW), muted_in(kept, NOW + timedelta(hours=1))
    assert (now.hides_text("search", "garden"), now.hides_text("feed", "garden")) == (True, False)
    assert not later.hides_text("search", "garden")
    assert now.threads == later.threads == {OTHER}
    assert (now.hides_thread("feed", [OTHER]), now.hides_thread("search", [OTHER])) == (True, False)
    assert muted_in(None, NOW) is muted_in({}, NOW)


def test_ones_own_is_never_muted() -> None:
    """S-07: neither one's own words, nor through what others make of them; of one's own thread no more may be told."""
    viewer, post = Viewer(id=ME, quiet=muted("garden")), new_id()
    assert is_muted(viewer, "feed", [Said(OTHER, "garden")], [post])
    assert not is_muted(viewer, "feed", [Said(ME, "garden")], [post])
    assert not is_muted(viewer, "feed", [Said(OTHER, "Look"), Said(ME, "garden")], [post])
    assert is_muted(viewer, "feed", [Said(OTHER, "Look"), Said(OTHER, "garden")], [post])
    thread = Viewer(id=ME, quiet=Muted(threads=frozenset({post})))
    told = [is_muted(thread, place, [Said(by, "Hello")], [None, post]) for place in ("feed", "notifications", "search")
            for by in (ME, OTHER)]  # fmt: skip
    assert told == [False, True, True, True, False, False]


def test_people_are_muted_in_feeds() -> None:
    """S-07: also through what others pass on of them; who searches finds them."""
    viewer = Viewer(id=ME, muted=frozenset({OTHER}))
    said = [Said(ME, "Look"), Said(OTHER, "Loud")]
    assert [is_muted(viewer, place, said, []) for place in ("feed", "notifications", "search")] == [True, False, False]

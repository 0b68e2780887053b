"""What is looked for, and what comes first of what was found."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from fourfold.social.texts.rules import LONGEST_WORD, folded, words_in

MOST_WORDS = 10
TAG = re.compile(rf"\w{{1,{LONGEST_WORD}}}")
# A week of age is as much as ten times the attention, or as being about the word and not only saying it.
WEEK_SECONDS = 7 * 24 * 3600
ATTENTION = {"like": 1, "love": 1, "laugh": 1, "angry": 1, "sad": 1, "comments": 2, "shares": 3}


def wanted_words(text: str) -> list[str]:
    """The words that somebody looks for, as posts are indexed under them; a hashtag is one without its sign."""
    return words_in(text)[:MOST_WORDS]


def wanted_tag(text: str) -> str:
    """A hashtag as it is kept, with or without its sign; empty when there is none of this name."""
    tag = folded(text.strip().removeprefix("#"))
    return tag if TAG.fullmatch(tag) and not tag.isdecimal() else ""


def beginning_of_tag(text: str) -> str:
    """How hashtags begin that somebody looks for; empty when none begin so."""
    tag = folded(text.strip().removeprefix("#"))
    return tag if TAG.fullmatch(tag) else ""


def rank(
    words: Sequence[str],
    hashtags: Collection[str],
    counts: Mapping[str, int],
    published_at: datetime,
    *,
    together: bool,
) -> float:
    """How early a post comes: the higher, the earlier. It does not change with time, so pages stay where they are.

    Newer posts, those that are about a word (as hashtags), those that say all of them `together`, and those that
    many care about come first.
    """
    about = sum(word in hashtags for word in words) / max(len(words), 1)
    attention = sum(weight * max(counts.get(name, 0), 0) for name, weight in ATTENTION.items())
    return published_at.timestamp() / WEEK_SECONDS + about + together + math.log10(1 + attention)


def said_together(words: Sequence[str], said: Sequence[str]) -> bool:
    """Whether the words of a text follow each other as they were asked for; `said` are those of the text, each once."""
    if len(words) <= 1 or words[0] not in said:
        return False
    at = said.index(words[0])
    return list(said[at : at + len(words)]) == list(words)

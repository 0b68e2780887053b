"""What somebody does not want to meet, and whether a text says it: whole words, accents and capitals apart."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

Place = Literal["feed", "notifications", "search"]
PLACES: Sequence[Place] = get_args(Place)

# Writing that sets no blanks between words: each sign is taken as a word, and a word as signs in a row.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_TAG = re.compile(r"#(\w+)")


@dataclass(frozen=True, slots=True)
class MutedWord:
    """Words in a row, as they are compared, or a hashtag; where they are not to be met, and until when."""

    words: str
    is_tag: bool
    places: frozenset[str]
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Muted:
    """All that somebody has muted but for people: words, and threads by the ids of their posts."""

    words: Sequence[MutedWord] = ()
    threads: frozenset[UUID] = frozenset()

    def hides_text(self, place: Place, text: str, hashtags: Iterable[str] = ()) -> bool:
        """Whether a text with these hashtags is not to be met in a place."""
        wanted = [each for each in self.words if place in each.places]
        if not wanted:
            return False
        said, tags = f" {compared(text)} ", {compared(tag) for tag in hashtags}
        return any(each.words in tags if each.is_tag else f" {each.words} " in said for each in wanted)

    def hides_hashtag(self, place: Place, tag: str) -> bool:
        """Whether a hashtag by itself is not to be met in a place."""
        return self.hides_text(place, tag, [tag])

    def hides_thread(self, place: Place, posts: Collection[UUID | None]) -> bool:
        """Whether one of these posts is a thread that is not to be met in a place; who searches for it, finds it."""
        return place != "search" and not self.threads.isdisjoint(posts)


NOTHING_MUTED = Muted()


def compared(text: str) -> str:
    """The words of a text as they are compared, with one blank between them: small, without accents and marks."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(each for each in apart if unicodedata.category(each) not in {"Mn", "Me", "Cf"})
    return " ".join(_WORD.findall(plain.casefold()))


def hashtags_in(text: str) -> list[str]:
    """The hashtags of a text that is kept without them."""
    return _TAG.findall(text)


def tag_in(text: str) -> str | None:
    """The hashtag that a text is and nothing else, as it is compared."""
    found = _TAG.fullmatch(text.strip())
    return compared(found[1]) or None if found else None


def kept_as(words: Iterable[Mapping[str, Any]], threads: Iterable[UUID]) -> dict[str, Any]:
    """What is muted as it stands beside the ties of whoever mutes it; made of the documents of words."""
    told = ("words", "is_tag", "places", "until")
    return {"words": [{name: row[name] for name in told} for row in words], "threads": sorted(threads)}


def muted_in(kept: Mapping[str, Any] | None, now: datetime) -> Muted:
    """The same as what is decided by, without what has ended."""
    if not kept:
        return NOTHING_MUTED
    words = [
        MutedWord(row["words"], row["is_tag"], frozenset(row["places"]), row["until"])
        for row in kept["words"]
        if row["until"] is None or row["until"] > now
    ]
    return Muted(words, frozenset(kept["threads"]))

"""Which handles there may be, and how people are found by what they are called, with a letter wrong."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

HANDLE = re.compile(r"[a-z0-9_]{3,30}")
# Names that others would take for the house itself.
RESERVED = frozenset(
    [
        "admin", "administrator", "all", "anonymous", "everyone", "fourfold", "here", "member", "moderator", "nobody",
        "staff", "support", "system",
    ]
)  # fmt: skip
MOST_WORDS = 6
LONGEST_PREFIX, LONGEST_MISTYPED, SHORTEST_MISTYPED = 12, 20, 3
# How close a word is that begins as asked, or is mistyped; what is further off is another word.
BEGINS, CLOSEST_MISTYPED = 0.86, 0.85
TWO_MISTAKES_FROM = 6
_APART = re.compile(r"[\W_]+")
_NOT_IN_HANDLES = re.compile(r"[^a-z0-9]+")


def is_handle(handle: str) -> bool:
    """Whether somebody may be called this: 3 to 30 small letters, digits and underscores."""
    return HANDLE.fullmatch(handle) is not None and handle not in RESERVED


def handles_for(name: str, digits: str) -> Iterator[str]:
    """Handles for somebody of this name, the nicest first; `digits` (32 hex ones) are their own."""
    base = _NOT_IN_HANDLES.sub("_", folded(name)).strip("_")[:20].strip("_")
    if is_handle(base):
        yield base
    else:
        base = "member"
    yield f"{base}_{digits[-4:]}"
    yield f"{base}_{digits[-9:]}"
    yield f"m_{digits[-28:]}"


def folded(text: str) -> str:
    """Text as names are compared: small letters without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def words_in(text: str) -> list[str]:
    """The words of a name or a handle, as they are compared."""
    return [word for word in _APART.split(folded(text)) if word]


def words_of(handle: str, name: str) -> list[str]:
    """The words by which somebody is found."""
    return list(dict.fromkeys([handle, *words_in(handle), *words_in(name)]))[: 2 * MOST_WORDS]


def tokens_of(handle: str, name: str) -> list[str]:
    """What a person is indexed under: how each word begins, and each word with one letter left out."""
    tokens: dict[str, None] = {}
    for word in words_of(handle, name):
        tokens |= dict.fromkeys(word[:length] for length in range(1, min(len(word), LONGEST_PREFIX) + 1))
        tokens |= dict.fromkeys(_mistyped(word))
    return list(tokens)


def tokens_for(word: str) -> list[str]:
    """What somebody is looked for under by a word: as the beginning of one of theirs, or as one that is mistyped.

    Two words that differ in one letter, or in the order of two, are the same with one letter of each left out.
    """
    return [word[:LONGEST_PREFIX], *_mistyped(word)]


def _mistyped(word: str) -> list[str]:
    cut = word[:LONGEST_MISTYPED]
    if len(cut) < SHORTEST_MISTYPED:
        return [f"~{cut}"]
    return [f"~{cut}", *(f"~{cut[:at]}{cut[at + 1 :]}" for at in range(len(cut)))]


def likeness(wanted: Sequence[str], words: Sequence[str]) -> float:
    """How well words of a query fit those of a person: 1 is all of them in full, 0 is that one fits none."""
    best = [max((_closeness(each, word) for word in words), default=0.0) for each in wanted]
    return sum(best) / len(best) if best and min(best) > 0 else 0.0


def _closeness(wanted: str, word: str) -> float:
    if word == wanted:
        return 1.0
    if word.startswith(wanted):
        return BEGINS + 0.1 * len(wanted) / len(word)
    shortest, longest = sorted((len(wanted), len(word)))
    most = 2 if shortest >= TWO_MISTAKES_FROM else 1
    if longest - shortest > most or shortest < SHORTEST_MISTYPED:
        return 0.0
    mistakes = _mistakes(wanted, word)
    return CLOSEST_MISTYPED * (1 - mistakes / longest) if mistakes <= most else 0.0


def _mistakes(one: str, other: str) -> int:
    """How many letters were added, left out, mistaken or swapped (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        last, before, row = before, row, [i]
        for j, there in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != there))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == there:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]

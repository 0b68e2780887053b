"""Many ties at once: brought in from a file; told to whom they belong, and erased."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from fourfold.ground.bulk import DeleteMany, UpdateOne
from fourfold.ground.collection import Duplicate
from fourfold.ground.filters import ne, one_of
from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import Desk, View, Work
from fourfold.social.people.count import add_counts, set_counts
from fourfold.social.people.ensure import people_under
from fourfold.social.people.rules import is_handle
from fourfold.social.ties.documents import TIES
from fourfold.social.ties.queries import bond_in, counted_ties
from fourfold.social.ties.rules import Bond, counts_moved, parts_of

BATCH = 500
# Each is two documents in all their keys: so many are written in a moment, also by a busy server.
PAIRS_AT_ONCE = 100
_WORDS = re.compile(r"[\s,;]+")
_NUMBER = re.compile(r"[0-9]{1,18}")
_TOLD = ("follow", "followed", "friend", "block", "mute", "at")

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; `skipped` are lines that name no two people."""

    people: int
    friendships: int
    skipped: int


async def import_friendships(
    desk: Desk, lines: Iterable[str], on_progress: Callable[[float], None] = lambda _: None
) -> Imported:
    """Makes friends of the two people on each line, named by handle or number; who is not there yet is added.

    Whoever was added has no account and so says nothing; `on_progress` is told how much is done, from 0 to 1. It may be
    done again: what is there stays, also blocks between two people.
    """
    pairs, skipped = _pairs_in(lines)
    handles = sorted({handle for pair in pairs for handle in pair})
    ids: dict[str, UUID] = {}
    for some in _batches(handles):
        async with desk.work() as work:
            ids |= await people_under(work, some, lambda handle: uuid5(desk.who.tenant_id, f"friendships:{handle}"))
    done = 0
    for few in _batches(sorted(pairs), PAIRS_AT_ONCE):
        async with desk.work() as work:
            await _make_friends(work, [(ids[one], ids[other]) for one, other in few])
        done += len(few)
        on_progress(done / len(pairs))
    for people in _batches(sorted(set(ids.values()))):
        async with desk.work() as work:
            await set_counts(work, await counted_ties(work, people))
    async with desk.work() as work:
        work.note("social.ties.import", "friendships", after={"people": len(ids), "friendships": len(pairs)})
    return Imported(len(ids), len(pairs), skipped)


def _pairs_in(lines: Iterable[str]) -> tuple[set[Pair], int]:
    pairs: set[Pair] = set()
    skipped = 0
    for line in lines:
        words = _WORDS.split(line.strip())
        if words == [""] or words[0].startswith("#"):
            continue
        handles = sorted({_handle_of(word) for word in words})
        if len(words) == len(handles) == 2 and all(handles):  # noqa: PLR2004 - a friendship has two ends
            pairs.add((handles[0], handles[1]))
        else:
            skipped += 1
    return pairs, skipped


def _handle_of(word: str) -> str:
    handle = f"person_{int(word)}" if _NUMBER.fullmatch(word) else word.removeprefix("@").lower()
    return handle if is_handle(handle) else ""


def _batches(items: Sequence[Any], size: int = BATCH) -> Iterator[Sequence[Any]]:
    return (items[at : at + size] for at in range(0, len(items), size))


async def _make_friends(work: Work, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    ends = [end for one, other in pairs for end in ((one, other), (other, one))]
    tie = {**parts_of(Bond(friend="friends")), "at": {"friend": work.now}}
    try:
        await work.documents(TIES).insert_many([{"u": u, "v": v, **tie} for u, v in ends], ordered=False)
    except Duplicate:
        # Some of them were tied before; the others have been added.
        befriend = {"$set": {"friend": "friends", "at.friend": work.now}}
        strangers = {"friend": ne("friends"), "cut": ne(value=True)}
        await work.documents(TIES).bulk([UpdateOne({"u": u, "v": v, **strangers}, befriend) for u, v in ends])


async def _tell(view: View, person: Person) -> Told:
    """All but who has blocked them: that would tell more than the community does."""
    me = person.account_id
    theirs = view.documents(TIES).each({"u": me, "v": ne(me), "blocked": ne(value=True)})
    return Told([{"person": str(row["v"]), **{name: row.get(name) for name in _TOLD}} async for row in theirs])


async def _erase(work: Work, person: Person) -> int:
    """Each batch is a transaction of its own: whoever has many ties holds nobody else up."""
    me, number = person.account_id, 0
    while True:
        async with work.story() as documents:
            rows = await documents(TIES).find({"u": me}, limit=BATCH)
            if not rows:
                return number
            others = [row["v"] for row in rows]
            await add_counts(documents, {row["v"]: counts_moved(bond_in(row), Bond())[1] for row in rows})
            mirrors = DeleteMany({"u": one_of(others), "v": me})
            await documents(TIES).bulk([DeleteMany({"u": me, "v": one_of(others)}), mirrors])
        number += len(rows)


TIED = PersonalData(
    "social.ties",
    "Friends, followers, and whom somebody blocks or mutes",
    "Showing people what those say whom they know, and keeping others away.",
    "Nothing.",
    {
        "social.ties.u": "Whose tie it is.",
        "social.ties.v": "To whom, and what the two are to each other.",
    },
    _tell,
    _erase,
)

"""Who reads whom: people get the posts of those whom they follow, and of their friends; and who is there for whom."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import either, one_of
from fourfold.social.ties.documents import TIES
from fourfold.social.ties.queries import tie_in
from fourfold.social.ties.rules import MIRRORED
from fourfold.social.visibility.rules import Tie

BATCH = 1000
# Asked for one after the other, as each has a key of its own.
FRIENDS: dict[str, str] = {"friend": "friends"}
READ = ({"follow": "yes"}, FRIENDS)
READING = ({"followed": "yes"}, FRIENDS)


async def read_by(view: DocumentView, person: UUID) -> list[UUID]:
    """Those whose posts a person gets, also while they mute them."""
    found: dict[UUID, None] = {}
    for part in READ:
        rows = view.documents(TIES).each({"u": person, **part}, fields=["v"], batch=BATCH)
        found |= {row["v"]: None async for row in rows}
    return list(found)


async def number_read_by(view: DocumentView, person: UUID) -> int:
    """How many these are; friends whom they follow as well count twice."""
    return sum([await view.documents(TIES).count({"u": person, **part}) for part in READ])


async def readers_of(view: DocumentView, person: UUID) -> AsyncIterator[list[UUID]]:
    """Those who get a person's posts, a thousand at a time."""
    batch: list[UUID] = []
    for part in READING:
        async for row in view.documents(TIES).each({"u": person, **part}, fields=["v", "followed"], batch=BATCH):
            if part is FRIENDS and row.get("followed") == "yes":
                continue
            batch.append(row["v"])
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


async def number_of_readers(view: DocumentView, person: UUID, most: int) -> int:
    """How many these are, friends who follow them as well twice; counting stops at `most`."""
    return min(most, sum([await view.documents(TIES).count({"u": person, **part}, limit=most) for part in READING]))


async def readers_among(view: DocumentView, person: UUID, others: Collection[UUID]) -> set[UUID]:
    """Those among these who get a person's posts; they themselves do."""
    if not others:
        return set()
    wanted = {"u": person, "v": one_of(sorted(others)), **either({"followed": "yes"}, {"friend": "friends"})}
    found = {row["v"] async for row in view.documents(TIES).each(wanted, fields=["v"], batch=BATCH)}
    return found | ({person} & set(others))


async def cut_off_from(view: DocumentView, people: Iterable[UUID]) -> dict[UUID, frozenset[UUID]]:
    """For each of these people, those for whom they are not there."""
    wanted = sorted(set(people))
    found: dict[UUID, set[UUID]] = {person: set() for person in wanted}
    if wanted:
        cut = {"u": one_of(wanted), "cut": True}
        async for row in view.documents(TIES).each(cut, fields=["u", "v"], batch=BATCH):
            found[row["u"]].add(row["v"])
    return {person: frozenset(others) for person, others in found.items()}


async def ties_to(view: DocumentView, people: Iterable[UUID], viewers: Iterable[UUID]) -> dict[UUID, dict[UUID, Tie]]:
    """What each of these viewers is to these people; read from the other end, at which there are few."""
    found: defaultdict[UUID, dict[UUID, Tie]] = defaultdict(dict)
    wanted = {"u": one_of(sorted(set(people))), "v": one_of(sorted(set(viewers)))}
    async for row in view.documents(TIES).each(wanted, batch=BATCH):
        found[row["v"]][row["u"]] = _turned(tie_in(row))
    return found


async def muted_by(view: DocumentView, people: Collection[UUID]) -> dict[UUID, tuple[set[UUID], Mapping[str, Any]]]:
    """Whom each of these people mutes, and what else, as it is kept; those who mute nothing are left out."""
    found: dict[UUID, tuple[set[UUID], Mapping[str, Any]]] = {}
    if not people:
        return found
    wanted = {"u": one_of(sorted(people)), "mute": True}
    async for row in view.documents(TIES).each(wanted, fields=["u", "v", "muted"], batch=BATCH):
        others, muted = found.get(row["u"], (set(), {}))
        own = row["v"] == row["u"]
        found[row["u"]] = (others if own else {*others, row["v"]}, row["muted"] if own else muted)
    return found


def _turned(tie: Tie) -> Tie:
    """The tie as it is from its other end; whom that one mutes it does not tell."""
    return Tie(
        follow=tie.followed,
        followed=tie.follow,
        friend=MIRRORED.get(tie.friend, tie.friend),
        block=tie.blocked,
        blocked=tie.block,
    )

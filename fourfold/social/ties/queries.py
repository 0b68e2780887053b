"""Reads of ties."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import all_ops, lt, ne, not_one_of, one_of
from fourfold.ground.touched import things
from fourfold.ground.work import Work
from fourfold.social.ties.documents import TIES
from fourfold.social.ties.rules import Bond
from fourfold.social.visibility.rules import Tie

MOST_AT_ONCE = 10_000
Kind = Literal["followers", "following", "friends"]
# How each list of somebody's is kept in their ties.
KINDS: dict[Kind, tuple[str, str]] = {
    "followers": ("followed", "yes"),
    "following": ("follow", "yes"),
    "friends": ("friend", "friends"),
}
Waiting = Literal["sent", "received", "to follow"]
# Which part of a tie says that a request waits, and where its id stands.
WAITING: dict[Waiting, tuple[str, str, str]] = {
    "sent": ("friend", "asked", "request"),
    "received": ("friend", "asks", "request"),
    "to follow": ("followed", "asked", "followed_request"),
}


async def ties_of(view: DocumentView, u: UUID, others: Iterable[UUID]) -> dict[UUID, Tie]:
    """What one person is to these others; those to whom there never was a tie are left out."""
    wanted = sorted(set(others) - {u})
    if not wanted:
        return {}
    rows = await view.documents(TIES).find({"u": u, "v": one_of(wanted)}, limit=MOST_AT_ONCE)
    return {row["v"]: tie_in(row) for row in rows}


def things_of_ties(people: Iterable[UUID]) -> set[str]:
    """What is touched (`ground.touched`) with a change of what these people are to others."""
    return things(TIES, people)


async def ties_between(view: DocumentView, ones: Iterable[UUID], others: Iterable[UUID]) -> dict[UUID, list[Tie]]:
    """What each of these people is to each of the others; those who never had a tie to one of them are left out."""
    wanted = {"u": one_of(sorted(set(ones))), "v": one_of(sorted(set(others)))}
    ties: dict[UUID, list[Tie]] = {}
    for row in await view.documents(TIES).find(wanted, limit=MOST_AT_ONCE):
        ties.setdefault(row["u"], []).append(tie_in(row))
    return ties


async def ties_for_viewing(
    view: DocumentView, u: UUID, others: Iterable[UUID]
) -> tuple[dict[UUID, Tie], Mapping[str, Any] | None]:
    """What one person is to these others, to all whom they are cut off from, and to all whom they mute.

    And what else they have muted, as it is kept beside that.
    """
    found, muted = await ties_of(view, u, others), None
    # One after the other, as each has a key of its own.
    for apart in ({"cut": True}, {"mute": True}):
        wanted = {"u": u, **apart}
        rows = {row["v"]: row for row in await view.documents(TIES).find(wanted, limit=MOST_AT_ONCE)}
        if len(rows) == MOST_AT_ONCE:
            # Somebody whom ten thousand block must not see the next one.
            rows |= {row["v"]: row async for row in view.documents(TIES).each(wanted)}
        own = rows.pop(u, None)
        muted = own["muted"] if own else muted
        found |= {v: tie_in(row) for v, row in rows.items()}
    return found, muted


async def bond_between(view: DocumentView, u: UUID, v: UUID) -> Bond:
    """What one person is to another one, with the requests between them."""
    row = await view.documents(TIES).find_one({"u": u, "v": v})
    return bond_in(row) if row else Bond()


async def tie_with_request(
    view: DocumentView, u: UUID, field: Literal["request", "followed_request"], request_id: UUID
) -> dict[str, Any] | None:
    """The tie of a person's that a request belongs to."""
    return await view.documents(TIES).find_one({"u": u, field: request_id})


async def cut_between(
    view: DocumentView, people: Iterable[UUID], others: Iterable[UUID]
) -> frozenset[tuple[UUID, UUID]]:
    """Which of these people and of those others are cut off from each other, as pairs."""
    named, wanted = sorted(set(people)), sorted(set(others))
    if not named or not wanted:
        return frozenset()
    pairs = {"u": one_of(named), "v": one_of(wanted), "cut": True}
    rows = await view.documents(TIES).find(pairs, fields=["u", "v"], limit=MOST_AT_ONCE)
    return frozenset((row["u"], row["v"]) for row in rows)


async def tied_to(view: DocumentView, u: UUID, kind: Kind, behind: UUID | None, limit: int) -> list[UUID]:
    """A person's followers, those whom they follow, or their friends, behind one of them."""
    field, value = KINDS[kind]
    further = {} if behind is None else {"v": lt(behind)}
    rows = await view.documents(TIES).find({"u": u, field: value, **further}, fields=["v"], sort=["-v"], limit=limit)
    return [row["v"] for row in rows]


async def all_tied_to(view: DocumentView, u: UUID, kind: Kind) -> list[UUID]:
    """The same, all of them, in any order."""
    field, value = KINDS[kind]
    rows = await view.documents(TIES).find({"u": u, field: value}, fields=["v"], limit=MOST_AT_ONCE)
    if len(rows) == MOST_AT_ONCE:
        rows = [row async for row in view.documents(TIES).each({"u": u, field: value}, fields=["v"])]
    return [row["v"] for row in rows]


async def waiting_ties(
    view: DocumentView, u: UUID, waiting: Waiting, behind: UUID | None, limit: int
) -> list[dict[str, Any]]:
    """A person's ties in which such a request waits, the newest first, behind one of them."""
    field, value, request = WAITING[waiting]
    older = {} if behind is None else {request: lt(behind)}
    return await view.documents(TIES).find({"u": u, field: value, **older}, sort=[f"-{request}"], limit=limit)


async def set_apart(
    view: DocumentView, u: UUID, field: Literal["block", "mute"], behind: UUID | None, limit: int
) -> list[UUID]:
    """Whom a person blocks or mutes, behind one of them."""
    # Whoever mutes words or threads has a tie to themselves.
    others = {"v": ne(u) if behind is None else all_ops(ne(u), lt(behind))}
    # Of the two only `cut` has a key, and whoever is blocked is cut off.
    keyed = {"cut": True} if field == "block" else {}
    wanted = {"u": u, **keyed, field: True, **others}
    rows = await view.documents(TIES).find(wanted, fields=["v"], sort=["-v"], limit=limit)
    return [row["v"] for row in rows]


async def friends_in_common(
    view: DocumentView, through: Sequence[UUID], but: Iterable[UUID], limit: int
) -> list[tuple[UUID, int]]:
    """Friends of these people with how many of them they are friends of, the most first, without some others."""
    if not through:
        return []
    rows = await view.documents(TIES).aggregate(
        [
            {"$match": {"u": one_of(through), "friend": "friends", "v": not_one_of(sorted(set(but)))}},
            {"$group": {"_id": "$v", "number": {"$sum": 1}}},
            {"$sort": {"number": -1, "_id": 1}},
        ],
        limit=limit,
    )
    return [(row["_id"], row["number"]) for row in rows]


async def counted_ties(work: Work, people: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """How many followers, followed and friends each of these people has, counted anew."""
    counts = {person: dict.fromkeys(KINDS, 0) for person in people}
    for kind, (field, value) in KINDS.items():
        rows = await work.documents(TIES).aggregate(
            [{"$match": {"u": one_of(people), field: value}}, {"$group": {"_id": "$u", "number": {"$sum": 1}}}],
            limit=max(1, len(people)),
        )
        for row in rows:
            counts[row["_id"]][kind] = row["number"]
    return {person: {str(kind): number for kind, number in each.items()} for person, each in counts.items()}


def tie_in(row: dict[str, Any]) -> Tie:
    """A document as what is decided by."""
    return Tie(
        follow=row.get("follow", "no"),
        followed=row.get("followed", "no"),
        friend=row.get("friend", "no"),
        block=row.get("block", False),
        blocked=row.get("blocked", False),
        mute=row.get("mute", False),
    )


def bond_in(row: dict[str, Any]) -> Bond:
    """A document as what is changed."""
    return Bond(
        follow=row.get("follow", "no"),
        followed=row.get("followed", "no"),
        friend=row.get("friend", "no"),
        block=row.get("block", False),
        blocked=row.get("blocked", False),
        mute=row.get("mute", False),
        request=row.get("request"),
        follow_request=row.get("follow_request"),
        followed_request=row.get("followed_request"),
    )

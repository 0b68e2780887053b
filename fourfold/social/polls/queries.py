"""Reads of votes: one's own, numbers of them, and who is to hear how it ended; never who chose what."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import gt, one_of
from fourfold.ground.touched import things
from fourfold.ground.work import View
from fourfold.social.polls.documents import POLL_VOTES
from fourfold.social.polls.rules import MOST_CHOICES

MOST_AT_ONCE = 10_000


async def own_votes(view: DocumentView, posts: Collection[UUID], person: UUID) -> dict[UUID, list[UUID]]:
    """What a person has chosen in the polls of these posts."""
    wanted = {"post": one_of(sorted(posts)), "by": person}
    rows = await view.documents(POLL_VOTES).find(wanted, fields=["post", "choices"], limit=MOST_AT_ONCE)
    return {row["post"]: row["choices"] for row in rows}


async def own_vote(view: DocumentView, post_id: UUID, person: UUID) -> list[UUID] | None:
    """What a person has chosen in one poll; None when they have not voted."""
    return (await own_votes(view, [post_id], person)).get(post_id)


def things_of_votes(people: Iterable[UUID]) -> set[str]:
    """What is touched (`ground.touched`) with a change of what these people have voted."""
    return things(POLL_VOTES, people)


async def votes_counted(view: DocumentView, posts: Collection[UUID]) -> Mapping[UUID, Counter[str]]:
    """How many have chosen what in the polls of these posts; how many have voted stands under `voters`."""
    ours: Mapping[str, Any] = {"$match": {"post": one_of(sorted(posts))}}
    by_choice = {"$group": {"_id": {"post": "$post", "choice": "$choices"}, "number": {"$sum": 1}}}
    by_post = {"$group": {"_id": "$post", "number": {"$sum": 1}}}
    most = max(1, len(posts) * MOST_CHOICES)
    chosen = await view.documents(POLL_VOTES).aggregate([ours, {"$unwind": "$choices"}, by_choice], limit=most)
    voted = await view.documents(POLL_VOTES).aggregate([ours, by_post], limit=most)
    found: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
    for row in chosen:
        found[row["_id"]["post"]][str(row["_id"]["choice"])] = row["number"]
    for row in voted:
        found[row["_id"]]["voters"] = row["number"]
    return found


async def voters_after(view: DocumentView, post_id: UUID, after: UUID | None, limit: int) -> list[UUID]:
    """The next of those who have voted, by their ids."""
    further = {} if after is None else {"by": gt(after)}
    rows = await view.documents(POLL_VOTES).find({"post": post_id, **further}, fields=["by"], sort=["by"], limit=limit)
    return [row["by"] for row in rows]


async def votes_told(view: View, by: UUID) -> list[dict[str, Any]]:
    """All votes of a person, the oldest first, for themselves."""
    found = view.documents(POLL_VOTES).each({"by": by}, sort=["at", "_id"])
    return [
        {"post_id": str(row["post"]), "choice_ids": [str(each) for each in row["choices"]], "at": row["at"]}
        async for row in found
    ]

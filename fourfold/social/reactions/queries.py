"""Reads of reactions."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import either, lt, one_of
from fourfold.ground.work import View
from fourfold.social.reactions.documents import REACTIONS

MOST_AT_ONCE = 10_000
MOST_KINDS = 5


async def reactions_by(
    view: DocumentView, targets: Iterable[UUID], people: Iterable[UUID]
) -> list[tuple[UUID, UUID, str]]:
    """The reactions of these people on these targets: target, person and kind."""
    filter_ = {"target": one_of(sorted(set(targets))), "by": one_of(sorted(set(people)))}
    rows = await view.documents(REACTIONS).find(filter_, fields=["target", "by", "kind"], limit=MOST_AT_ONCE)
    return [(row["target"], row["by"], row["kind"]) for row in rows]


async def reactions_to(
    view: DocumentView, target: UUID, kind: str | None, position: list[Any] | None, limit: int
) -> list[dict[str, Any]]:
    """The reactions to a target, or those of a kind, the latest first."""
    wanted: dict[Any, Any] = {"target": target} if kind is None else {"target": target, "kind": kind}
    if position is not None:
        at, reaction_id = datetime.fromisoformat(position[0]), UUID(position[1])
        wanted |= either({"at": lt(at)}, {"at": at, "_id": lt(reaction_id)})
    return await view.documents(REACTIONS).find(wanted, sort=["-at", "-_id"], limit=limit)


async def reactions_counted(view: DocumentView, targets: Collection[UUID]) -> Mapping[UUID, Counter[str]]:
    """How many reactions of each kind there are to each of these targets."""
    stages: list[Mapping[str, Any]] = [
        {"$match": {"target": one_of(sorted(targets))}},
        {"$group": {"_id": {"target": "$target", "kind": "$kind"}, "number": {"$sum": 1}}},
    ]
    rows = await view.documents(REACTIONS).aggregate(stages, limit=max(1, MOST_KINDS * len(targets)))
    found: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
    for row in rows:
        found[row["_id"]["target"]][row["_id"]["kind"]] = row["number"]
    return found


async def reactions_told(view: View, by: UUID) -> list[dict[str, Any]]:
    """All reactions of a person, the oldest first, for themselves."""
    found = view.documents(REACTIONS).each({"by": by}, sort=["at", "_id"])
    return [
        {"to": row["target_kind"], "id": str(row["target"]), "kind": row["kind"], "at": row["at"]}
        async for row in found
    ]

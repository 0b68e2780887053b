"""Reads of reports: only for those who decide on them, and of what is theirs for those who have made them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import all_ops, lt, ne, one_of
from fourfold.ground.work import View
from fourfold.social.reports.documents import REPORTS

MOST_AT_ONCE = 1_000
Document = dict[str, Any]


async def report_by(view: DocumentView, by: UUID, kind: str, target: UUID) -> Document | None:
    """What somebody has reported of a thing."""
    return await view.documents(REPORTS).find_one({"by": by, "kind": kind, "target": target})


async def report_for(view: DocumentView, report_id: UUID) -> Document | None:
    """One report, unless it is about the caller: who has made it is not for them, whoever they are."""
    return await view.documents(REPORTS).find_one({"_id": report_id, "about": ne(view.who.account_id)})


async def reports_like(
    view: DocumentView, wanted: Mapping[str, Any], behind: UUID | None, limit: int
) -> list[Document]:
    """Reports of this kind and state, the latest first, behind one of them; none that are about the caller."""
    older = {} if behind is None else {"_id": lt(behind)}
    others = ne(view.who.account_id)
    about = {"about": all_ops(others, one_of([wanted["about"]])) if "about" in wanted else others}
    return await view.documents(REPORTS).find({**wanted, **about, **older}, sort=["-_id"], limit=limit)


async def reporters_of(view: DocumentView, targets: Iterable[UUID]) -> dict[UUID, int]:
    """By how many people each of these things is reported: each of them counts once."""
    named: Sequence[UUID] = sorted(set(targets))
    if not named:
        return {}
    stages: list[Mapping[str, Any]] = [
        {"$match": {"kind": one_of(["person", "post", "comment", "message"]), "target": one_of(named)}},
        {"$group": {"_id": "$target", "number": {"$sum": 1}}},
    ]
    rows = await view.documents(REPORTS).aggregate(stages, limit=len(named))
    return {row["_id"]: row["number"] for row in rows}


async def reports_told(view: View, by: UUID) -> list[Document]:
    """What somebody has reported, the oldest first, for themselves: not what others have said."""
    fields = ["kind", "target", "reason", "text", "at"]
    found = view.documents(REPORTS).each({"by": by}, fields=fields, sort=["_id"])
    return [
        {"kind": row["kind"], "id": str(row["target"]), "reason": row["reason"], "text": row["text"], "at": row["at"]}
        async for row in found
    ]

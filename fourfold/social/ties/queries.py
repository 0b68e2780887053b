"""Reads of ties."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import either, one_of
from fourfold.social.ties.documents import TIES
from fourfold.social.visibility.rules import Tie

MOST_AT_ONCE = 10_000


async def ties_of(view: DocumentView, u: UUID, others: Iterable[UUID]) -> dict[UUID, Tie]:
    """What one person is to these others; those to whom there never was a tie are left out."""
    wanted = sorted(set(others) - {u})
    if not wanted:
        return {}
    rows = await view.documents(TIES).find({"u": u, "v": one_of(wanted)}, limit=MOST_AT_ONCE)
    return {row["v"]: tie_in(row) for row in rows}


async def ties_for_viewing(view: DocumentView, u: UUID, others: Iterable[UUID]) -> dict[UUID, Tie]:
    """What one person is to these others, to all whom they are cut off from, and to all whom they mute."""
    wanted = {"u": u, **either({"cut": True}, {"mute": True}, {"v": one_of(sorted(set(others) - {u}))})}
    rows = await view.documents(TIES).find(wanted, limit=MOST_AT_ONCE)
    found = {row["v"]: tie_in(row) for row in rows}
    if len(rows) == MOST_AT_ONCE:
        # Somebody whom ten thousand block must not see the next one.
        found |= {row["v"]: tie_in(row) async for row in view.documents(TIES).each(wanted)}
    return found


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

"""Reads of pictures and videos; who may see them, the visibility room decides."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import ne, one_of
from fourfold.ground.touched import things
from fourfold.ground.work import View
from fourfold.social.media.documents import MEDIA

MOST_AT_ONCE = 10_000
_TOLD = ["kind", "state", "alt", "width", "height", "seconds", "posts", "created_at"]


async def media_by_id(view: DocumentView, file_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Those of these files that are pictures and videos of posts; not those that are going."""
    if not file_ids:
        return {}
    wanted = {"_id": one_of(sorted(file_ids)), "state": ne("gone")}
    rows = await view.documents(MEDIA).find(wanted, limit=MOST_AT_ONCE)
    return {row["_id"]: row for row in rows}


def things_of_media(file_ids: Iterable[UUID]) -> set[str]:
    """What is touched (`ground.touched`) with a change of these pictures and videos."""
    return things(MEDIA, file_ids)


async def medium_with_id(view: DocumentView, file_id: UUID) -> dict[str, Any] | None:
    """One picture or video, if there is one."""
    return (await media_by_id(view, [file_id])).get(file_id)


async def media_told(view: View, by: UUID) -> list[dict[str, Any]]:
    """All that a person has for posts of theirs, the oldest first, for themselves; the files are told of as files."""
    found = view.documents(MEDIA).each({"by": by, "state": ne("gone")}, fields=_TOLD, sort=["_id"])
    return [
        {"file_id": str(row.pop("_id")), "posts": [str(each) for each in row.pop("posts")], **row}
        async for row in found
    ]

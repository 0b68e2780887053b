"""Reads of what people have muted."""

from typing import Any, Literal
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import either, gt, lt
from fourfold.ground.work import View
from fourfold.social.mutes.documents import MUTES

Document = dict[str, Any]
Kind = Literal["word", "thread"]
MOST: dict[Kind, int] = {"word": 200, "thread": 500}


async def muted_page(view: DocumentView, by: UUID, kind: Kind, behind: UUID | None, limit: int) -> list[Document]:
    """What somebody has muted and what has not ended, the latest first, behind one of them."""
    older = {} if behind is None else {"_id": lt(behind)}
    lasting = either({"until": None}, {"until": gt(view.now)})
    wanted = {"by": by, "kind": kind, **lasting, **older}
    return await view.documents(MUTES).find(wanted, sort=["-_id"], limit=limit)


async def muted_word(view: DocumentView, by: UUID, word_id: UUID) -> Document | None:
    """One word of somebody's."""
    return await view.documents(MUTES).find_one({"_id": word_id, "by": by, "kind": "word"})


async def muted_told(view: View, by: UUID) -> list[Document]:
    """All that somebody has muted beside people, the oldest first, for themselves."""
    return [
        {"text": row["text"], "places": row["places"], "until": row["until"], "at": row["at"]}
        if row["kind"] == "word"
        else {"post_id": row["what"], "at": row["at"]}
        async for row in view.documents(MUTES).each({"by": by}, sort=["_id"])
    ]

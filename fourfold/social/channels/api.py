"""Ways in to channels: what was missed."""

from typing import Annotated

from fastapi import Query

from fourfold.ground.answers import problems
from fourfold.ground.document_work import DocumentView
from fourfold.ground.door import may, room_router
from fourfold.ground.refusals import FieldError, Invalid
from fourfold.social.channels.rules import cursors_asked
from fourfold.social.channels.shapes import SyncShape
from fourfold.social.channels.sync import missed

MOST_AT_ONCE = 50

router = room_router("/v1/social", "live")


@router.get("/sync", summary="Read what was missed", responses=problems(401, 403))
async def sync_here(
    view: Annotated[DocumentView, may("social:live:read", opens=DocumentView)],
    cursors: Annotated[
        list[str] | None,
        Query(
            max_length=MOST_AT_ONCE,
            description="Channels with the last number that was got of each: one JSON object, or `channel:number` again"
            " and again.",
            examples=[["post:01890a5d-ac96-774b-bcce-b302099a8057:41"]],
        ),
    ] = None,
) -> SyncShape:
    """All that has happened behind these numbers on the caller's own channel and on those that are named.

    Without numbers it says where the caller's own channel is. A channel that is not for the caller is told of as one
    that was missed too long.
    """
    asked = cursors_asked(cursors or [])
    if asked is None or len(asked) > MOST_AT_ONCE:
        wrong = f"Name at most {MOST_AT_ONCE} channels, each with a number."
        raise Invalid(wrong, errors=[FieldError("cursors", wrong)])
    return await missed(view, asked)

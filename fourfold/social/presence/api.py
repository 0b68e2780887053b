"""Ways in to presence."""

from typing import Annotated

from fourfold.ground.answers import problems
from fourfold.ground.document_work import DocumentView
from fourfold.ground.door import may, room_router
from fourfold.social.presence.shapes import PresenceShape
from fourfold.social.presence.watch import presence_for

router = room_router("/v1/social", "live")


@router.get("/people/{handle}/presence", summary="See whether somebody is here", responses=problems(401, 403, 404))
async def see_presence_here(
    handle: str, view: Annotated[DocumentView, may("social:people:read", opens=DocumentView)]
) -> PresenceShape:
    """Whether a person is connected at the moment; offline as well when they do not let the caller know."""
    return await presence_for(view, handle)

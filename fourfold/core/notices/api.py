"""Ways in to notices: the development inboxes."""

from typing import Annotated
from uuid import UUID

from fourfold.core.notices import queries
from fourfold.core.notices.shapes import MailShape, TextShape
from fourfold.ground.answers import problems
from fourfold.ground.door import public, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import View

router = room_router("/v1/core", "notices")


@router.get("/outbox-mail", summary="Read the development inbox", responses=problems(404))
async def inbox_here(
    view: Annotated[View, public(opens=View)], limit: Limit = 50, cursor: Cursor = None
) -> Page[MailShape]:
    """The mails of this tenant, newest first, for whoever reaches this machine. There is no such list in production."""
    if not view.house.settings.development:
        raise NotFound
    position = position_of(view, "mails", cursor)
    rows = await queries.mails_page(view.db, UUID(position[0]) if position else None, limit + 1)
    items = [MailShape.of(row) for row in rows[:limit]]
    return Page(items=items, next=cursor_for(view, "mails", [str(items[-1].id)]) if len(rows) > limit else None)


@router.get("/outbox-sms", summary="Read the development inbox of text messages", responses=problems(404))
async def texts_here(
    view: Annotated[View, public(opens=View)], limit: Limit = 50, cursor: Cursor = None
) -> Page[TextShape]:
    """The text messages of this tenant, newest first. There is no such list in production."""
    if not view.house.settings.development:
        raise NotFound
    position = position_of(view, "texts", cursor)
    rows = await queries.texts_page(view.db, UUID(position[0]) if position else None, limit + 1)
    items = [TextShape.of(row) for row in rows[:limit]]
    return Page(items=items, next=cursor_for(view, "texts", [str(items[-1].id)]) if len(rows) > limit else None)

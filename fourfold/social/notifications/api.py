"""Ways in to notifications: the list, its badge, what was seen and read, and what somebody wants to be told."""

from typing import Annotated
from uuid import UUID

from fourfold.ground.answers import problems
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Cursor, Limit
from fourfold.social.notifications.queries import state_of
from fourfold.social.notifications.see import (
    ChoosePreferences,
    UpTo,
    choose_preferences,
    mark_all_read,
    mark_read,
    mark_seen,
)
from fourfold.social.notifications.shapes import BadgeShape, NotificationsPage, PreferencesShape
from fourfold.social.notifications.show import badge_of, notifications_page

router = room_router("/v1/social", "notifications")

Looking = Annotated[DocumentView, may("social:notifications:read", opens=DocumentView)]
Marking = Annotated[DocumentWork, may("social:notifications:write", opens=DocumentWork)]


@router.get("/notifications", summary="List notifications", responses=problems(401, 403))
async def list_notifications_here(view: Looking, limit: Limit = 20, cursor: Cursor = None) -> NotificationsPage:
    """What others have done that concerns the caller, the latest first, and how much of it is new.

    Reactions, reposts and new followers of one day are one line; what others write has a line of its own.
    """
    return await notifications_page(view, cursor, limit)


@router.get("/notifications/unread", summary="Show the badge", responses=problems(401, 403))
async def show_badge_here(view: Looking) -> BadgeShape:
    """How many lines of the list are new: always as many as the list shows."""
    return await badge_of(view)


@router.post("/notifications/seen", summary="Mark notifications as seen", responses=problems(401, 403))
async def mark_seen_here(ask: UpTo, work: Marking) -> BadgeShape:
    """Takes all up to a number off the badge, on all devices; what came later stays new."""
    await mark_seen(work, ask)
    return await badge_of(work)


@router.post("/notifications/read", status_code=204, summary="Mark all as read", responses=problems(401, 403))
async def mark_all_read_here(ask: UpTo, work: Marking) -> None:
    """Counts all up to a number as read."""
    await mark_all_read(work, ask)


@router.post(
    "/notifications/{notification_id}/read",
    status_code=204,
    summary="Mark a notification as read",
    responses=problems(401, 403, 404),
)
async def mark_read_here(notification_id: UUID, work: Marking) -> None:
    """Counts one as read; when somebody else does the same later, it is not read again."""
    await mark_read(work, notification_id)


@router.get("/notifications/preferences", summary="Show what is told where", responses=problems(401, 403))
async def show_preferences_here(view: Looking) -> PreferencesShape:
    """On which ways the caller is told of each kind."""
    return PreferencesShape.of((await state_of(view, view.who.account)).chosen)


@router.patch("/notifications/preferences", summary="Choose what is told where", responses=problems(401, 403))
async def choose_preferences_here(ask: ChoosePreferences, work: Marking) -> PreferencesShape:
    """Chooses on which ways the caller is told of which kinds; what is turned off in the app is not counted either."""
    await choose_preferences(work, ask)
    return PreferencesShape.of((await state_of(work, work.who.account)).chosen)

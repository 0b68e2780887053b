"""Ways in to notices: what became of mails, addresses that get none, and the development inboxes."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query

from fourfold.core.notices import queries
from fourfold.core.notices.shapes import DeliveryShape, MailShape, SuppressionShape, TextShape
from fourfold.core.notices.suppress import Suppress, allow_again, retry_mail, suppress
from fourfold.ground.answers import problems
from fourfold.ground.door import may, public, room_router
from fourfold.ground.emails import plain_address
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import View, Work

router = room_router("/v1/core", "notices")
Status = Annotated[Literal["queued", "sent", "failed", "suppressed"] | None, Query()]
Address = Annotated[str | None, Query(max_length=254, description="Only this address.", examples=["ada@demo.test"])]


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


@router.get("/mails", summary="List mails and their delivery", responses=problems(401, 403))
async def mails_here(
    view: Annotated[View, may("core:mails:read", opens=View)],
    status: Status = None,
    to: Address = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[DeliveryShape]:
    """What became of each mail, newest first: attempts, and the last error. What they say is not shown."""
    position = position_of(view, "deliveries", cursor)
    address, after = plain_address(to) if to else None, UUID(position[0]) if position else None
    rows = await queries.log_page(view.db, status, address, after, limit + 1)
    items = [DeliveryShape.of(row) for row in rows[:limit]]
    more = cursor_for(view, "deliveries", [str(items[-1].id)]) if len(rows) > limit else None
    return Page(items=items, next=more)


@router.post("/mails/{mail_id}/retry", summary="Send a mail again", responses=problems(401, 403, 404, 409))
async def retry_mail_here(mail_id: UUID, work: Annotated[Work, may("core:mails:write")]) -> DeliveryShape:
    """Has a mail that was given up or held back tried again."""
    return DeliveryShape.of(await retry_mail(work, mail_id))


@router.get("/suppressions", summary="List addresses that get no mail", responses=problems(401, 403))
async def suppressions_here(
    view: Annotated[View, may("core:suppressions:read", opens=View)],
    address: Address = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[SuppressionShape]:
    """Addresses that bounced, complained, were refused again and again, or asked for no mail; the last first."""
    position = position_of(view, "suppressions", cursor)
    wanted, after = plain_address(address) if address else None, UUID(position[0]) if position else None
    rows = await queries.suppressions_page(view.db, wanted, after, limit + 1)
    items = [SuppressionShape.of(row) for row in rows[:limit]]
    more = cursor_for(view, "suppressions", [str(items[-1].id)]) if len(rows) > limit else None
    return Page(items=items, next=more)


@router.post("/suppressions", status_code=201, summary="Send an address no mail", responses=problems(401, 403, 409))
async def suppress_here(ask: Suppress, work: Annotated[Work, may("core:suppressions:write")]) -> SuppressionShape:
    """Holds back all mails to the address from now on, also those that wait to be sent."""
    return SuppressionShape.of(await suppress(work, ask))


@router.delete(
    "/suppressions/{suppression_id}",
    status_code=204,
    summary="Send an address mail again",
    responses=problems(401, 403, 404),
)
async def allow_again_here(suppression_id: UUID, work: Annotated[Work, may("core:suppressions:write")]) -> None:
    """Takes the address off the list; mails that were held back can be sent again one by one."""
    await allow_again(work, suppression_id)

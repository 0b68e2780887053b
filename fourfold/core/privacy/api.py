"""Ways in to privacy: consents, the export and the erasure of personal data, and the map of what is kept."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from fourfold.core.accounts.lockout import device_of
from fourfold.core.privacy import queries
from fourfold.core.privacy.consents import GiveConsent, say_consent
from fourfold.core.privacy.erase import EraseMe, erase_me, start_erasure
from fourfold.core.privacy.export import request_of, start_export, stored_export
from fourfold.core.privacy.shapes import ConsentShape, DataMapShape, PersonalDataShape, PersonalRequestShape
from fourfold.ground.answers import problems
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.work import Desk, View, Work

router = room_router("/v1/core", "privacy")

ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        "description": "The file.",
    }
}


@router.post("/me/consents", status_code=201, summary="Agree or withdraw", responses=problems(401, 403))
async def say_consent_here(ask: GiveConsent, work: Annotated[Work, may("core:me:write")]) -> ConsentShape:
    """Adds what the caller says about a purpose; what was said before stays on record."""
    return await say_consent(work, ask)


@router.get("/me/consents", summary="What I agree to", responses=problems(401, 403))
async def my_consents_here(view: Annotated[View, may("core:me:read", opens=View)]) -> Page[ConsentShape]:
    """What holds for each purpose now."""
    rows = await queries.consents_of(view.db, view.who.account)
    return Page(items=[ConsentShape.of(row) for row in rows], next=None)


@router.get("/me/consents/history", summary="What I ever agreed to", responses=problems(401, 403))
async def my_history_here(
    view: Annotated[View, may("core:me:read", opens=View)], limit: Limit = 20, cursor: Cursor = None
) -> Page[ConsentShape]:
    """All that the caller has said, the newest first."""
    position = position_of(view, "consents", cursor)
    rows = await queries.consent_history(view.db, view.who.account, UUID(position[0]) if position else None, limit + 1)
    items = [ConsentShape.of(row) for row in rows[:limit]]
    more = cursor_for(view, "consents", [str(items[-1].id)]) if len(rows) > limit else None
    return Page(items=items, next=more)


@router.post("/me/exports", status_code=202, summary="Export my data", responses=problems(401, 403))
async def export_me_here(work: Annotated[Work, may("core:me:write")], response: Response) -> PersonalRequestShape:
    """Has all that is known of the caller put into one zip file: JSON, and the caller's files."""
    export = await start_export(work)
    response.headers["Location"] = f"/v1/core/me/exports/{export.id}"
    return export


@router.get("/me/exports", summary="List my exports", responses=problems(401, 403))
async def my_exports_here(
    view: Annotated[View, may("core:me:read", opens=View)], limit: Limit = 20, cursor: Cursor = None
) -> Page[PersonalRequestShape]:
    """What the caller has asked for, the newest first."""
    position = position_of(view, "personal", cursor)
    rows = await queries.requests_of(view.db, view.who.account, UUID(position[0]) if position else None, limit + 1)
    items = [PersonalRequestShape.of(row) for row in rows[:limit]]
    more = cursor_for(view, "personal", [str(items[-1].id)]) if len(rows) > limit else None
    return Page(items=items, next=more)


@router.get("/me/exports/{request_id}", summary="Look at my export", responses=problems(401, 403, 404))
async def my_export_here(
    request_id: UUID, view: Annotated[View, may("core:me:read", opens=View)]
) -> PersonalRequestShape:
    """How far it is."""
    return await request_of(view, request_id)


@router.get(
    "/me/exports/{request_id}/content",
    summary="Download my data",
    response_class=StreamingResponse,
    responses={**problems(401, 403, 404, 409), **ZIP},
)
async def download_me_here(
    request_id: UUID, desk: Annotated[Desk, may("core:me:read", opens=Desk)]
) -> StreamingResponse:
    """The zip file."""
    async with desk.view() as view:
        key, size, sha256 = await stored_export(view, request_id)

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in desk.house.storage.stream(desk.who.tenant_id, key):
            yield chunk

    headers = {
        "Content-Length": str(size),
        "Content-Disposition": f'attachment; filename="my-data-{request_id}.zip"',
        "ETag": f'"{sha256}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(chunks(), media_type="application/zip", headers=headers)


@router.post("/me/erasure", status_code=202, summary="Forget me", responses=problems(401, 403, 404, 409))
async def erase_me_here(
    ask: EraseMe, request: Request, desk: Annotated[Desk, may("core:me:write", opens=Desk, rate="sign_in")]
) -> PersonalRequestShape:
    """Signs the caller out everywhere and has all that tells who they are erased. It cannot be undone.

    Wrong passwords count as they do at signing in.
    """
    return await erase_me(desk, ask, device_of(request))


@router.post(
    "/accounts/{account_id}/erasure", status_code=202, summary="Forget a person", responses=problems(401, 403, 404, 409)
)
async def erase_account_here(
    account_id: UUID, work: Annotated[Work, may("core:privacy:write")]
) -> PersonalRequestShape:
    """As the person could; asked again, it answers with the certificate."""
    return await start_erasure(work, account_id)


@router.get("/privacy/data-map", summary="What is kept of people", responses=problems(401, 403))
async def data_map_here(view: Annotated[View, may("core:privacy:read", opens=View)]) -> DataMapShape:
    """Every kind of personal data: where it lies, what for, and what stays after an erasure."""
    return DataMapShape(items=[PersonalDataShape.of(data) for data in view.house.personal])

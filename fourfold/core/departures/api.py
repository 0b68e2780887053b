"""Ways in to departures: exports of everything, and the deletion of a tenant, by its owner or by operators."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.accounts.lockout import device_of
from fourfold.core.departures import queries
from fourfold.core.departures.delete import (
    CancelDeletion,
    DeleteTenant,
    NothingToCancel,
    call_off,
    cancel_deletion,
    delete_tenant,
    start_deletion,
)
from fourfold.core.departures.export import NoSuchExport, start_export, stored_export
from fourfold.core.departures.shapes import DeletionShape, ExportShape, StartedDeletionShape
from fourfold.core.operators.manage import NoSuchTenant, must_operate
from fourfold.core.tenants.queries import tenant_with_id
from fourfold.ground.answers import problems
from fourfold.ground.door import may, open_to_all, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.refusals import NotFound
from fourfold.ground.who import Who
from fourfold.ground.work import Desk, View, Work, begin

router = room_router("/v1/core", "departures")

ZIP: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        "description": "The file.",
    }
}


class NoSuchDeletion(NotFound):
    """404: the tenant is not being deleted, and was not."""

    code = "core.no_such_deletion"


class DeleteByOperator(BaseModel):
    """How long the deletion can be cancelled; the setting's time when nothing is said."""

    model_config = ConfigDict(extra="forbid")
    grace_days: int | None = Field(None, ge=0, le=365, strict=True, examples=[30])


@router.post("/tenant-exports", status_code=202, summary="Export everything", responses=problems(401, 403))
async def start_export_here(
    work: Annotated[Work, may("core:exports:write", rate="costly")], response: Response
) -> ExportShape:
    """Has one zip file made of all rows and files of the tenant, with a manifest; secrets are left out."""
    export = await start_export(work)
    response.headers["Location"] = f"/v1/core/tenant-exports/{export.id}"
    return export


@router.get("/tenant-exports", summary="List exports", responses=problems(401, 403))
async def list_exports_here(
    view: Annotated[View, may("core:exports:read", opens=View)], limit: Limit = 20, cursor: Cursor = None
) -> Page[ExportShape]:
    """The tenant's exports, the newest first."""
    position = position_of(view, "exports", cursor)
    rows = await queries.exports_of_tenant(view.db, UUID(position[0]) if position else None, limit + 1)
    items = [ExportShape.of(row) for row in rows[:limit]]
    more = cursor_for(view, "exports", [str(items[-1].id)]) if len(rows) > limit else None
    return Page(items=items, next=more)


@router.get("/tenant-exports/{export_id}", summary="Look at an export", responses=problems(401, 403, 404))
async def read_export_here(export_id: UUID, view: Annotated[View, may("core:exports:read", opens=View)]) -> ExportShape:
    """How far an export is, and what its bytes add up to."""
    row = await queries.export_with_id(view.db, export_id)
    if row is None:
        raise NoSuchExport
    return ExportShape.of(row)


@router.get(
    "/tenant-exports/{export_id}/content",
    summary="Download an export",
    response_class=StreamingResponse,
    responses={**problems(401, 403, 404, 409), **ZIP},
)
async def download_export_here(
    export_id: UUID, desk: Annotated[Desk, may("core:exports:read", opens=Desk, rate="costly")]
) -> StreamingResponse:
    """The zip file."""
    async with desk.view() as view:
        key, size, sha256 = await stored_export(view, export_id)

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in desk.house.storage.stream(desk.who.tenant_id, key):
            yield chunk

    headers = {
        "Content-Length": str(size),
        "Content-Disposition": f'attachment; filename="{desk.who.tenant_slug}-{export_id}.zip"',
        "ETag": f'"{sha256}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(chunks(), media_type="application/zip", headers=headers)


@router.post("/tenant-deletions", status_code=202, summary="Delete the tenant", responses=problems(401, 403, 409))
async def delete_tenant_here(
    ask: DeleteTenant, request: Request, desk: Annotated[Desk, may("core:deletions:write", opens=Desk, rate="sign_in")]
) -> StartedDeletionShape:
    """Stops serving the tenant now, and deletes all that it has after the grace period. Cancel it with the token.

    Wrong passwords count as they do at signing in.
    """
    return await delete_tenant(desk, ask, device_of(request))


@router.post("/tenant-deletions/cancel", status_code=204, summary="Cancel a deletion", responses=problems(400))
@open_to_all()
async def cancel_deletion_here(ask: CancelDeletion, request: Request) -> None:
    """Serves the tenant again, while its deletion is not due."""
    await cancel_deletion(request.app.state.house, ask)


@router.post(
    "/operator/tenants/{tenant_id}/deletion",
    status_code=202,
    summary="Delete a tenant",
    responses=problems(401, 403, 404, 409),
)
async def delete_by_operator_here(
    tenant_id: UUID, ask: DeleteByOperator, desk: Annotated[Desk, may("core:operator:write", opens=Desk)]
) -> StartedDeletionShape:
    """As the owner would, and with another grace period if wanted."""
    must_operate(desk)
    async with desk.work() as work:
        tenant = await tenant_with_id(work.db, tenant_id)
        work.note("core.operator.delete_tenant", f"tenant:{tenant_id}", after={"grace_days": ask.grace_days})
    if tenant is None:
        raise NoSuchTenant
    async with begin(desk.house, Who.system(tenant_id, tenant["slug"])) as work:
        return await start_deletion(work, tenant["slug"], ask.grace_days, by=f"operator:{desk.who.account}")


@router.get(
    "/operator/tenants/{tenant_id}/deletion", summary="Look at a tenant's deletion", responses=problems(401, 403, 404)
)
async def read_deletion_here(
    tenant_id: UUID, view: Annotated[View, may("core:operator:read", opens=View)]
) -> DeletionShape:
    """When it is due, or the signed receipt of what was deleted."""
    must_operate(view)
    row = await queries.deletion_of_tenant(view.db, tenant_id)
    if row is None:
        raise NoSuchDeletion
    return DeletionShape.of(row)


@router.delete(
    "/operator/tenants/{tenant_id}/deletion",
    status_code=204,
    summary="Cancel a tenant's deletion",
    responses=problems(400, 401, 403, 404),
)
async def call_off_here(tenant_id: UUID, desk: Annotated[Desk, may("core:operator:write", opens=Desk)]) -> None:
    """Serves the tenant again, while its deletion is not due."""
    must_operate(desk)
    async with desk.work() as work:
        row = await queries.deletion_of_tenant(work.db, tenant_id)
        work.note("core.operator.keep_tenant", f"tenant:{tenant_id}")
    if row is None:
        raise NoSuchDeletion
    if row["done_at"] is not None:
        raise NothingToCancel
    async with begin(desk.house, Who.system(tenant_id)) as work:
        await call_off(work, row["id"])

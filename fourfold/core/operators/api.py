"""Ways in for operators: the list of tenants with their usage, suspending and resuming, plans, shared settings."""

from typing import Annotated, Literal
from uuid import UUID

import asyncpg
from fastapi import Query

from fourfold.core.operators import queries
from fourfold.core.operators.manage import (
    ChangePlan,
    NoSuchTenant,
    Suspend,
    change_plan,
    must_operate,
    resume_tenant,
    suspend_tenant,
)  # fmt: skip
from fourfold.core.operators.shapes import ManagedTenantShape
from fourfold.core.settings.change import ChangeSharedSettings, change_shared_settings
from fourfold.core.settings.queries import shared_settings
from fourfold.core.settings.shapes import SharedSettingsShape
from fourfold.ground.answers import problems
from fourfold.ground.db import transaction
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.work import Desk, View, Work

router = room_router("/v1/core/operator", "operators")

Status = Literal["active", "suspended", "deleting", "erasing", "deleted"]
Scope = Annotated[str, Query(max_length=70, pattern=r"^(platform|plan:[a-z][a-z0-9_-]{0,62})$", examples=["platform"])]


async def _with_usage(desk: Desk, row: asyncpg.Record) -> ManagedTenantShape:
    async with transaction(desk.house.pool, row["id"], read_only=True) as db:
        return ManagedTenantShape.of(row, await queries.usage_of_tenant(db, desk.now))


@router.get("/tenants", summary="List all tenants", responses=problems(401, 403))
async def list_tenants_here(
    desk: Annotated[Desk, may("core:operator:read", opens=Desk)],
    status: Annotated[Status | None, Query(description="Only those in this status.")] = None,
    plan: Annotated[str | None, Query(max_length=63, description="Only those with this plan.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ManagedTenantShape]:
    """The tenants of this deployment with their status, plan and usage."""
    must_operate(desk)
    async with desk.view() as view:
        position = position_of(view, "tenants", cursor)
        rows = await queries.tenants_page(view.db, UUID(position[0]) if position else None, status, plan, limit + 1)
        more = cursor_for(view, "tenants", [str(rows[limit - 1]["id"])]) if len(rows) > limit else None
    return Page(items=[await _with_usage(desk, row) for row in rows[:limit]], next=more)


@router.get("/tenants/{tenant_id}", summary="Look at a tenant", responses=problems(401, 403, 404))
async def read_tenant_here(
    tenant_id: UUID, desk: Annotated[Desk, may("core:operator:read", opens=Desk)]
) -> ManagedTenantShape:
    """One tenant with its status, plan and usage."""
    must_operate(desk)
    async with desk.view() as view:
        row = await queries.tenant_in_full(view.db, tenant_id)
    if row is None:
        raise NoSuchTenant
    return await _with_usage(desk, row)


@router.post(
    "/tenants/{tenant_id}/suspend", status_code=204, summary="Suspend a tenant", responses=problems(401, 403, 404, 409)
)
async def suspend_here(tenant_id: UUID, ask: Suspend, work: Annotated[Work, may("core:operator:write")]) -> None:
    """Refuses the tenant's requests with `tenant_suspended` within a second, and pauses its jobs and deliveries."""
    await suspend_tenant(work, tenant_id, ask.reason)


@router.post(
    "/tenants/{tenant_id}/resume", status_code=204, summary="Resume a tenant", responses=problems(401, 403, 404, 409)
)
async def resume_here(tenant_id: UUID, work: Annotated[Work, may("core:operator:write")]) -> None:
    """Serves a suspended tenant again; what has waited is done now."""
    await resume_tenant(work, tenant_id)


@router.put(
    "/tenants/{tenant_id}/plan",
    status_code=204,
    summary="Change a tenant's plan",
    responses=problems(401, 403, 404, 409),
)
async def change_plan_here(tenant_id: UUID, ask: ChangePlan, work: Annotated[Work, may("core:operator:write")]) -> None:
    """Gives the tenant another plan; its settings and limits hold at once."""
    await change_plan(work, tenant_id, ask.plan)


@router.get("/settings", summary="Read shared settings", responses=problems(401, 403))
async def read_shared_here(
    view: Annotated[View, may("core:operator:read", opens=View)], scope: Scope = "platform"
) -> SharedSettingsShape:
    """What is set for the platform, or for all tenants of a plan."""
    must_operate(view)
    return SharedSettingsShape(scope=scope, values=await shared_settings(view.db, scope))


@router.patch("/settings", summary="Change shared settings", responses=problems(401, 403))
async def change_shared_here(
    ask: ChangeSharedSettings, work: Annotated[Work, may("core:operator:write")]
) -> SharedSettingsShape:
    """Sets values for the platform, or for all tenants of a plan; null takes a value away."""
    must_operate(work)
    return SharedSettingsShape(scope=ask.scope, values=await change_shared_settings(work, ask))

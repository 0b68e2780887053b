"""Ways in to tenants: a company opens one."""

from fastapi import Request

from fourfold.core.tenants.open import OpenTenant, open_tenant
from fourfold.core.tenants.shapes import TenantShape
from fourfold.ground.answers import problems
from fourfold.ground.door import open_to_all, room_router

router = room_router("/v1/core", "tenants")


@router.post("/tenants", status_code=201, summary="Open a tenant", responses=problems(409))
@open_to_all()
async def open_tenant_here(ask: OpenTenant, request: Request) -> TenantShape:
    """Opens a tenant and its owner's account; the owner can sign in at once."""
    return await open_tenant(request.app.state.house, ask)

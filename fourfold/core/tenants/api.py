"""Ways in to tenants: a company opens one."""

from fastapi import Request

from fourfold.core.tenants.open import OpenTenant, SlugTaken, open_tenant
from fourfold.core.tenants.shapes import TenantShape
from fourfold.ground.answers import problems
from fourfold.ground.door import open_to_all, room_router
from fourfold.ground.house import House

router = room_router("/v1/core", "tenants")


@router.post("/tenants", status_code=201, summary="Open a tenant", responses=problems(409))
@open_to_all(rate="sign_in")
async def open_tenant_here(ask: OpenTenant, request: Request) -> TenantShape:
    """Opens a tenant and its owner's account; the owner can sign in at once."""
    house: House = request.app.state.house
    if ask.slug == house.settings.operator_tenant:
        # Whoever opened it first would run the platform: it is opened by the command line.
        raise SlugTaken
    return await open_tenant(house, ask)

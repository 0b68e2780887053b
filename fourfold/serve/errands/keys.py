"""Errands with the keys that seal fields: a tenant's key is changed, or all are wrapped with a new one."""

from collections.abc import Sequence
from typing import Any

from fourfold.core.access.identify import NoSuchTenant
from fourfold.core.data_keys.rotate import rotate_data_key
from fourfold.core.tenants.queries import every_tenant, tenant_with_slug
from fourfold.ground.data_keys import rewrap_keys
from fourfold.ground.service import Service
from fourfold.ground.settings import Settings
from fourfold.ground.who import Who
from fourfold.ground.work import begin
from fourfold.serve.errands.by_hand import house_for_errand


async def rotate_data_key_by_hand(settings: Settings, services: Sequence[Service], slug: str) -> dict[str, Any]:
    """Changes a tenant's sealing key; the worker then seals its fields anew. Raises `NoSuchTenant`."""
    async with house_for_errand(settings, services) as house:
        tenant = await tenant_with_slug(house.pool, slug)
        if tenant is None:
            raise NoSuchTenant
        async with begin(house, Who.system(tenant["id"], slug)) as work:
            return (await rotate_data_key(work)).model_dump(mode="json")


async def rewrap_by_hand(settings: Settings, services: Sequence[Service]) -> dict[str, Any]:
    """Wraps all tenants' keys with the first one of FOURFOLD_KEK: how many were not yet, and what it is called."""
    rewrapped = 0
    async with house_for_errand(settings, services) as house:
        for tenant in await every_tenant(house.pool):
            async with begin(house, Who.system(tenant.id, tenant.slug)) as work:
                rewrapped += await rewrap_keys(work.db, house.sealer.wrapping, tenant.id)
        return {"rewrapped": rewrapped, "kek": house.sealer.wrapping.current}

"""What other systems may ask about tenants."""

from uuid import UUID

from fourfold.contracts.core import TenantFacts
from fourfold.core.settings.known import LOCALE
from fourfold.core.tenants.queries import tenant_with_id
from fourfold.ground.house import House
from fourfold.ground.refusals import NotFound


class NearTenants:
    """Answers the port `Tenants` in this process."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def facts_of(self, tenant_id: UUID) -> TenantFacts:
        """The tenant's facts; raises `NotFound`."""
        row = await tenant_with_id(self._house.pool, tenant_id)
        if row is None:
            raise NotFound
        locale = await self._house.configuration.value(tenant_id, LOCALE)
        return TenantFacts(row["id"], row["slug"], row["name"], locale, row["status"] == "active")

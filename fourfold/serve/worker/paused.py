"""Which tenants are paused: suspended ones, and those that are being deleted."""

import time
from uuid import UUID

from fourfold.ground.house import House

# A tenant is paused within a second; in seconds.
KNOWN_FOR = 0.5
STATUSES = ("suspended", "deleting", "erasing")

_PAUSED = "SELECT id FROM core.tenant WHERE status IN ('suspended', 'deleting', 'erasing')"


class Paused:
    """Asks the database once for many events."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._until = 0.0
        self._tenants: frozenset[UUID] = frozenset()

    async def holds(self, tenant_id: UUID) -> bool:
        """Whether the tenant is paused."""
        if self._until < time.monotonic():
            rows = await self._house.pool.fetch(_PAUSED)
            self._tenants = frozenset(row["id"] for row in rows)
            self._until = time.monotonic() + KNOWN_FOR
        return tenant_id in self._tenants

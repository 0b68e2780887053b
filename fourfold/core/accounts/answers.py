"""What other systems may ask about accounts."""

from collections.abc import Sequence
from uuid import UUID

from fourfold.core.accounts.queries import existing_ids
from fourfold.ground.db import transaction
from fourfold.ground.house import House


class NearAccounts:
    """Answers the port `Accounts` in this process."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def existing(self, tenant_id: UUID, account_ids: Sequence[UUID]) -> frozenset[UUID]:
        """Which of these accounts the tenant has, disabled ones included."""
        async with transaction(self._house.pool, tenant_id, read_only=True) as db:
            return await existing_ids(db, account_ids)

"""What other systems may ask about files."""

from collections.abc import Sequence
from uuid import UUID

from fourfold.core.files.queries import ready_files_of
from fourfold.ground.db import transaction
from fourfold.ground.house import House


class NearFiles:
    """Answers the port `Files` in this process."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def stored_by(self, tenant_id: UUID, account_id: UUID, file_ids: Sequence[UUID]) -> frozenset[UUID]:
        """Which of these are files that the account has stored, ready to be shown."""
        async with transaction(self._house.pool, tenant_id, read_only=True) as db:
            return await ready_files_of(db, account_id, file_ids)

"""A person changes what they are called."""

from uuid import UUID

from fourfold.core.accounts import tables
from fourfold.ground.work import Work


async def rename_account(work: Work, account_id: UUID, name: str) -> None:
    """Changes the account's name."""
    await tables.update_name(work.db, account_id, name, work.now)

"""An account's roles are set."""

from collections.abc import Sequence
from uuid import UUID

from fourfold.core.accounts import tables
from fourfold.ground.work import Work


async def set_roles(work: Work, account_id: UUID, roles: Sequence[str]) -> None:
    """Makes these the account's roles, and no others."""
    await tables.delete_roles_except(work.db, account_id, roles)
    await tables.insert_roles(work.db, work.who.tenant_id, account_id, roles, work.now, work.who.account_id)

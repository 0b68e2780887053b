"""An account is shut, at once and everywhere, or opened again."""

from uuid import UUID

import asyncpg

from fourfold.core.access.end import end_sessions
from fourfold.core.access.queries import account_subject
from fourfold.core.accounts.credentials import set_status
from fourfold.core.accounts.queries import NoSuchAccount, account_with_id, lock_account, lock_owners, owners_but
from fourfold.core.roles.grant import BeyondOwnRights, LastOwner
from fourfold.ground.refusals import Conflict
from fourfold.ground.work import Work


class OwnAccount(Conflict):
    """409: nobody shuts themselves out."""

    code = "core.own_account"
    title = "You cannot disable your own account"


async def disable_account(work: Work, account_id: UUID) -> asyncpg.Record:
    """Shuts an account: its sessions, tokens and keys are refused at once. Raises `OwnAccount`, `LastOwner`."""
    account = await _account(work, account_id)
    if account_id == work.who.account_id:
        raise OwnAccount
    if "owner" in account["roles"] and not await owners_but(work.db, account_id):
        raise LastOwner
    work.changed({"status": account["status"]}, {"status": "disabled"})
    if await set_status(work, account_id, active=False):
        await work.house.changes.tell(work.db, account_subject(account_id), work.now)
        await end_sessions(work, account_id, "account_disabled")
    return await _account(work, account_id)


async def enable_account(work: Work, account_id: UUID) -> asyncpg.Record:
    """Opens an account again; its owner signs in anew."""
    account = await _account(work, account_id)
    work.changed({"status": account["status"]}, {"status": "active"})
    if await set_status(work, account_id, active=True):
        await work.house.changes.tell(work.db, account_subject(account_id), work.now)
    return await _account(work, account_id)


async def _account(work: Work, account_id: UUID) -> asyncpg.Record:
    await lock_owners(work.db)
    await lock_account(work.db, account_id)
    account = await account_with_id(work.db, account_id)
    if account is None:
        raise NoSuchAccount
    # Administrators may do what owners may, but not to owners.
    if "owner" in account["roles"] and "owner" not in work.who.roles:
        raise BeyondOwnRights("Only owners decide about owners.")
    return account

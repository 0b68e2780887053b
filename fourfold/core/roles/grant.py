"""An account is given roles, and others are taken away."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.core import AccountRolesChanged
from fourfold.core.access.queries import account_subject
from fourfold.core.accounts import queries as accounts
from fourfold.core.accounts.queries import NoSuchAccount
from fourfold.core.accounts.roles import set_roles
from fourfold.core.accounts.shapes import AccountShape
from fourfold.core.roles.rights import Rights
from fourfold.core.roles.rules import OPERATOR
from fourfold.ground.refusals import Conflict, FieldError, Forbidden, Invalid
from fourfold.ground.work import Work

RoleName = Annotated[str, Field(max_length=100)]


class GrantRoles(BaseModel):
    """The roles that an account is to have from now on."""

    model_config = ConfigDict(extra="forbid")
    roles: list[RoleName] = Field(max_length=10, examples=[["customer", "vendor"]])


class LastOwner(Conflict):
    """409: a tenant keeps at least one owner."""

    code = "core.last_owner"
    title = "The last owner stays owner"


class BeyondOwnRights(Forbidden):
    """403: nobody gives away what they do not have."""

    code = "core.beyond_own_rights"
    title = "You cannot grant more than you may do yourself"


async def grant_roles(work: Work, rights: Rights, account_id: UUID, ask: GrantRoles) -> AccountShape:
    """Sets an account's roles; its tokens are refused at once, so that the next refresh carries the new ones."""
    await accounts.lock_owners(work.db)
    await accounts.lock_account(work.db, account_id)
    account = await accounts.account_with_id(work.db, account_id)
    if account is None:
        raise NoSuchAccount
    await _refuse_beyond(work, rights, account["roles"], ask.roles)
    if "owner" in ask.roles and account["kind"] != "person":
        raise Invalid(errors=[FieldError("roles", "A service account is not an owner.")])
    if "owner" in account["roles"] and "owner" not in ask.roles and not await accounts.owners_but(work.db, account_id):
        raise LastOwner
    work.changed({"roles": account["roles"]}, {"roles": sorted(set(ask.roles))})
    await _write_roles(work, account_id, ask.roles)
    renewed = await accounts.account_with_id(work.db, account_id)
    return AccountShape.of(renewed or account)


async def give_roles(work: Work, rights: Rights, account_id: UUID, before: Sequence[str], after: Sequence[str]) -> None:
    """The same for an account that is no owner: raises `BeyondOwnRights`, and `Invalid` for unknown roles."""
    await _refuse_beyond(work, rights, before, after)
    await accounts.lock_account(work.db, account_id)
    await _write_roles(work, account_id, after)


async def must_give(work: Work, rights: Rights, roles: Sequence[str]) -> None:
    """Raises unless the caller may give somebody these roles: `BeyondOwnRights`, and `Invalid` for unknown ones."""
    await _refuse_beyond(work, rights, (), roles)


async def _refuse_beyond(work: Work, rights: Rights, before: Sequence[str], after: Sequence[str]) -> None:
    changed = set(before) ^ set(after)
    if OPERATOR in changed:
        raise BeyondOwnRights("Only the platform says who is an operator.")
    each = await rights.of_each(work.db, sorted({*before, *after}))
    unknown = sorted(set(after) - set(each) - {OPERATOR})
    if unknown:
        raise Invalid(errors=[FieldError("roles", f"There is no role {unknown[0]}.")])
    # Owners may do no more than administrators, but only owners say who is one.
    beyond = "owner" in changed and "owner" not in work.who.roles
    if beyond or any(not each[role] <= work.who.permissions for role in changed if role in each):
        raise BeyondOwnRights


async def _write_roles(work: Work, account_id: UUID, roles: Sequence[str]) -> None:
    await set_roles(work, account_id, roles)
    await work.house.changes.tell(work.db, account_subject(account_id), work.now)
    work.emit(AccountRolesChanged(account_id=account_id, roles=sorted(set(roles))))

"""An account is given roles, and others are taken away."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.core import AccountRolesChanged
from fourfold.core.access.revocations import Revocations
from fourfold.core.accounts import queries as accounts
from fourfold.core.accounts.roles import set_roles
from fourfold.core.accounts.shapes import AccountShape
from fourfold.ground.refusals import Conflict, FieldError, Forbidden, Invalid, NotFound
from fourfold.ground.work import Work

BUILT_IN = ("owner", "admin", "vendor", "customer", "moderator", "analyst")


class GrantRoles(BaseModel):
    """The roles that an account is to have from now on."""

    model_config = ConfigDict(extra="forbid")
    roles: list[Annotated[str, Field(max_length=100)]] = Field(max_length=10, examples=[["customer", "vendor"]])


class NoSuchAccount(NotFound):
    """404: this tenant has no such account."""

    code = "core.no_such_account"


class LastOwner(Conflict):
    """409: a tenant keeps at least one owner."""

    code = "core.last_owner"
    title = "The last owner stays owner"


class BeyondOwnRights(Forbidden):
    """403: nobody gives away what they do not have."""

    code = "core.beyond_own_rights"
    title = "You cannot grant more than you may do yourself"


async def grant_roles(
    work: Work, revocations: Revocations, rights: dict[str, frozenset[str]], account_id: UUID, ask: GrantRoles
) -> AccountShape:
    """Sets an account's roles; its tokens are refused at once, so that the next refresh carries the new ones."""
    unknown = sorted(set(ask.roles) - set(BUILT_IN))
    if unknown:
        raise Invalid(errors=[FieldError("roles", f"{unknown[0]} is not one of {', '.join(BUILT_IN)}.")])
    account = await accounts.account_with_id(work.db, account_id)
    if account is None:
        raise NoSuchAccount
    changed = set(ask.roles) ^ set(account["roles"])
    # Owners may do no more than administrators, but only owners say who is one.
    beyond = "owner" in changed and "owner" not in work.who.roles
    if beyond or any(not rights[role] <= work.who.permissions for role in changed if role in rights):
        raise BeyondOwnRights
    if "owner" in account["roles"] and "owner" not in ask.roles and not await accounts.owners_but(work.db, account_id):
        raise LastOwner
    await set_roles(work, account_id, ask.roles)
    await revocations.revoke(work, f"account:{account_id}")
    work.emit(AccountRolesChanged(account_id=account_id, roles=sorted(set(ask.roles))))
    renewed = await accounts.account_with_id(work.db, account_id)
    return AccountShape.of(renewed or account)

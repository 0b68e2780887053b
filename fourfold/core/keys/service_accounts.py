"""Service accounts: accounts for programs, without a password, with roles and keys."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.access.queries import account_subject
from fourfold.core.keys import queries, tables
from fourfold.core.keys.make import NoSuchServiceAccount
from fourfold.core.keys.shapes import ServiceAccountShape
from fourfold.core.roles.grant import BeyondOwnRights, RoleName, give_roles
from fourfold.core.roles.rights import Rights
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import FieldError, Invalid
from fourfold.ground.work import Work

Roles = Annotated[list[RoleName], Field(max_length=10, examples=[["vendor"]])]


class MakeServiceAccount(BaseModel):
    """A service account to be made."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: str = Field(min_length=1, max_length=200, examples=["warehouse"])
    roles: Roles


class ChangeServiceAccount(BaseModel):
    """What is to change of a service account; what is not sent stays."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: str | None = Field(None, min_length=1, max_length=200, examples=["warehouse"])
    roles: Roles | None = None
    disabled: bool | None = Field(None, strict=True)


async def make_service_account(work: Work, rights: Rights, ask: MakeServiceAccount) -> ServiceAccountShape:
    """Adds a service account; raises `BeyondOwnRights` for roles that do more than the caller may."""
    _refuse_owner(ask.roles)
    account_id = new_id()
    await tables.insert_service_account(work.db, work.who.tenant_id, account_id, ask.name, work.now)
    await give_roles(work, rights, account_id, [], ask.roles)
    return await _shown(work, account_id)


async def change_service_account(
    work: Work, rights: Rights, account_id: UUID, ask: ChangeServiceAccount
) -> ServiceAccountShape:
    """Changes name, roles, or whether its keys are served; raises `NoSuchServiceAccount`, `BeyondOwnRights`."""
    account = await queries.service_account(work.db, account_id)
    if account is None:
        raise NoSuchServiceAccount
    await _refuse_greater(work, rights, account["roles"])
    if ask.roles is not None:
        _refuse_owner(ask.roles)
        await give_roles(work, rights, account_id, account["roles"], ask.roles)
    status = account["status"] if ask.disabled is None else "disabled" if ask.disabled else "active"
    work.changed(
        dict(account), {"roles": account["roles"] if ask.roles is None else sorted(ask.roles), "status": status}
    )
    await tables.update_service_account(work.db, account_id, ask.name or account["name"], status, work.now)
    await work.house.changes.tell(work.db, account_subject(account_id), work.now)
    return await _shown(work, account_id)


async def remove_service_account(work: Work, rights: Rights, account_id: UUID) -> None:
    """Removes a service account; its keys are refused at once. Raises as changing one does."""
    account = await queries.service_account(work.db, account_id)
    if account is None:
        raise NoSuchServiceAccount
    await _refuse_greater(work, rights, account["roles"])
    work.changed({"roles": account["roles"], "status": account["status"]}, {})
    await tables.delete_service_account(work.db, account_id)
    await work.house.changes.tell(work.db, account_subject(account_id), work.now)


async def _shown(work: Work, account_id: UUID) -> ServiceAccountShape:
    row = await queries.service_account(work.db, account_id)
    if row is None:
        raise NoSuchServiceAccount
    return ServiceAccountShape.of(row)


async def _refuse_greater(work: Work, rights: Rights, roles: list[str]) -> None:
    if not await rights.of(work.who.tenant_id, work.who.tenant_slug, tuple(roles)) <= work.who.permissions:
        raise BeyondOwnRights


def _refuse_owner(roles: list[str]) -> None:
    # Owners are people: the last one could otherwise be a program that nobody can sign in as.
    if "owner" in roles:
        raise Invalid(errors=[FieldError("roles", "A service account is not an owner.")])

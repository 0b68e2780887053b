"""A tenant defines roles of its own, changes them, and does without them."""

from collections.abc import Iterable
from typing import Annotated

import asyncpg
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.access.queries import account_subject
from fourfold.core.roles import queries, tables
from fourfold.core.roles.grant import BeyondOwnRights
from fourfold.core.roles.rights import Rights, subject_of
from fourfold.core.roles.rules import BUILT_IN, OPERATOR, beyond
from fourfold.core.roles.shapes import tag_of_role
from fourfold.ground.answers import must_match
from fourfold.ground.refusals import Conflict, FieldError, Forbidden, Invalid, NotFound
from fourfold.ground.work import View, Work

Permissions = Annotated[
    list[Annotated[str, Field(max_length=100)]], Field(max_length=300, examples=[["commerce:stock:write"]])
]


class DefineRole(BaseModel):
    """A role to be made."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{1,49}$", max_length=50, examples=["stock_keeper"])
    title: str = Field(min_length=1, max_length=100, examples=["Keeps the stock"])
    permissions: Permissions


class ChangeRole(BaseModel):
    """What is to change of a role; what is not sent stays."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    title: str | None = Field(None, min_length=1, max_length=100, examples=["Keeps the stock"])
    permissions: Permissions | None = None


class NoSuchRole(NotFound):
    """404: this tenant has no such role."""

    code = "core.no_such_role"


class BuiltInRole(Forbidden):
    """403: built-in roles are what they are."""

    code = "core.built_in_role"
    title = "Built-in roles cannot be changed"


class RoleNameTaken(Conflict):
    """409: there is a role of this name."""

    code = "core.role_name_taken"
    title = "There is a role of this name already"


class RoleInUse(Conflict):
    """409: accounts have the role."""

    code = "core.role_in_use"
    title = "Accounts have this role: take it from them first, or send take_away=true"


async def define_role(work: Work, rights: Rights, ask: DefineRole) -> asyncpg.Record:
    """Adds a role that may do no more than its maker; raises `RoleNameTaken`, `BeyondOwnRights`."""
    if ask.name in {*BUILT_IN, OPERATOR}:
        raise RoleNameTaken
    _refuse_beyond(work, rights, (), ask.permissions)
    added = await tables.insert_role(work.db, work.who.tenant_id, ask.name, ask.title, set(ask.permissions), work.now)
    if not added:
        raise RoleNameTaken
    work.changed({}, {"permissions": sorted(set(ask.permissions))})
    await _tell(work)
    return await _role(work, ask.name)


async def change_role(work: Work, rights: Rights, request: Request, name: str, ask: ChangeRole) -> asyncpg.Record:
    """Changes a role for everybody who has it, at once; raises 412 when `If-Match` names another version."""
    role = await _open_role(work, request, name)
    permissions = role["permissions"] if ask.permissions is None else set(ask.permissions)
    _refuse_beyond(work, rights, role["permissions"], permissions)
    work.changed({"permissions": sorted(role["permissions"])}, {"permissions": sorted(permissions)})
    await tables.update_role(work.db, name, ask.title or role["title"], permissions, work.now)
    await _tell(work)
    return await _role(work, name)


async def remove_role(work: Work, rights: Rights, request: Request, name: str, *, take_away: bool) -> None:
    """Removes a role; raises `RoleInUse` while accounts have it, unless it is to be taken from them."""
    role = await _open_role(work, request, name)
    _refuse_beyond(work, rights, role["permissions"], ())
    holders = await queries.holders_of(work.db, name)
    if holders and not take_away:
        raise RoleInUse(more={"accounts": holders})
    work.changed({"permissions": sorted(role["permissions"])}, {})
    for account_id in await tables.delete_role(work.db, name):
        # Their tokens name the role, and would have it again if another one got its name.
        await work.house.changes.tell(work.db, account_subject(account_id), work.now)
    await _tell(work)


async def role_seen(view: View, name: str) -> asyncpg.Record:
    """A tenant's own role; raises `NoSuchRole`."""
    return await _role(view, name)


async def _open_role(work: Work, request: Request, name: str) -> asyncpg.Record:
    if name in {*BUILT_IN, OPERATOR}:
        raise BuiltInRole
    role = await queries.role_to_change(work.db, name)
    if role is None:
        raise NoSuchRole
    must_match(request, tag_of_role(role))
    return role


async def _role(view: View, name: str) -> asyncpg.Record:
    role = await queries.role_named(view.db, name)
    if role is None:
        raise NoSuchRole
    return role


def _refuse_beyond(work: Work, rights: Rights, before: Iterable[str], after: Iterable[str]) -> None:
    unknown = sorted(set(after) - rights.catalogue - set(before))
    if unknown:
        raise Invalid(errors=[FieldError("permissions", f"There is no permission {unknown[0]}.")])
    wrong = beyond(work.who.permissions, frozenset(before) & rights.catalogue, frozenset(after) & rights.catalogue)
    if wrong:
        raise BeyondOwnRights(f"You do not have {wrong[0]} yourself.")


async def _tell(work: Work) -> None:
    await work.house.changes.tell(work.db, subject_of(work.who.tenant_id), work.now)

"""Somebody registers with a tenant."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fourfold.contracts.core import AccountRegistered
from fourfold.core.accounts import tables
from fourfold.core.accounts.passwords import hash_password, refuse_weak_password
from fourfold.core.accounts.shapes import NewAccountShape
from fourfold.ground.emails import Email
from fourfold.ground.ids import new_id
from fourfold.ground.work import Work


class Register(BaseModel):
    """Who wants an account."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    email: Email
    # Spaces at its ends are part of a password.
    password: Annotated[str, StringConstraints(strip_whitespace=False)] = Field(
        min_length=8, max_length=1000, examples=["a long phrase nobody guesses"]
    )
    name: str = Field(min_length=1, max_length=200, examples=["Ada"])


async def register_account(work: Work, ask: Register, roles: tuple[str, ...] = ("customer",)) -> NewAccountShape:
    """Adds the account. An address that is taken gets the same answer: only its owner learns of it."""
    refuse_weak_password(ask.password, ask.email, ask.name)
    password_hash = await hash_password(ask.password)
    account = await add_account(work, ask.email, ask.name, password_hash, roles)
    return NewAccountShape(id=account or new_id(), email=ask.email, name=ask.name, roles=list(roles))


async def add_account(work: Work, email: str, name: str, password_hash: str, roles: tuple[str, ...]) -> UUID | None:
    """Writes the account and tells of it; None when the address is taken."""
    account_id = new_id()
    if not await tables.insert_account(work.db, work.who.tenant_id, account_id, email, name, password_hash, work.now):
        return None
    await tables.insert_roles(work.db, work.who.tenant_id, account_id, roles, work.now, work.who.account_id)
    work.emit(AccountRegistered(account_id=account_id, email=email, name=name))
    return account_id

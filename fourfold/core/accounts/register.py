"""Somebody registers with a tenant."""

from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.core import AccountRegistered
from fourfold.core.accounts import tables
from fourfold.core.accounts.jobs import Greet, greet
from fourfold.core.accounts.passwords import NewPassword, hash_password, refuse_weak_password
from fourfold.core.accounts.shapes import NewAccountShape
from fourfold.ground.emails import Email
from fourfold.ground.ids import new_id
from fourfold.ground.work import Work


class Register(BaseModel):
    """Who wants an account."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    email: Email
    password: NewPassword
    name: str = Field(min_length=1, max_length=200, examples=["Ada"])


async def hash_of_new(ask: Register) -> str:
    """The password's hash; it takes longer than all the rest, so no transaction is open. Raises `WeakPassword`."""
    refuse_weak_password(ask.password, ask.email, ask.name)
    return await hash_password(ask.password)


async def hash_before(request: Request) -> None:
    """Leaves the hash in the request's state; a body that does not fit is refused afterwards, in the usual words."""
    try:
        ask = Register.model_validate(await request.json())
    except ValueError:
        return
    request.state.password_hash = await hash_of_new(ask)


async def register_account(
    work: Work, ask: Register, password_hash: str, roles: tuple[str, ...] = ("customer",)
) -> NewAccountShape:
    """Adds the account, and mails a link that verifies its address.

    An address that is taken gets the same answer: only its owner learns of it, by mail.
    """
    account = await add_account(work, ask.email, ask.name, password_hash, roles)
    work.later(greet, Greet(account_id=account, email=ask.email))
    return NewAccountShape(id=account or new_id(), email=ask.email, name=ask.name, roles=list(roles))


async def add_account(work: Work, email: str, name: str, password_hash: str, roles: tuple[str, ...]) -> UUID | None:
    """Writes the account and tells of it; None when the address is taken."""
    account_id = new_id()
    if not await tables.insert_account(work.db, work.who.tenant_id, account_id, email, name, password_hash, work.now):
        return None
    await tables.insert_roles(work.db, work.who.tenant_id, account_id, roles, work.now, work.who.account_id)
    work.emit(AccountRegistered(account_id=account_id, email=email, name=name))
    return account_id

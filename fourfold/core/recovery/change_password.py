"""A person changes their password, or proves that they know it."""

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.access.end import end_others
from fourfold.core.accounts import credentials
from fourfold.core.accounts.lockout import Device, account_with_password
from fourfold.core.accounts.passwords import GivenPassword, NewPassword, hash_password, refuse_weak_password
from fourfold.core.accounts.queries import account_with_id
from fourfold.core.codes.issue import void_codes
from fourfold.core.codes.rules import RESET_PASSWORD
from fourfold.core.recovery.letters import tell_of_new_password
from fourfold.ground.refusals import Forbidden, Unauthenticated
from fourfold.ground.work import Desk


class ChangePassword(BaseModel):
    """The password until now, and from now on."""

    model_config = ConfigDict(extra="forbid")
    current: GivenPassword
    new: NewPassword
    end_other_sessions: bool = Field(
        default=True, strict=True, description="Whether other devices have to sign in again."
    )


class WrongPassword(Forbidden):
    """403: this is not the caller's password."""

    code = "core.wrong_password"
    title = "This is not your password"


class PeopleOnly(Forbidden):
    """403: API keys and service accounts have no password."""

    code = "core.people_only"
    title = "Only a person who is signed in can do this"


async def prove_password(desk: Desk, password: str, device: Device) -> asyncpg.Record:
    """The caller's account; raises `WrongPassword`, and `LockedOut` after some failures."""
    if desk.who.session_id is None:
        raise PeopleOnly
    async with desk.view() as view:
        account = await account_with_id(view.db, view.who.account)
    if account is None:
        raise Unauthenticated
    if await account_with_password(desk.house, desk.who, account["email"], password, device) is None:
        raise WrongPassword
    return account


async def change_password(desk: Desk, ask: ChangePassword, device: Device) -> None:
    """Keeps the new password; raises `WrongPassword` and `WeakPassword`."""
    account = await prove_password(desk, ask.current, device)
    refuse_weak_password(ask.new, account["email"], account["name"])
    password_hash = await hash_password(ask.new)
    async with desk.work() as work:
        work.note("core.recovery.password_changed", f"account:{work.who.account}")
        await credentials.set_password(work, work.who.account, password_hash)
        await void_codes(work, work.who.account, [RESET_PASSWORD])
        if ask.end_other_sessions:
            await end_others(work)
        await tell_of_new_password(work, account)

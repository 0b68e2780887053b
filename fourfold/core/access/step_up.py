"""Step-up: what is grave needs a person who has just proved who they are, or proves it once more."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict

from fourfold.core.access import queries, tables
from fourfold.core.access.sessions import Opened, WrongCredentials, refresh_token_of
from fourfold.core.access.tokens import BadToken
from fourfold.core.accounts.lockout import Device, account_with_password
from fourfold.core.accounts.passwords import GivenPassword
from fourfold.core.accounts.queries import account_with_id, hold_account
from fourfold.ground.refusals import Forbidden
from fourfold.ground.work import Desk, View


class StepUpRequired(Forbidden):
    """403: signed in, but too long ago for this; confirm the password or a code, and try again."""

    code = "core.step_up_required"
    title = "Confirm that it is you, by POST /v1/core/tokens/confirm, and try again"


def must_be_fresh(work: View | Desk) -> None:
    """Raises `StepUpRequired` unless the caller has proved who they are within FOURFOLD_FRESH_MINUTES; no key has."""
    fresh = timedelta(minutes=work.house.settings.fresh_minutes).total_seconds()
    if work.now.timestamp() - work.who.authenticated_at > fresh:
        raise StepUpRequired


class Confirm(BaseModel):
    """The caller's password."""

    model_config = ConfigDict(extra="forbid")
    password: GivenPassword


async def confirm_with_password(desk: Desk, ask: Confirm, user_agent: str) -> Opened:
    """Notes in the caller's session that the password was given; raises `WrongCredentials` and `LockedOut`."""
    async with desk.view() as view:
        account = await account_with_id(view.db, view.who.account)
    device = Device(desk.who.address, user_agent)
    email = account["email"] if account is not None else ""
    if await account_with_password(desk.house, desk.who, email, ask.password, device) is None:
        raise WrongCredentials
    return await confirm_session(desk)


async def confirm_session(desk: Desk) -> Opened:
    """Notes that the caller has just proved who they are; raises `BadToken` when the session has ended meanwhile."""
    async with desk.work() as work:
        session_id, now = work.who.session_id, work.now
        session = await queries.session_with_id(work.db, session_id) if session_id else None
        if session_id is None or session is None or session["ended_at"] is not None:
            raise BadToken("Only a session can be confirmed: sign in.")
        await hold_account(work.db, work.who.account)
        account = await account_with_id(work.db, work.who.account)
        if account is None or account["status"] != "active":
            raise WrongCredentials
        await tables.confirm_session(work.db, session_id, now)
        token = refresh_token_of(work.house, work.who.tenant_id, session_id, session["generation"])
        return Opened(account, session_id, token, work.now, now)

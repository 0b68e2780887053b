"""Step-up: what is grave needs a person who has just proved who they are, or proves it once more."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, model_validator

from fourfold.core.access import queries, tables
from fourfold.core.access.sessions import Opened, WrongCredentials, refresh_token_of
from fourfold.core.access.tokens import BadToken
from fourfold.core.accounts.lockout import Device, account_with_password
from fourfold.core.accounts.passwords import GivenPassword
from fourfold.core.accounts.queries import account_with_id, hold_account
from fourfold.core.factors.challenge import second_factor_needed
from fourfold.core.factors.prove import code_fits, passkey_fits, recovery_code_fits
from fourfold.core.factors.shapes import Code, PasskeyProof, RecoveryCode
from fourfold.core.sign_in.answer import WrongSecondFactor
from fourfold.ground.refusals import Forbidden
from fourfold.ground.work import Desk, View, Work


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
    """One of: the password, an app's code, a recovery code, a passkey."""

    model_config = ConfigDict(extra="forbid")
    password: GivenPassword | None = None
    code: Code | None = None
    recovery_code: RecoveryCode | None = None
    passkey: PasskeyProof | None = None

    @model_validator(mode="after")
    def _one_proof(self) -> "Confirm":
        if sum(each is not None for each in (self.password, self.code, self.recovery_code, self.passkey)) != 1:
            reason = "give one of password, code, recovery_code and passkey"
            raise ValueError(reason)
        return self


async def confirm(desk: Desk, ask: Confirm, device: Device) -> Opened:
    """Notes in the caller's session that its person has proved again who they are; raises what is wrong with the proof.

    Whoever has a second factor confirms with it: for the password they get `SecondFactorRequired`.
    """
    if ask.password is not None:
        account = await account_with_password(desk.house, desk.who, desk.who.email, ask.password, device)
        if account is None or account["id"] != desk.who.account:
            raise WrongCredentials
        async with desk.work() as work:
            needed = await second_factor_needed(work, account["id"])
            if needed is None:
                return await _confirmed(work)
        # It comes after the commit, so that its challenge is there.
        raise needed
    async with desk.work() as work:
        if await _fits(work, ask):
            return await _confirmed(work)
    raise WrongSecondFactor


async def _fits(work: Work, ask: Confirm) -> bool:
    account_id = work.who.account
    if ask.code is not None:
        return await code_fits(work, account_id, ask.code) is not None
    if ask.passkey is not None:
        return await passkey_fits(work, account_id, ask.passkey)
    return await recovery_code_fits(work, account_id, ask.recovery_code or "")


async def _confirmed(work: Work) -> Opened:
    session_id, now = work.who.session_id, work.now
    await hold_account(work.db, work.who.account)
    session = await queries.session_with_id(work.db, session_id) if session_id else None
    if session_id is None or session is None or session["ended_at"] is not None:
        raise BadToken("Only a session can be confirmed: sign in.")
    account = await account_with_id(work.db, work.who.account)
    if account is None or account["status"] != "active":
        raise WrongCredentials
    await tables.confirm_session(work.db, session_id, now)
    token = refresh_token_of(work.house, work.who.tenant_id, session_id, session["generation"])
    return Opened(account, session_id, token, work.now, now)

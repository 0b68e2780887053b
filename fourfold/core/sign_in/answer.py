"""Somebody answers what a sign-in still asks for, or signs in by a passkey alone; a session is opened for it."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fourfold.core.access.sessions import Opened, open_session
from fourfold.core.accounts.lockout import Device
from fourfold.core.accounts.queries import account_with_id, hold_account
from fourfold.core.factors.ceremonies import WrongPasskey, proven_account
from fourfold.core.factors.challenge import ChallengeOver, account_challenged, close_challenge
from fourfold.core.factors.prove import code_fits, passkey_fits, recovery_code_fits
from fourfold.core.factors.queries import recovery_codes_left
from fourfold.core.factors.shapes import Challenge, Code, PasskeyProof, RecoveryCode
from fourfold.core.factors.tell import tell_owner
from fourfold.ground.refusals import Unauthenticated
from fourfold.ground.work import Desk, Work


class AnswerChallenge(BaseModel):
    """The challenge of a sign-in, and one of: an app's code, a recovery code, a passkey."""

    model_config = ConfigDict(extra="forbid")
    challenge: Challenge
    code: Code | None = None
    recovery_code: RecoveryCode | None = None
    passkey: PasskeyProof | None = Field(None, description="See /v1/core/tokens/second-factor/passkey-options.")

    @model_validator(mode="after")
    def _one_answer(self) -> "AnswerChallenge":
        if sum(each is not None for each in (self.code, self.recovery_code, self.passkey)) != 1:
            reason = "give one of code, recovery_code and passkey"
            raise ValueError(reason)
        return self


class WrongSecondFactor(Unauthenticated):
    """401: the code or the passkey is not right; after five of them the challenge is over."""

    code = "core.wrong_second_factor"
    title = "The second factor is not right"


async def answer_challenge(desk: Desk, ask: AnswerChallenge, device: Device) -> Opened:
    """Opens the session that a password alone did not open; raises `WrongSecondFactor` or `ChallengeOver`."""
    async with desk.work() as work:
        challenge_id, account_id = await account_challenged(work, ask.challenge, counts=True)
        # First the account and then its factors: whoever removes one locks in this order too.
        await hold_account(work.db, account_id)
        account = await account_with_id(work.db, account_id)
        if account is None:
            raise ChallengeOver
        if await _fits(work, ask, account["id"]):
            await close_challenge(work, challenge_id)
            return await open_session(work, account, device.user_agent, device.address)
    # The refusal comes after the commit, so that the try stays counted.
    refusal = WrongSecondFactor()
    refusal.about = f"account:{account_id}"
    raise refusal


async def sign_in_by_passkey(work: Work, ask: PasskeyProof, device: Device) -> Opened:
    """Opens a session for whoever the passkey stands for: it is two factors by itself. Raises `WrongPasskey`."""
    account_id = await proven_account(work, ask.ceremony, ask.credential, "sign_in")
    account = await account_with_id(work.db, account_id)
    if account is None:
        raise WrongPasskey
    return await open_session(work, account, device.user_agent, device.address)


async def _fits(work: Work, ask: AnswerChallenge, account_id: UUID) -> bool:
    if ask.code is not None:
        return await code_fits(work, account_id, ask.code) is not None
    if ask.passkey is not None:
        return await passkey_fits(work, account_id, ask.passkey)
    if not await recovery_code_fits(work, account_id, ask.recovery_code or ""):
        return False
    await tell_owner(work, account_id, "recovery_code_used", {"left": await recovery_codes_left(work.db, account_id)})
    return True

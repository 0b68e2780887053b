"""Ways in to sign-in beyond the password."""

from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel, ConfigDict

from fourfold.contracts.figures import sign_in_counted
from fourfold.core.access.process import Access, access_of
from fourfold.core.access.sessions import tokens_of
from fourfold.core.access.shapes import TokensShape
from fourfold.core.accounts.lockout import Device
from fourfold.core.factors.ceremonies import party_asking, second_factor_options, sign_in_options
from fourfold.core.factors.challenge import account_challenged
from fourfold.core.factors.shapes import Challenge, OptionsShape, PasskeyProof
from fourfold.core.sign_in.answer import AnswerChallenge, answer_challenge, sign_in_by_passkey
from fourfold.ground.answers import problems
from fourfold.ground.door import public, room_router
from fourfold.ground.work import Desk

router = room_router("/v1/core", "sign-in")
Here = Annotated[Access, Depends(access_of)]
Visitor = Annotated[Desk, public(opens=Desk, rate="sign_in")]


class ChallengeGiven(BaseModel):
    """The challenge that a sign-in was answered with."""

    model_config = ConfigDict(extra="forbid")
    challenge: Challenge


@router.post("/tokens/second-factor", summary="Give a second factor", responses=problems(401, 403))
async def second_factor_here(
    ask: AnswerChallenge, request: Request, desk: Visitor, access: Here, response: Response
) -> TokensShape:
    """Opens the session that the password alone did not open. A challenge is good for five minutes and five tries."""
    with sign_in_counted("second_factor"):
        opened = await answer_challenge(desk, ask, _device(request, desk))
    response.headers["Cache-Control"] = "no-store"
    return await tokens_of(desk.house, access.ring, desk.who.tenant_id, desk.who.tenant_slug, opened)


@router.post(
    "/tokens/second-factor/passkey-options", summary="Begin a passkey as second factor", responses=problems(401, 403)
)
async def second_factor_options_here(ask: ChallengeGiven, request: Request, desk: Visitor) -> OptionsShape:
    """What the browser's `navigator.credentials.get()` needs, for a passkey of the account that is signing in."""
    party = party_asking(request, desk)
    async with desk.work() as work:
        _, account_id = await account_challenged(work, ask.challenge, counts=False)
        return await second_factor_options(work, account_id, party)


@router.post("/tokens/passkey/options", summary="Begin a sign-in by passkey", responses=problems(403))
async def passkey_options_here(request: Request, desk: Visitor) -> OptionsShape:
    """What the browser's `navigator.credentials.get()` needs, for whichever passkey of this host the person chooses."""
    return sign_in_options(desk, party_asking(request, desk))


@router.post("/tokens/passkey", summary="Sign in by passkey", responses=problems(401, 403))
async def passkey_here(
    ask: PasskeyProof, request: Request, desk: Visitor, access: Here, response: Response
) -> TokensShape:
    """Opens a session without a password: the passkey must have checked its person, so nothing else is asked for."""
    with sign_in_counted("passkey"):
        async with desk.work() as work:
            opened = await sign_in_by_passkey(work, ask, _device(request, desk))
    response.headers["Cache-Control"] = "no-store"
    return await tokens_of(desk.house, access.ring, desk.who.tenant_id, desk.who.tenant_slug, opened)


def _device(request: Request, desk: Desk) -> Device:
    return Device(desk.who.address, request.headers.get("user-agent", ""))

"""Ways in to access: tokens, sessions, public keys."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.figures import sign_in_counted
from fourfold.core.access import queries
from fourfold.core.access.end import end_others, end_session, end_session_of
from fourfold.core.access.process import Access, access_of
from fourfold.core.access.sessions import SignIn, refresh_session, sign_in, tokens_of
from fourfold.core.access.shapes import EndedShape, JwksShape, SessionShape, TokensShape
from fourfold.core.access.step_up import Confirm, confirm
from fourfold.core.accounts.lockout import Device
from fourfold.core.accounts.queries import NoSuchAccount, account_with_id
from fourfold.core.signing.rotate import JWKS_SECONDS
from fourfold.ground.answers import problems
from fourfold.ground.door import may, open_to_all, public, room_router
from fourfold.ground.house import House
from fourfold.ground.pages import Page
from fourfold.ground.work import Desk, View, Work

router = room_router("/v1/core", "access")
well_known = APIRouter(tags=["access"])
Here = Annotated[Access, Depends(access_of)]


class Refresh(BaseModel):
    """A refresh token."""

    model_config = ConfigDict(extra="forbid")
    refresh_token: str = Field(max_length=300)


@router.post("/tokens", summary="Sign in", responses=problems(401, 403))
async def sign_in_here(
    ask: SignIn,
    request: Request,
    desk: Annotated[Desk, public(opens=Desk, rate="sign_in")],
    access: Here,
    response: Response,
) -> TokensShape:
    """Opens a session for an address and its password."""
    with sign_in_counted("password"):
        opened = await sign_in(desk.house, desk.who, ask, request.headers.get("user-agent", ""), desk.who.address)
    response.headers["Cache-Control"] = "no-store"
    return await tokens_of(desk.house, access.ring, desk.who.tenant_id, desk.who.tenant_slug, opened)


@router.post("/tokens/refresh", summary="Refresh a session", responses=problems(401))
@open_to_all()
async def refresh_here(ask: Refresh, request: Request, access: Here, response: Response) -> TokensShape:
    """Changes a refresh token for the next one. Using one twice ends the session, unless within ten seconds."""
    house: House = request.app.state.house
    tenant_id, slug, opened = await refresh_session(house, ask.refresh_token)
    response.headers["Cache-Control"] = "no-store"
    return await tokens_of(house, access.ring, tenant_id, slug, opened)


@router.post("/tokens/confirm", summary="Confirm that it is you", responses=problems(401, 403))
async def confirm_here(
    ask: Confirm,
    request: Request,
    desk: Annotated[Desk, may("core:me:write", opens=Desk, rate="sign_in")],
    access: Here,
    response: Response,
) -> TokensShape:
    """Takes the password or a second factor once more, and gives tokens with which grave changes are taken for a while.

    Whoever has a second factor confirms with it.
    """
    device = Device(desk.who.address, request.headers.get("user-agent", ""))
    opened = await confirm(desk, ask, device)
    response.headers["Cache-Control"] = "no-store"
    return await tokens_of(desk.house, access.ring, desk.who.tenant_id, desk.who.tenant_slug, opened)


@router.post("/sign-out", status_code=204, summary="Sign out", responses=problems(401, 403))
async def sign_out_here(work: Annotated[Work, may("core:me:write")]) -> None:
    """Ends the caller's session: its access and refresh tokens are refused at once."""
    if work.who.session_id is not None:
        await end_session(work, work.who.session_id, work.who.account, "sign_out")


@router.get("/sessions", summary="List my sessions", responses=problems(401, 403))
async def sessions_here(view: Annotated[View, may("core:me:read", opens=View)]) -> Page[SessionShape]:
    """The caller's sessions that live, the one that was used last first."""
    rows = await queries.sessions_of(view.db, view.who.account, view.now)
    return Page(items=[SessionShape.of(row, view.who.session_id) for row in rows], next=None)


@router.delete("/sessions/{session_id}", status_code=204, summary="End a session", responses=problems(401, 403, 404))
async def end_session_here(session_id: UUID, work: Annotated[Work, may("core:me:write")]) -> None:
    """Ends one of the caller's sessions: its tokens are refused at once."""
    await end_session(work, session_id, work.who.account, "ended_by_owner")


@router.post("/sessions/end-others", summary="End my other sessions", responses=problems(401, 403))
async def end_others_here(work: Annotated[Work, may("core:me:write")]) -> EndedShape:
    """Ends all the caller's sessions but the one that asks."""
    return EndedShape(ended=await end_others(work))


@router.get("/accounts/{account_id}/sessions", summary="List an account's sessions", responses=problems(401, 403, 404))
async def sessions_of_account_here(
    account_id: UUID, view: Annotated[View, may("core:sessions:read", opens=View)]
) -> Page[SessionShape]:
    """The sessions of an account that live, the one that was used last first."""
    if await account_with_id(view.db, account_id) is None:
        raise NoSuchAccount
    rows = await queries.sessions_of(view.db, account_id, view.now)
    return Page(items=[SessionShape.of(row, view.who.session_id) for row in rows], next=None)


@router.delete(
    "/accounts/{account_id}/sessions", summary="End an account's sessions", responses=problems(401, 403, 404)
)
async def end_sessions_of_account_here(
    account_id: UUID, work: Annotated[Work, may("core:sessions:write")]
) -> EndedShape:
    """Ends all sessions of an account: their tokens are refused at once."""
    if await account_with_id(work.db, account_id) is None:
        raise NoSuchAccount
    return EndedShape(ended=await end_session_of(work, account_id, None))


@router.delete(
    "/accounts/{account_id}/sessions/{session_id}",
    status_code=204,
    summary="End a session of an account",
    responses=problems(401, 403, 404),
)
async def end_session_of_account_here(
    account_id: UUID, session_id: UUID, work: Annotated[Work, may("core:sessions:write")]
) -> None:
    """Ends one session of an account."""
    await end_session_of(work, account_id, session_id)


@well_known.get("/.well-known/jwks.json", summary="The public keys of access tokens")
@open_to_all()
async def jwks_here(access: Here, response: Response) -> JwksShape:
    """The keys that verify access tokens, as a JWK set; one that is to sign soon is among them."""
    response.headers["Cache-Control"] = f"public, max-age={JWKS_SECONDS}"
    return JwksShape(**await access.ring.jwks())

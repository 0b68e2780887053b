"""Ways in to access: tokens, API keys, roles, public keys."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.access.api_keys import KeyShape, MakeKey, NewKeyShape, keys_of_caller, make_key, revoke_key
from fourfold.core.access.grant import GrantRoles, grant_roles
from fourfold.core.access.identify import Identify
from fourfold.core.access.keys import KeyRing
from fourfold.core.access.revocations import Revocations
from fourfold.core.access.sessions import Opened, SignIn, end_session, refresh_session, sign_in
from fourfold.core.access.shapes import JwksShape, TokensShape
from fourfold.core.access.tokens import Claims, issue_token
from fourfold.core.accounts.shapes import AccountShape
from fourfold.ground.answers import problems
from fourfold.ground.door import may, open_to_all, public, room_router
from fourfold.ground.house import House
from fourfold.ground.pages import Page
from fourfold.ground.work import Desk, View, Work

router = room_router("/v1/core", "access")
well_known = APIRouter(tags=["access"])


@dataclass(frozen=True, slots=True)
class Access:
    """What access keeps in each process."""

    ring: KeyRing
    revocations: Revocations
    identify: Identify
    rights: dict[str, frozenset[str]]


def access_of(request: Request) -> Access:
    """The process's access."""
    access: Access = request.app.state.access
    return access


class Refresh(BaseModel):
    """A refresh token."""

    model_config = ConfigDict(extra="forbid")
    refresh_token: str = Field(max_length=300)


def _tokens(house: House, access: Access, tenant_id: UUID, slug: str, opened: Opened) -> TokensShape:
    now = house.clock.now()
    lifetime = timedelta(minutes=house.settings.access_minutes)
    claims = Claims(
        opened.account["id"], tenant_id, slug, opened.session_id, opened.account["email"],
        tuple(opened.account["roles"]), now.timestamp(), (now + lifetime).timestamp(),
    )  # fmt: skip
    return TokensShape(
        access_token=issue_token(access.ring, claims),
        refresh_token=opened.refresh_token,
        expires_in=int(lifetime.total_seconds()),
    )


@router.post("/tokens", summary="Sign in", responses=problems(401))
async def sign_in_here(
    ask: SignIn,
    request: Request,
    desk: Annotated[Desk, public(opens=Desk)],
    access: Annotated[Access, Depends(access_of)],
    response: Response,
) -> TokensShape:
    """Opens a session for an address and its password."""
    address = request.client.host if request.client else ""
    opened = await sign_in(desk.house, desk.who, ask, request.headers.get("user-agent", ""), address)
    response.headers["Cache-Control"] = "no-store"
    return _tokens(desk.house, access, desk.who.tenant_id, desk.who.tenant_slug, opened)


@router.post("/tokens/refresh", summary="Refresh a session", responses=problems(401))
@open_to_all()
async def refresh_here(
    ask: Refresh, request: Request, access: Annotated[Access, Depends(access_of)], response: Response
) -> TokensShape:
    """Changes a refresh token for the next one. Using one twice ends the session, unless within ten seconds."""
    house: House = request.app.state.house
    tenant_id, slug, opened = await refresh_session(house, access.revocations, ask.refresh_token)
    response.headers["Cache-Control"] = "no-store"
    return _tokens(house, access, tenant_id, slug, opened)


@router.post("/sign-out", status_code=204, summary="Sign out", responses=problems(401))
async def sign_out_here(
    work: Annotated[Work, may("core:me:write")], access: Annotated[Access, Depends(access_of)]
) -> None:
    """Ends the caller's session: its access and refresh tokens are refused at once."""
    if work.who.session_id is not None:
        await end_session(work, access.revocations, work.who.session_id, work.who.account, "sign_out")


@router.post("/api-keys", status_code=201, summary="Make an API key", responses=problems(401, 403))
async def make_key_here(ask: MakeKey, work: Annotated[Work, may("core:api_keys:write")]) -> NewKeyShape:
    """Makes a key that may do no more than its maker. The key is shown once."""
    return await make_key(work, ask)


@router.get("/api-keys", summary="List the caller's API keys", responses=problems(401, 403))
async def list_keys_here(view: Annotated[View, may("core:api_keys:read", opens=View)]) -> Page[KeyShape]:
    """The caller's keys, without their secrets."""
    return Page(items=await keys_of_caller(view), next=None)


@router.delete("/api-keys/{key_id}", status_code=204, summary="Revoke an API key", responses=problems(401, 403, 404))
async def revoke_key_here(key_id: UUID, work: Annotated[Work, may("core:api_keys:write")]) -> None:
    """Ends a key at once."""
    await revoke_key(work, key_id)


@router.put("/accounts/{account_id}/roles", summary="Set an account's roles", responses=problems(401, 403, 404, 409))
async def grant_roles_here(
    account_id: UUID,
    ask: GrantRoles,
    work: Annotated[Work, may("core:roles:write")],
    access: Annotated[Access, Depends(access_of)],
) -> AccountShape:
    """Sets the roles; nobody grants more than they have, and the last owner stays owner."""
    return await grant_roles(work, access.revocations, access.rights, account_id, ask)


@well_known.get("/.well-known/jwks.json", summary="The public keys of access tokens")
@open_to_all()
async def jwks_here(access: Annotated[Access, Depends(access_of)]) -> JwksShape:
    """The keys that verify access tokens, as a JWK set."""
    return JwksShape(**access.ring.jwks())

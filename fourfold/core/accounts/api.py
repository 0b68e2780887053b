"""Ways in to accounts: register, who am I, my profile, and the tenant's accounts."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from fourfold.core.accounts import queries
from fourfold.core.accounts.profile import EditProfile, account_tag, edit_profile
from fourfold.core.accounts.queries import AccountFilter, NoSuchAccount
from fourfold.core.accounts.register import Register, hash_before, register_account
from fourfold.core.accounts.shapes import AccountShape, MeShape, NewAccountShape
from fourfold.ground.answers import problems
from fourfold.ground.door import may, public, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import View, Work

router = room_router("/v1/core", "accounts")


@router.post("/accounts", status_code=201, summary="Register", responses=problems(404))
async def register_here(
    ask: Register, work: Annotated[Work, public(opens=Work, prepare=hash_before, rate="sign_in")], request: Request
) -> NewAccountShape:
    """Adds an account with the role customer, and mails a link that verifies its address.

    The answer does not tell whether the address had an account already: its owner is told so by mail.
    """
    return await register_account(work, ask, request.state.password_hash)


@router.get("/accounts", summary="List accounts", responses=problems(401, 403))
async def list_accounts_here(
    view: Annotated[View, may("core:accounts:read", opens=View)],
    status: Annotated[Literal["active", "disabled"] | None, Query(description="Only in this state.")] = None,
    role: Annotated[str | None, Query(max_length=100, description="Only with this role.")] = None,
    email: Annotated[str | None, Query(max_length=254, description="How the address begins.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[AccountShape]:
    """The tenant's accounts in the order of their registration."""
    asked = AccountFilter(status, role, email.strip().lower() if email is not None else None)
    position = position_of(view, f"accounts:{asked}", cursor)
    rows = await queries.accounts_page(view.db, asked, UUID(position[0]) if position else None, limit + 1)
    items = [AccountShape.of(row) for row in rows[:limit]]
    more = cursor_for(view, f"accounts:{asked}", [str(items[-1].id)]) if len(rows) > limit else None
    return Page(items=items, next=more)


@router.get("/accounts/{account_id}", summary="Show an account", responses=problems(401, 403, 404))
async def show_account_here(
    account_id: UUID, view: Annotated[View, may("core:accounts:read", opens=View)], response: Response
) -> AccountShape:
    """One of the tenant's accounts."""
    row = await queries.account_with_id(view.db, account_id)
    if row is None:
        raise NoSuchAccount
    response.headers["ETag"] = account_tag(row)
    return AccountShape.of(row)


@router.patch("/accounts/{account_id}", summary="Edit an account's profile", responses=problems(401, 403, 404, 412))
async def edit_account_here(
    account_id: UUID,
    ask: EditProfile,
    request: Request,
    work: Annotated[Work, may("core:accounts:write")],
    response: Response,
) -> AccountShape:
    """Changes what is sent of the name, the language and the time zone."""
    row = await edit_profile(work, request, account_id, ask)
    response.headers["ETag"] = account_tag(row)
    return AccountShape.of(row)


@router.get("/me", summary="Who am I", responses=problems(401))
async def me_here(view: Annotated[View, may("core:me:read", opens=View)], response: Response) -> MeShape:
    """The caller's account, tenant, roles and permissions."""
    row = await queries.account_with_id(view.db, view.who.account)
    if row is None:
        raise NotFound
    response.headers["ETag"] = account_tag(row)
    return MeShape.of(view.who, row)


@router.patch("/me", summary="Change my profile", responses=problems(401, 412))
async def change_me_here(
    ask: EditProfile, request: Request, work: Annotated[Work, may("core:me:write")], response: Response
) -> MeShape:
    """Changes what is sent of the caller's name, language and time zone."""
    row = await edit_profile(work, request, work.who.account, ask)
    response.headers["ETag"] = account_tag(row)
    return MeShape.of(work.who, row)

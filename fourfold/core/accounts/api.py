"""Ways in to accounts: register, who am I, and the tenant's list of accounts."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.accounts import queries
from fourfold.core.accounts.register import Register, register_account
from fourfold.core.accounts.rename import rename_account
from fourfold.core.accounts.shapes import AccountShape, MeShape, NewAccountShape
from fourfold.ground.answers import problems
from fourfold.ground.door import may, public, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import View, Work

router = room_router("/v1/core", "accounts")


class ChangeMe(BaseModel):
    """What the caller may change about themselves."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    name: str = Field(min_length=1, max_length=200, examples=["Ada Lovelace"])


@router.post("/accounts", status_code=201, summary="Register", responses=problems(404))
async def register_here(ask: Register, work: Annotated[Work, public(opens=Work)]) -> NewAccountShape:
    """Adds an account with the role customer. The answer does not tell whether the address had one already."""
    return await register_account(work, ask)


@router.get("/accounts", summary="List accounts", responses=problems(401, 403))
async def list_accounts_here(
    view: Annotated[View, may("core:accounts:read", opens=View)], limit: Limit = 20, cursor: Cursor = None
) -> Page[AccountShape]:
    """The tenant's accounts in the order of their registration."""
    position = position_of(view, "accounts", cursor)
    rows = await queries.accounts_page(view.db, UUID(position[0]) if position else None, limit + 1)
    items = [AccountShape.of(row) for row in rows[:limit]]
    more = cursor_for(view, "accounts", [str(items[-1].id)]) if len(rows) > limit else None
    return Page(items=items, next=more)


@router.get("/me", summary="Who am I", responses=problems(401))
async def me_here(view: Annotated[View, may("core:me:read", opens=View)]) -> MeShape:
    """The caller's account, tenant, roles and permissions."""
    row = await queries.account_with_id(view.db, view.who.account)
    if row is None:
        raise NotFound
    return MeShape.of(view.who, row)


@router.patch("/me", summary="Change my profile", responses=problems(401))
async def change_me_here(ask: ChangeMe, work: Annotated[Work, may("core:me:write")]) -> MeShape:
    """Changes the caller's name."""
    await rename_account(work, work.who.account, ask.name)
    row = await queries.account_with_id(work.db, work.who.account)
    return MeShape.of(work.who, row)

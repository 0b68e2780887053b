"""Ways in to API keys and service accounts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from fourfold.core.access.process import Access, access_of
from fourfold.core.keys import queries
from fourfold.core.keys.change import ChangeKey, RotateKey, change_key, revoke_key, rotate_key
from fourfold.core.keys.make import MakeKey, NoSuchServiceAccount, holder, make_key
from fourfold.core.keys.service_accounts import (
    ChangeServiceAccount,
    MakeServiceAccount,
    change_service_account,
    make_service_account,
    remove_service_account,
)
from fourfold.core.keys.shapes import KeyShape, NewKeyShape, ServiceAccountShape
from fourfold.ground.answers import problems
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.work import View, Work

router: APIRouter = room_router("/v1/core", "keys")
Here = Annotated[Access, Depends(access_of)]
# A key that is shown is kept nowhere, so these answers are not kept for an Idempotency-Key either.
Making = Annotated[Work, may("core:api_keys:write", keys="none")]
Managing = Annotated[Work, may("core:service_accounts:write")]


@router.post("/api-keys", status_code=201, summary="Make an API key", responses=problems(401, 403, 404))
async def make_key_here(ask: MakeKey, work: Making) -> NewKeyShape:
    """Makes a key that may do no more than its maker. The key is shown once."""
    return await make_key(work, ask)


@router.get("/api-keys", summary="List API keys", responses=problems(401, 403, 404))
async def list_keys_here(
    view: Annotated[View, may("core:api_keys:read", opens=View)],
    account_id: Annotated[UUID | None, Query(description="A service account; none: the caller.")] = None,
) -> Page[KeyShape]:
    """The keys of the caller or of a service account, without their secrets."""
    rows = await queries.keys_of_account(view.db, await holder(view, account_id))
    return Page(items=[KeyShape.of(row) for row in rows], next=None)


@router.patch("/api-keys/{key_id}", summary="Change an API key", responses=problems(401, 403, 404, 409))
async def change_key_here(key_id: UUID, ask: ChangeKey, work: Annotated[Work, may("core:api_keys:write")]) -> KeyShape:
    """Changes name, networks and end, or switches the key off and on."""
    return await change_key(work, key_id, ask)


@router.post(
    "/api-keys/{key_id}/rotate", status_code=201, summary="Rotate an API key", responses=problems(401, 403, 404, 409)
)
async def rotate_key_here(key_id: UUID, ask: RotateKey, work: Making) -> NewKeyShape:
    """Makes a key like this one, which works on for the overlap. The new key is shown once."""
    return await rotate_key(work, key_id, ask)


@router.delete("/api-keys/{key_id}", status_code=204, summary="Revoke an API key", responses=problems(401, 403, 404))
async def revoke_key_here(key_id: UUID, work: Annotated[Work, may("core:api_keys:write")]) -> None:
    """Ends a key at once."""
    await revoke_key(work, key_id)


@router.post("/service-accounts", status_code=201, summary="Make a service account", responses=problems(401, 403))
async def make_service_account_here(ask: MakeServiceAccount, work: Managing, access: Here) -> ServiceAccountShape:
    """Adds an account for a program: it has no password, and signs in with the keys that are made for it."""
    return await make_service_account(work, access.rights, ask)


@router.get("/service-accounts", summary="List service accounts", responses=problems(401, 403))
async def list_service_accounts_here(
    view: Annotated[View, may("core:service_accounts:read", opens=View)], limit: Limit = 20, cursor: Cursor = None
) -> Page[ServiceAccountShape]:
    """The tenant's service accounts in the order of their making."""
    position = position_of(view, "service-accounts", cursor)
    rows = await queries.service_accounts(view.db, UUID(position[0]) if position else None, limit + 1)
    items = [ServiceAccountShape.of(row) for row in rows[:limit]]
    more = cursor_for(view, "service-accounts", [str(items[-1].id)]) if len(rows) > limit else None
    return Page(items=items, next=more)


@router.get(
    "/service-accounts/{service_account_id}", summary="Look at a service account", responses=problems(401, 403, 404)
)
async def service_account_here(
    service_account_id: UUID, view: Annotated[View, may("core:service_accounts:read", opens=View)]
) -> ServiceAccountShape:
    """A service account and its roles."""
    row = await queries.service_account(view.db, service_account_id)
    if row is None:
        raise NoSuchServiceAccount
    return ServiceAccountShape.of(row)


@router.patch(
    "/service-accounts/{service_account_id}", summary="Change a service account", responses=problems(401, 403, 404)
)
async def change_service_account_here(
    service_account_id: UUID, ask: ChangeServiceAccount, work: Managing, access: Here
) -> ServiceAccountShape:
    """Changes name and roles, or switches all its keys off and on."""
    return await change_service_account(work, access.rights, service_account_id, ask)


@router.delete(
    "/service-accounts/{service_account_id}",
    status_code=204,
    summary="Remove a service account",
    responses=problems(401, 403, 404),
)
async def remove_service_account_here(service_account_id: UUID, work: Managing, access: Here) -> None:
    """Removes the account; its keys are refused at once."""
    await remove_service_account(work, access.rights, service_account_id)

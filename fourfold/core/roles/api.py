"""Ways in to roles and permissions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from fourfold.core.access.process import Access, access_of
from fourfold.core.accounts.shapes import AccountShape
from fourfold.core.roles import queries
from fourfold.core.roles.define import ChangeRole, DefineRole, change_role, define_role, remove_role, role_seen
from fourfold.core.roles.grant import GrantRoles, grant_roles
from fourfold.core.roles.rules import BUILT_IN
from fourfold.core.roles.shapes import PermissionShape, PermissionsShape, RoleShape, tag_of_role
from fourfold.ground.answers import problems
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Page
from fourfold.ground.work import View, Work

router: APIRouter = room_router("/v1/core", "roles")
Here = Annotated[Access, Depends(access_of)]
Reading = Annotated[View, may("core:roles:read", opens=View)]
Writing = Annotated[Work, may("core:roles:write")]
Name = Annotated[str, Path(max_length=50, examples=["stock_keeper"])]


@router.put("/accounts/{account_id}/roles", summary="Set an account's roles", responses=problems(401, 403, 404, 409))
async def grant_roles_here(account_id: UUID, ask: GrantRoles, work: Writing, access: Here) -> AccountShape:
    """Sets the roles; nobody grants more than they have, and the last owner stays owner."""
    return await grant_roles(work, access.rights, account_id, ask)


@router.get("/permissions", summary="What I may do", responses=problems(401, 403))
async def permissions_here(
    view: Annotated[View, may("core:me:read", opens=View)],
    access: Here,
    everything: Annotated[bool, Query(alias="all", description="Also all that a role can be given.")] = False,
) -> PermissionsShape:
    """The caller's roles and permissions; for who sees roles also the catalogue of all permissions."""
    shape = PermissionsShape(roles=sorted(view.who.roles), permissions=sorted(view.who.permissions))
    if everything:
        view.who.must("core:roles:read")
        built_in = access.rights.built_in
        shape.catalogue = [
            PermissionShape.of(name, [role for role, held in built_in.items() if name in held])
            for name in sorted(access.rights.catalogue)
        ]
    return shape


@router.get("/roles", summary="List roles", responses=problems(401, 403))
async def list_roles_here(view: Reading, access: Here) -> Page[RoleShape]:
    """The built-in roles, then the tenant's own by name."""
    built_in = [RoleShape.of_built_in(name, access.rights.built_in.get(name, ())) for name in BUILT_IN]
    own = [RoleShape.of(row) for row in await queries.roles_of_tenant(view.db)]
    return Page(items=[*built_in, *own], next=None)


@router.post("/roles", status_code=201, summary="Define a role", responses=problems(401, 403, 409))
async def define_role_here(ask: DefineRole, work: Writing, access: Here, response: Response) -> RoleShape:
    """Adds a role of the tenant's own, which may do no more than its maker."""
    role = await define_role(work, access.rights, ask)
    response.headers["ETag"] = tag_of_role(role)
    return RoleShape.of(role)


@router.get("/roles/{role_name}", summary="Look at a role", responses=problems(401, 403, 404))
async def role_here(role_name: Name, view: Reading, access: Here, response: Response) -> RoleShape:
    """A role and what it may do. `ETag` names its version, for an edit."""
    if role_name in BUILT_IN:
        return RoleShape.of_built_in(role_name, access.rights.built_in.get(role_name, ()))
    role = await role_seen(view, role_name)
    response.headers["ETag"] = tag_of_role(role)
    return RoleShape.of(role)


@router.patch("/roles/{role_name}", summary="Change a role", responses=problems(401, 403, 404, 412))
async def change_role_here(
    role_name: Name, ask: ChangeRole, request: Request, work: Writing, access: Here, response: Response
) -> RoleShape:
    """Changes what the role may do for everybody who has it, at once. With `If-Match` only this version of it."""
    role = await change_role(work, access.rights, request, role_name, ask)
    response.headers["ETag"] = tag_of_role(role)
    return RoleShape.of(role)


@router.delete(
    "/roles/{role_name}", status_code=204, summary="Remove a role", responses=problems(401, 403, 404, 409, 412)
)
async def remove_role_here(
    role_name: Name,
    request: Request,
    work: Writing,
    access: Here,
    take_away: Annotated[bool, Query(description="Take it from the accounts that have it.")] = False,
) -> None:
    """Removes a role that no account has, or takes it away from those that have it."""
    await remove_role(work, access.rights, request, role_name, take_away=take_away)

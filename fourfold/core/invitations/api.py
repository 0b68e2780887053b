"""Ways in to invitations, and the checklist of a new tenant."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from fourfold.core.access.process import Access, access_of
from fourfold.core.accounts.shapes import AccountShape
from fourfold.core.invitations import queries
from fourfold.core.invitations.invite import AcceptInvitation, Invite, accept_invitation, invite, revoke_invitation
from fourfold.core.invitations.shapes import InvitationShape, OnboardingShape, StepShape
from fourfold.ground.answers import problems
from fourfold.ground.door import may, public, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.work import Desk, View, Work

router = room_router("/v1/core", "invitations")


@router.post("/invitations", status_code=201, summary="Invite somebody", responses=problems(401, 403))
async def invite_here(
    ask: Invite,
    work: Annotated[Work, may("core:invitations:write")],
    access: Annotated[Access, Depends(access_of)],
) -> InvitationShape:
    """Mails a link by which somebody comes in with these roles; an open invitation of the address ends."""
    return await invite(work, access.rights, ask)


@router.get("/invitations", summary="List invitations", responses=problems(401, 403))
async def list_invitations_here(
    view: Annotated[View, may("core:invitations:read", opens=View)], limit: Limit = 20, cursor: Cursor = None
) -> Page[InvitationShape]:
    """The tenant's invitations, the newest first."""
    position = position_of(view, "invitations", cursor)
    rows = await queries.invitations_page(view.db, UUID(position[0]) if position else None, limit + 1)
    items = [InvitationShape.of(row, view.now) for row in rows[:limit]]
    more = cursor_for(view, "invitations", [str(items[-1].id)]) if len(rows) > limit else None
    return Page(items=items, next=more)


@router.delete(
    "/invitations/{invitation_id}",
    status_code=204,
    summary="Take an invitation back",
    responses=problems(401, 403, 404),
)
async def revoke_here(invitation_id: UUID, work: Annotated[Work, may("core:invitations:write")]) -> None:
    """Its link leads nowhere any more."""
    await revoke_invitation(work, invitation_id)


@router.post("/invitations/accept", summary="Accept an invitation", responses=problems(400, 404, 409))
async def accept_here(ask: AcceptInvitation, desk: Annotated[Desk, public(opens=Desk, rate="sign_in")]) -> AccountShape:
    """Makes the invited person's account, or gives the roles to the account that they are signed in with."""
    return await accept_invitation(desk, ask)


@router.get("/onboarding", summary="What is there to do", responses=problems(401, 403))
async def onboarding_here(view: Annotated[View, may("core:settings:read", opens=View)]) -> OnboardingShape:
    """What a new tenant does first, and what of it is done."""
    items = [
        StepShape(name=step.name, title=step.title, how=step.how, done=await step.is_done(view))
        for step in view.house.steps
    ]
    return OnboardingShape(done=len([each for each in items if each.done]), of=len(items), items=items)

"""Ways in to second factors: the caller's own, and those of somebody who has lost them."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from fourfold.core.access.step_up import must_be_fresh
from fourfold.core.accounts.queries import account_with_id
from fourfold.core.factors import queries
from fourfold.core.factors.ceremonies import party_asking, registration_options
from fourfold.core.factors.enrol import (
    AddPasskey,
    AddTotp,
    ConfirmTotp,
    add_passkey,
    add_totp,
    confirm_totp,
    new_recovery_codes,
)
from fourfold.core.factors.remove import RenameFactor, remove_factor, rename_factor, reset_factors
from fourfold.core.factors.shapes import (
    AddedShape,
    EnrolmentShape,
    FactorShape,
    FactorsShape,
    OptionsShape,
    RecoveryCodesShape,
)
from fourfold.ground.answers import problems
from fourfold.ground.door import may, room_router
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import View, Work

router = room_router("/v1/core", "factors")
Mine = Annotated[Work, may("core:me:write", keys="none")]


@router.get("/me/factors", summary="List my second factors", responses=problems(401))
async def factors_here(view: Annotated[View, may("core:me:read", opens=View)]) -> FactorsShape:
    """The caller's apps and passkeys, and how many recovery codes are left."""
    rows = await queries.factor_rows(view.db, view.who.account)
    left = await queries.recovery_codes_left(view.db, view.who.account)
    return FactorsShape(items=[FactorShape.of(row) for row in rows], recovery_codes_left=left)


@router.post("/me/factors/totp", status_code=201, summary="Add an app", responses=problems(401, 403, 409))
async def add_totp_here(ask: AddTotp, work: Mine, response: Response) -> EnrolmentShape:
    """Makes a secret for an app that shows codes. It is asked for only once its first code has been given."""
    must_be_fresh(work)
    response.headers["Cache-Control"] = "no-store"
    return await add_totp(work, ask)


@router.post("/me/factors/totp/{factor_id}/confirm", summary="Confirm an app", responses=problems(401, 403, 404))
async def confirm_totp_here(factor_id: UUID, ask: ConfirmTotp, work: Mine, response: Response) -> AddedShape:
    """Puts an app in force, by its first code. With the first factor come ten recovery codes, shown only here."""
    must_be_fresh(work)
    response.headers["Cache-Control"] = "no-store"
    return await confirm_totp(work, factor_id, ask)


@router.post("/me/factors/passkeys/options", summary="Begin a passkey", responses=problems(401, 403, 404))
async def passkey_options_here(request: Request, work: Mine) -> OptionsShape:
    """What the browser's `navigator.credentials.create()` needs, for a passkey bound to the page's host."""
    must_be_fresh(work)
    account = await account_with_id(work.db, work.who.account)
    if account is None:
        raise NotFound
    party = party_asking(request, work)
    known = await queries.passkeys_of(work.db, account["id"], party.id)
    names = (account["email"], account["name"])
    return registration_options(work, account["id"], party, names, [bytes(row["credential_id"]) for row in known])


@router.post("/me/factors/passkeys", status_code=201, summary="Add a passkey", responses=problems(401, 403, 409))
async def add_passkey_here(ask: AddPasskey, work: Mine, response: Response) -> AddedShape:
    """Keeps what the browser has made. With the first factor come ten recovery codes, shown only here."""
    must_be_fresh(work)
    response.headers["Cache-Control"] = "no-store"
    return await add_passkey(work, ask)


@router.patch("/me/factors/{factor_id}", summary="Rename a factor", responses=problems(401, 404))
async def rename_factor_here(factor_id: UUID, ask: RenameFactor, work: Mine) -> FactorShape:
    """Changes what an app or a passkey is called."""
    return await rename_factor(work, factor_id, ask)


@router.delete("/me/factors/{factor_id}", status_code=204, summary="Remove a factor", responses=problems(401, 403, 404))
async def remove_factor_here(factor_id: UUID, work: Mine) -> None:
    """Removes an app or a passkey; with the last one the recovery codes end. The owner is told by mail."""
    must_be_fresh(work)
    await remove_factor(work, factor_id)


@router.post(
    "/me/recovery-codes", status_code=201, summary="Make new recovery codes", responses=problems(401, 403, 409)
)
async def new_codes_here(work: Mine, response: Response) -> RecoveryCodesShape:
    """Ten codes, each good for one sign-in, in the place of the old ones. They are shown only here."""
    must_be_fresh(work)
    response.headers["Cache-Control"] = "no-store"
    return RecoveryCodesShape(recovery_codes=await new_recovery_codes(work))


@router.delete(
    "/accounts/{account_id}/factors",
    status_code=204,
    summary="Remove somebody's second factors",
    responses=problems(401, 403, 404),
)
async def reset_factors_here(account_id: UUID, work: Annotated[Work, may("core:factors:reset", keys="none")]) -> None:
    """For people who have lost their phone and their recovery codes; they are told by mail. Owners need an owner."""
    must_be_fresh(work)
    await reset_factors(work, account_id)

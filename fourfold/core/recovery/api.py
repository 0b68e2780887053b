"""Ways in to recovery: verify an address, reset or change a password, change an address, verify a number, disable."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from fourfold.core.accounts.credentials import remove_phone
from fourfold.core.accounts.lockout import Device, device_of
from fourfold.core.accounts.profile import account_tag
from fourfold.core.accounts.shapes import AccountShape
from fourfold.core.recovery.change_email import (
    ChangeEmail,
    ConfirmEmail,
    ask_new_email,
    confirm_new_email,
)
from fourfold.core.recovery.change_password import ChangePassword, change_password
from fourfold.core.recovery.disable import disable_account, enable_account
from fourfold.core.recovery.phone import AskPhone, ConfirmPhone, ask_phone, confirm_phone
from fourfold.core.recovery.reset import AskReset, ConfirmReset, ask_reset, confirm_reset
from fourfold.core.recovery.shapes import AcceptedShape
from fourfold.core.recovery.verify import VerifyEmail, mail_link_again, verify_email
from fourfold.ground.answers import problems
from fourfold.ground.door import may, public, room_router
from fourfold.ground.work import Desk, Work

router = room_router("/v1/core", "recovery")

MyWork = Annotated[Work, may("core:me:write", rate="sign_in")]
MyDesk = Annotated[Desk, may("core:me:write", opens=Desk, rate="sign_in")]
Administering = Annotated[Work, may("core:accounts:write")]


From = Annotated[Device, Depends(device_of)]


@router.post("/accounts/verify-email", status_code=204, summary="Verify an address", responses=problems(404))
async def verify_email_here(ask: VerifyEmail, work: Annotated[Work, public(opens=Work, rate="sign_in")]) -> None:
    """Takes the token of the link that was mailed. It is good once, and for seven days."""
    await verify_email(work, ask)


@router.post("/me/verify-email", status_code=202, summary="Mail the link again", responses=problems(401, 403))
async def mail_link_here(work: MyWork) -> AcceptedShape:
    """Mails another link to the caller's address, five an hour at most, unless it is verified."""
    mail_link_again(work)
    return AcceptedShape()


@router.post("/password-resets", status_code=202, summary="Ask for a new password", responses=problems(404))
async def ask_reset_here(ask: AskReset, work: Annotated[Work, public(opens=Work, rate="sign_in")]) -> AcceptedShape:
    """Mails a link to the address, if it has an account. The answer does not tell whether it has."""
    ask_reset(work, ask)
    return AcceptedShape()


@router.post("/password-resets/confirm", status_code=204, summary="Choose a new password", responses=problems(404))
async def confirm_reset_here(
    ask: ConfirmReset, desk: Annotated[Desk, public(opens=Desk, rate="sign_in")], device: From
) -> None:
    """Takes the token of the link. All sessions end, a lock is lifted, and the owner signs in as always."""
    await confirm_reset(desk, ask, device)


@router.put("/me/password", status_code=204, summary="Change my password", responses=problems(401, 403))
async def change_password_here(ask: ChangePassword, desk: MyDesk, device: From) -> None:
    """Takes the current password and the new one; the owner is told by mail."""
    await change_password(desk, ask, device)


@router.post("/me/email", status_code=202, summary="Change my address", responses=problems(401, 403))
async def ask_new_email_here(ask: ChangeEmail, desk: MyDesk, device: From) -> AcceptedShape:
    """Mails a link to the new address and a notice to the old one. Without the password the session must be fresh."""
    await ask_new_email(desk, ask, device)
    return AcceptedShape()


@router.post("/me/email/confirm", status_code=204, summary="Confirm my new address", responses=problems(401, 403, 409))
async def confirm_new_email_here(ask: ConfirmEmail, work: MyWork) -> None:
    """Takes the token of the link: from now on the account has the new address."""
    await confirm_new_email(work, ask)


@router.post("/me/phone", status_code=202, summary="Verify a telephone number", responses=problems(401, 403))
async def ask_phone_here(ask: AskPhone, work: MyWork) -> AcceptedShape:
    """Sends six digits to the number, five times an hour at most. The session must be fresh."""
    await ask_phone(work, ask)
    return AcceptedShape()


@router.post("/me/phone/confirm", status_code=204, summary="Confirm my telephone number", responses=problems(401, 403))
async def confirm_phone_here(ask: ConfirmPhone, desk: MyDesk) -> None:
    """Takes the six digits, within ten minutes and five attempts."""
    await confirm_phone(desk, ask)


@router.delete("/me/phone", status_code=204, summary="Forget my telephone number", responses=problems(401, 403))
async def remove_phone_here(work: MyWork) -> None:
    """Forgets the number."""
    await remove_phone(work, work.who.account)


@router.post("/accounts/{account_id}/disable", summary="Disable an account", responses=problems(401, 403, 404, 409))
async def disable_here(account_id: UUID, work: Administering, response: Response) -> AccountShape:
    """Refuses the account's sessions, tokens and keys at once. Not one's own account, and not the last owner's."""
    row = await disable_account(work, account_id)
    response.headers["ETag"] = account_tag(row)
    return AccountShape.of(row)


@router.post("/accounts/{account_id}/enable", summary="Enable an account", responses=problems(401, 403, 404))
async def enable_here(account_id: UUID, work: Administering, response: Response) -> AccountShape:
    """Lets the account's owner sign in again."""
    row = await enable_account(work, account_id)
    response.headers["ETag"] = account_tag(row)
    return AccountShape.of(row)

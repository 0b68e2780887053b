"""A password was forgotten: a link is mailed, and whoever opens it chooses another password."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.core import Letter, Tenants
from fourfold.core.access.end import end_sessions
from fourfold.core.accounts import credentials
from fourfold.core.accounts.jobs import link_to
from fourfold.core.accounts.lockout import Device, lift_lock
from fourfold.core.accounts.passwords import NewPassword, hash_password, refuse_weak_password
from fourfold.core.accounts.queries import account_with_email, account_with_id, lock_account
from fourfold.core.codes.issue import issue_token, void_codes
from fourfold.core.codes.queries import codes_since
from fourfold.core.codes.rules import CHANGE_EMAIL, RESET_PASSWORD, VERIFY_PHONE
from fourfold.core.codes.use import InvalidCode, account_of_token, use_token
from fourfold.core.keys.change import end_keys_of
from fourfold.core.notices.send import send_letter
from fourfold.core.recovery.letters import tell_of_new_password
from fourfold.ground.durable import job
from fourfold.ground.emails import Email
from fourfold.ground.ids import new_id
from fourfold.ground.work import Desk, Work

MOST_LINKS_AN_HOUR = 5


class AskReset(BaseModel):
    """Whose password was forgotten."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    email: Email


class ConfirmReset(BaseModel):
    """The token of the link that was mailed, and the password from now on."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    token: Annotated[str, Field(max_length=200, examples=["ffc_0189..."])]
    password: NewPassword


class MailReset(BaseModel):
    """Which address to mail a link to, if it has an account."""

    email: str


@job("core.recovery.mail_reset")
async def mail_reset(work: Work, ask: MailReset) -> None:
    """Mails a link, if the address has an account, a few times an hour at most."""
    account = await account_with_email(work.db, ask.email)
    if account is None or account["status"] != "active" or account["kind"] != "person":
        return
    # One after the other, so that they can be counted.
    await lock_account(work.db, account["id"])
    hour_ago = work.now - timedelta(hours=1)
    if len(await codes_since(work.db, account["id"], RESET_PASSWORD.name, hour_ago)) >= MOST_LINKS_AN_HOUR:
        return
    tenant = await work.ask(Tenants).facts_of(work.who.tenant_id)
    token = await issue_token(work, RESET_PASSWORD, account["id"])
    link = link_to(work.house, tenant, "reset-password", token)
    data = {"sender": tenant.name, "tenant": tenant.name, "name": account["name"], "link": link}
    await send_letter(work, Letter(f"reset-password:{new_id()}", ask.email, "core/recovery/reset_password", data))


def ask_reset(work: Work, ask: AskReset) -> None:
    """Has the address looked up later, in the background: the answer tells nothing, not even by its time."""
    work.later(mail_reset, MailReset(email=ask.email))


async def confirm_reset(desk: Desk, ask: ConfirmReset, device: Device) -> None:
    """Keeps the new password and ends all sessions; raises `InvalidCode` and `WeakPassword`.

    Keys end too when the address had never been verified. It opens no session: whoever has a second factor is asked for
    it at the next sign-in as always.
    """
    async with desk.work() as work:
        account = await account_with_id(work.db, await account_of_token(work, RESET_PASSWORD, ask.token))
    if account is None or account["status"] != "active":
        raise InvalidCode
    refuse_weak_password(ask.password, account["email"], account["name"])
    password_hash = await hash_password(ask.password)
    async with desk.work() as work:
        used = await use_token(work, RESET_PASSWORD, ask.token, account["id"])
        work.note("core.recovery.password_reset", f"account:{used.account_id}")
        if account["email_verified_at"] is None:
            # Whoever registered with an address that is not theirs may have left keys behind, and a number.
            await end_keys_of(work, used.account_id)
            await credentials.remove_phone(work, used.account_id)
        await credentials.set_password(work, used.account_id, password_hash)
        await credentials.mark_email_verified(work, used.account_id)
        # Whatever a thief has begun in the meantime ends here.
        await void_codes(work, used.account_id, [RESET_PASSWORD, CHANGE_EMAIL, VERIFY_PHONE])
        await end_sessions(work, used.account_id, "password_reset")
        await lift_lock(work, account["email"], device)
        await tell_of_new_password(work, account)

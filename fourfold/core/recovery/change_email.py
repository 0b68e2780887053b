"""A person changes their address: the new one confirms, the old one is told."""

from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.core import Letter, Tenants
from fourfold.core.access.step_up import must_be_fresh
from fourfold.core.accounts import credentials
from fourfold.core.accounts.jobs import link_to
from fourfold.core.accounts.lockout import Device
from fourfold.core.accounts.passwords import GivenPassword
from fourfold.core.accounts.queries import account_with_email, account_with_id, lock_account
from fourfold.core.codes.issue import issue_token, void_codes
from fourfold.core.codes.queries import codes_since
from fourfold.core.codes.rules import CHANGE_EMAIL, RESET_PASSWORD, VERIFY_EMAIL
from fourfold.core.codes.use import use_token
from fourfold.core.notices.send import send_letter
from fourfold.core.recovery.change_password import prove_password
from fourfold.core.recovery.letters import tell_of_new_email
from fourfold.ground.durable import job
from fourfold.ground.emails import Email
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import Desk, Work

MOST_LINKS_AN_HOUR = 5


class ChangeEmail(BaseModel):
    """The address to be; the password may be left out by whoever has just proved who they are."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    email: Email
    password: GivenPassword | None = None


class ConfirmEmail(BaseModel):
    """The token of the link that was mailed to the new address."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    token: str = Field(max_length=200, examples=["ffc_0189..."])


class MailBoth(BaseModel):
    """Whose address is to become which."""

    account_id: UUID
    email: str


@job("core.recovery.mail_both")
async def mail_both(work: Work, ask: MailBoth) -> None:
    """Mails a link to the new address and a notice to the old one; to a taken address, that it has an account."""
    # One after the other, so that they can be counted.
    await lock_account(work.db, ask.account_id)
    account = await account_with_id(work.db, ask.account_id)
    hour_ago = work.now - timedelta(hours=1)
    made = await codes_since(work.db, ask.account_id, CHANGE_EMAIL.name, hour_ago)
    if account is None or account["status"] != "active" or len(made) >= MOST_LINKS_AN_HOUR:
        return
    tenant = await work.ask(Tenants).facts_of(work.who.tenant_id)
    data = {"sender": tenant.name, "tenant": tenant.name, "name": account["name"], "was": account["email"]}
    # A code is made either way: it counts, and nothing tells who else has an account.
    token = await issue_token(work, CHANGE_EMAIL, ask.account_id, ask.email)
    holder = await account_with_email(work.db, ask.email)
    if holder is None:
        link = link_to(work.house, tenant, "confirm-email", token)
        letter = Letter(f"change-email:{new_id()}", ask.email, "core/recovery/change_email", {**data, "link": link})
    else:
        data |= {"name": holder["name"], "link": link_to(work.house, tenant, "reset-password")}
        once = f"address-taken:{holder['id']}:{work.now:%Y-%m-%d}"
        letter = Letter(once, ask.email, "core/accounts/address_taken", data)
    await send_letter(work, letter)
    await tell_of_new_email(work, account, ask.email, asked=True)


async def ask_new_email(desk: Desk, ask: ChangeEmail, device: Device) -> None:
    """Has both addresses mailed; raises `StepUpRequired`, or `WrongPassword` when one is given."""
    if ask.password is None:
        must_be_fresh(desk)
    else:
        await prove_password(desk, ask.password, device)
    async with desk.work() as work:
        work.later(mail_both, MailBoth(account_id=work.who.account, email=ask.email))


async def confirm_new_email(work: Work, ask: ConfirmEmail) -> None:
    """Keeps the new address; raises `InvalidCode`, and `EmailTaken` when somebody else has it by now."""
    used = await use_token(work, CHANGE_EMAIL, ask.token, work.who.account)
    await lock_account(work.db, used.account_id)
    account = await account_with_id(work.db, used.account_id)
    if account is None:
        raise NotFound
    work.note("core.recovery.email_changed", f"account:{used.account_id}")
    await credentials.set_email(work, used.account_id, used.carried)
    # Links that went to the old address open nothing any more.
    await void_codes(work, used.account_id, [RESET_PASSWORD, VERIFY_EMAIL])
    await tell_of_new_email(work, account, used.carried, asked=False)

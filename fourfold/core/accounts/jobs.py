"""What accounts do in the background: mails about addresses, and forgetting what has run its time."""

import re
from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel

from fourfold.contracts.core import Letter, TenantFacts, Tenants
from fourfold.core.accounts import tables
from fourfold.core.accounts.lockout import DEVICE_KNOWN_FOR, FAILURES_KEPT_FOR
from fourfold.core.accounts.queries import account_with_email, account_with_id, lock_account
from fourfold.core.codes.forget import forget_codes
from fourfold.core.codes.issue import issue_token
from fourfold.core.codes.queries import codes_since
from fourfold.core.codes.rules import VERIFY_EMAIL
from fourfold.core.notices.send import send_letter
from fourfold.ground.durable import job
from fourfold.ground.house import House
from fourfold.ground.ids import new_id
from fourfold.ground.work import Work

MOST_LINKS_AN_HOUR = 5
# What a mail program might make a link of.
LINKABLE = re.compile(r"[/:@]|\w\.\w")


class Greet(BaseModel):
    """Who has registered; without an account, the address had one already."""

    account_id: UUID | None
    email: str


class Nothing(BaseModel):
    """There is nothing to be told."""


@job("core.accounts.greet")
async def greet(work: Work, ask: Greet) -> None:
    """Mails a link that verifies the address; if it had an account already, its owner is told that somebody tried."""
    if ask.account_id is not None:
        await mail_verification(work, ask.account_id)
        return
    tenant = await work.ask(Tenants).facts_of(work.who.tenant_id)
    account = await account_with_email(work.db, ask.email)
    if account is not None and account["status"] == "active":
        # Once a day: whoever tries again and again fills nobody's inbox.
        once = f"address-taken:{account['id']}:{work.now:%Y-%m-%d}"
        link = link_to(work.house, tenant, "reset-password")
        data = {"sender": tenant.name, "tenant": tenant.name, "name": account["name"], "link": link}
        await send_letter(work, Letter(once, ask.email, "core/accounts/address_taken", data))


@job("core.accounts.forget", behind=True)
async def forget_what_has_ended(work: Work, _ask: Nothing) -> None:
    """Deletes codes that have long expired, failures that do not count any more, and devices not seen for long."""
    await forget_codes(work, work.now - timedelta(days=30))
    await tables.forget_old_trials(work.db, work.now - FAILURES_KEPT_FOR, work.now - DEVICE_KNOWN_FOR)


async def mail_verification(work: Work, account_id: UUID) -> None:
    """Mails a link that verifies the account's address, unless it is verified, or enough mails went out this hour."""
    # One after the other, so that they can be counted.
    await lock_account(work.db, account_id)
    account = await account_with_id(work.db, account_id)
    if account is None or account["status"] != "active" or account["email_verified_at"] is not None:
        return
    made = await codes_since(work.db, account_id, VERIFY_EMAIL.name, work.now - timedelta(hours=1))
    if len(made) >= MOST_LINKS_AN_HOUR:
        return
    tenant = await work.ask(Tenants).facts_of(work.who.tenant_id)
    token = await issue_token(work, VERIFY_EMAIL, account_id, account["email"])
    link = link_to(work.house, tenant, "verify-email", token)
    # Anybody may have registered with this address: they choose no words that its owner could take for ours.
    name = "" if LINKABLE.search(account["name"]) else account["name"][:60]
    data = {"sender": tenant.name, "tenant": tenant.name, "name": name, "link": link}
    await send_letter(work, Letter(f"verify-email:{new_id()}", account["email"], "core/accounts/verify_email", data))


def link_to(house: House, tenant: TenantFacts, page: str, token: str = "") -> str:
    """A page of the people's application, which sends the token on by POST: mail programs follow links unasked."""
    base = (house.settings.app_url or f"{house.settings.base_url}/console").rstrip("/")
    return f"{base}/{page}?tenant={tenant.slug}" + (f"&token={token}" if token else "")

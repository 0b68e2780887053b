"""Mails that tell people what has been changed about how they sign in."""

import asyncpg

from fourfold.contracts.core import Letter, Tenants
from fourfold.core.accounts.jobs import link_to
from fourfold.core.notices.send import send_letter
from fourfold.ground.ids import new_id
from fourfold.ground.work import Work


async def tell_of_new_password(work: Work, account: asyncpg.Record) -> None:
    """Tells the owner that the account has another password, in case it was not them."""
    await _tell(work, account, account["email"], "password_changed")


async def tell_of_new_email(work: Work, account: asyncpg.Record, became: str, *, asked: bool) -> None:
    """Tells the old address that somebody wants to change it, or that it has been changed."""
    await _tell(work, account, account["email"], "email_asked" if asked else "email_changed", became=became)


async def _tell(work: Work, account: asyncpg.Record, to: str, template: str, **more: str) -> None:
    tenant = await work.ask(Tenants).facts_of(work.who.tenant_id)
    link = link_to(work.house, tenant, "reset-password")
    data = {"sender": tenant.name, "tenant": tenant.name, "name": account["name"], "link": link, **more}
    letter = Letter(f"{template}:{new_id()}", to, f"core/recovery/{template}", {**data, "at": work.now})
    await send_letter(work, letter)

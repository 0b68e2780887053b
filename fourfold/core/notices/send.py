"""A mail is written in its reader's language, and queued."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import asyncpg

from fourfold.contracts.core import Letter
from fourfold.core.accounts.queries import account_with_email
from fourfold.core.notices import tables
from fourfold.core.notices.compose import compose
from fourfold.core.notices.jobs import DeliverMail, deliver_mail
from fourfold.core.settings.known import LOCALE, TIME_ZONE
from fourfold.core.templates.queries import own_texts
from fourfold.core.templates.shipped import languages_for
from fourfold.ground.ids import new_id
from fourfold.ground.work import Work


async def send_letter(work: Work, letter: Letter) -> None:
    """Writes the mail and queues its delivery; a second letter with the same `once` does nothing.

    It is written in the language of the account with the address, else in the tenant's, else in English; times are
    those of the account's zone, else of the tenant's.
    """
    mail_id = new_id()
    account = await account_with_email(work.db, letter.to.lower())
    languages = await _languages_of(work, account)
    own = await own_texts(work.db, letter.template.replace("/", "."), languages)
    mail = compose(letter.template, letter.data, languages, own, await _zone_of(work, account))
    files = [{"name": each.name, "key": each.key, "content_type": each.content_type} for each in letter.files]
    if await tables.insert_mail(work.db, work.who.tenant_id, mail_id, letter.once, letter.to, mail, files, work.now):
        work.later(deliver_mail, DeliverMail(mail_id=mail_id), once=f"mail:{mail_id}")


async def _zone_of(work: Work, account: asyncpg.Record | None) -> ZoneInfo:
    chosen: str | None = account["time_zone"] if account is not None else None
    if chosen:
        return ZoneInfo(chosen)
    return ZoneInfo(await work.house.configuration.value(work.who.tenant_id, TIME_ZONE, work.db))


async def _languages_of(work: Work, account: asyncpg.Record | None) -> Sequence[str]:
    chosen = account["language"] if account is not None else None
    tenant_language = await work.house.configuration.value(work.who.tenant_id, LOCALE, work.db)
    return languages_for(chosen, tenant_language)

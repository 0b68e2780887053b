"""A mail is written and queued."""

from fourfold.contracts.core import Letter
from fourfold.core.notices import tables
from fourfold.core.notices.compose import compose
from fourfold.core.notices.jobs import DeliverMail, deliver_mail
from fourfold.ground.ids import new_id
from fourfold.ground.work import Work


async def send_letter(work: Work, letter: Letter) -> None:
    """Writes the mail and queues its delivery; a second letter with the same `once` does nothing."""
    mail_id = new_id()
    mail = compose(letter.template, letter.data)
    files = [{"name": each.name, "key": each.key, "content_type": each.content_type} for each in letter.files]
    if await tables.insert_mail(work.db, work.who.tenant_id, mail_id, letter.once, letter.to, mail, files, work.now):
        work.later(deliver_mail, DeliverMail(mail_id=mail_id), once=f"mail:{mail_id}")

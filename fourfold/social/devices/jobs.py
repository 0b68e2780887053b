"""Telling people on their devices what is new."""

from uuid import UUID

from pydantic import BaseModel

from fourfold.contracts.social import Pushes, PushNote
from fourfold.ground.durable import job
from fourfold.ground.work import Desk
from fourfold.social.devices.queries import devices_of
from fourfold.social.devices.register import forget_device
from fourfold.social.notifications.queries import state_of
from fourfold.social.notifications.see import mark_sent
from fourfold.social.notifications.show import news_of, unread_of

MOST_TOLD = 20


class OnePerson(BaseModel):
    """Whom to tell."""

    person_id: UUID


@job("social.devices.push", steps=True)
async def push_news(desk: Desk, whom: OnePerson) -> None:
    """Sends the latest that is new to all devices of a person, unless they have seen it by now.

    What they may know of it is asked here and now. Whoever dies in between sends it once more, with the same `seq`:
    providers show one of them.
    """
    view, person = desk.document_view(), whom.person_id
    devices = await devices_of(view, person)
    news = await news_of(view, person, "push", MOST_TOLD) if devices else []
    if not news:
        return
    latest = max(news, key=lambda each: each.seq)
    unread = await unread_of(view, person, await state_of(view, person))
    for device in devices:
        note = PushNote(desk.who.tenant_id, device["provider"], device["token"], latest.summary, unread, latest.seq)
        if not await desk.ask(Pushes).push(note):
            async with desk.document_work() as work:
                await forget_device(work, device["_id"])
    await mark_sent(desk, person, "push", latest.seq)

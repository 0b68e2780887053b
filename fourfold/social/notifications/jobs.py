"""What is done about notifications in the background: the mail of the day; what is old goes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.contracts.core import Accounts, Letter, Notices, Tenants
from fourfold.ground.configuration import Setting
from fourfold.ground.durable import job
from fourfold.ground.work import Desk
from fourfold.social.notifications.documents import KEPT_FOR_SECONDS
from fourfold.social.notifications.queries import people_with_mail
from fourfold.social.notifications.record import forget_before
from fourfold.social.notifications.see import mark_sent
from fourfold.social.notifications.shapes import ShownNotification
from fourfold.social.notifications.show import news_of
from fourfold.social.people.queries import people_by_id

MOST_TOLD = 100
# What a digest counts together.
COUNTED: Mapping[str, Sequence[str]] = {
    "reactions": ("reaction",),
    "reposts": ("repost", "quote"),
    "comments": ("comment", "reply"),
    "mentions": ("mention",),
    "polls": ("poll",),
    "people": ("follow", "follow_request", "friend_request", "friend"),
}


LONGEST_DAYS = KEPT_FOR_SECONDS // (24 * 3600)
KEEP_NOTIFICATIONS: Setting[int] = Setting(
    "social.keep_notifications_days",
    Annotated[int, Field(ge=1, le=LONGEST_DAYS, strict=True)],
    LONGEST_DAYS,
    "How long notifications are kept, in days",
)


class ToEverybody(BaseModel):
    """Nothing needs to be said."""


@job("social.notifications.digests", steps=True)
async def send_digests(desk: Desk, _: ToEverybody) -> None:
    """Writes to all who want mail and have something new; what they may know of it is asked now, not when it came."""
    for person in await people_with_mail(desk.document_view()):
        await send_digest(desk, person)


async def send_digest(desk: Desk, person_id: UUID) -> None:
    """Writes to one of them; done again it writes nothing more."""
    view, tenant_id = desk.document_view(), desk.who.tenant_id
    person = (await people_by_id(view, [person_id])).get(person_id)
    news = await news_of(view, person_id, "mail", MOST_TOLD)
    if not news or person is None or person.state != "active":
        return
    address = (await desk.ask(Accounts).addresses_of(tenant_id, [person_id])).get(person_id)
    if address is None:
        return
    tenant = await desk.ask(Tenants).facts_of(tenant_id)
    data = {"sender": tenant.name, "tenant": tenant.name, "name": person.name, **_counts(news)}
    latest = max(each.seq for each in news)
    letter = Letter(f"social:digest:{person_id}:{latest}", address, "social/notifications/digest", data)
    await desk.ask(Notices).send(tenant_id, letter)
    await mark_sent(desk, person_id, "mail", latest)


def _counts(news: Sequence[ShownNotification]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for each in news:
        found[each.kind] += each.count
    return {name: sum(found[kind] for kind in kinds) for name, kinds in COUNTED.items()}


@job("social.notifications.keep", steps=True, behind=True)
async def forget_old_notifications(desk: Desk, _: ToEverybody) -> None:
    """Erases notifications that are older than the tenant keeps them, some at a time; done again it goes on."""
    days = await desk.house.configuration.value(desk.who.tenant_id, KEEP_NOTIFICATIONS)
    more = days < LONGEST_DAYS
    while more:
        async with desk.work() as work:
            more = await forget_before(work, desk.now - timedelta(days=days))

"""Seeing, reading, and choosing what to be told: kept with the person, so that all their devices agree."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.social import NotificationsChanged
from fourfold.ground.again import until_done
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.work import Desk
from fourfold.social.channels.append import append
from fourfold.social.channels.rules import user_channel
from fourfold.social.notifications.documents import NOTIFICATION_STATES, NOTIFICATIONS
from fourfold.social.notifications.queries import state_of
from fourfold.social.notifications.rules import CHANNELS, KINDS, Channel
from fourfold.social.notifications.show import own_notification, unread_of

LARGEST = 2**53


class UpTo(BaseModel):
    """As far as somebody has come in their list."""

    model_config = ConfigDict(extra="forbid")

    seq: int = Field(
        ge=0, le=LARGEST, strict=True, description="The `seq` of the answer that they were shown.", examples=[41]
    )


class ChooseChannels(BaseModel):
    """The ways of one kind; what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    in_app: bool | None = Field(None, strict=True, examples=[True])
    mail: bool | None = Field(None, strict=True, examples=[True])
    push: bool | None = Field(None, strict=True, examples=[False])


class ChoosePreferences(BaseModel):
    """Kinds, and the ways on which they are told from now on; what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    reaction: ChooseChannels | None = None
    repost: ChooseChannels | None = None
    follow: ChooseChannels | None = None
    quote: ChooseChannels | None = None
    comment: ChooseChannels | None = None
    reply: ChooseChannels | None = None
    mention: ChooseChannels | None = None
    follow_request: ChooseChannels | None = None
    friend_request: ChooseChannels | None = None
    friend: ChooseChannels | None = None
    poll: ChooseChannels | None = None


async def mark_seen(work: DocumentWork, ask: UpTo) -> None:
    """Takes what has come up to there off the badge; it never goes back, and never ahead of what there is."""
    await _advance(work, ask.seq, "seen_seq")


async def mark_all_read(work: DocumentWork, ask: UpTo) -> None:
    """Counts all that has come up to there as read, and so as seen."""
    await _advance(work, ask.seq, "seen_seq", "read_seq")


async def _advance(work: DocumentWork, seq: int, *fields: str) -> None:
    me = work.who.account
    known = min(seq, (await state_of(work, me)).seq)
    if known == 0:
        return
    done = await work.documents(NOTIFICATION_STATES).update_one(
        {"_id": me}, {"$max": dict.fromkeys(fields, known)}
    )  # fmt: skip
    if done.modified:
        await _tell(work)


async def mark_read(work: DocumentWork, notification_id: UUID) -> None:
    """Counts one notification as read, as far as it goes now; raises `NoSuchNotification`."""
    shown = await own_notification(work, notification_id)
    done = await work.documents(NOTIFICATIONS).update_one(
        {"_id": notification_id, "to": work.who.account}, {"$max": {"read_seq": shown.seq}}
    )
    if done.modified:
        await _tell(work)


async def choose_preferences(work: DocumentWork, ask: ChoosePreferences) -> None:
    """Keeps on which ways the caller is told of what."""
    chosen: dict[str, Any] = {}
    for kind in KINDS:
        channels = getattr(ask, kind) or ChooseChannels()
        for channel in CHANNELS:
            if getattr(channels, channel) is not None:
                chosen[f"preferences.{kind}.{channel}"] = getattr(channels, channel)
    if chosen:
        await work.documents(NOTIFICATION_STATES).update_one({"_id": work.who.account}, {"$set": chosen}, upsert=True)
        await _tell(work)


async def mark_sent(desk: Desk, person: UUID, channel: Channel, seq: int) -> None:
    """Keeps that all up to there has been sent on a channel, so that it is not sent again."""

    async def mark() -> None:
        async with desk.document_work() as work:
            reached = {"$max": {f"sent_seq.{channel}": seq}}
            await work.documents(NOTIFICATION_STATES).update_one({"_id": person}, reached)

    await until_done(mark)


async def _tell(work: DocumentWork) -> None:
    """Tells the caller's other devices how much is new now."""
    me = work.who.account
    work.emit(NotificationsChanged(person_id=me))
    state = await state_of(work, me)
    unread = await unread_of(DocumentView(work.house, work.who), me, state)
    await append(work, user_channel(me), "notification.changed", {"unread": unread, "seq": state.seq})

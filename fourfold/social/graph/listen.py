"""What can be listened to: the channels that sockets bring too, with the same numbers, replays and gaps."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager

import strawberry
from strawberry.scalars import JSON

from fourfold.ground.refusals import FieldError, Invalid
from fourfold.social.channels.events import Ended, Heard, Resync
from fourfold.social.channels.rules import is_number, post_channel, user_channel
from fourfold.social.graph.asking import Info
from fourfold.social.graph.reads import Id
from fourfold.social.sockets.hub import Hub
from fourfold.social.sockets.listening import Listening

READY, RESYNC = "ready", "resync_required"


@strawberry.type(
    description="What has happened in a channel; `prev` is the `seq` of the event before it that this listener got."
    " The first one of each subscription is of the type `ready`; one without `seq` is not kept: it comes once or never."
)
class LiveEvent:
    """An event as it leaves."""

    channel: str
    seq: int | None
    prev: int | None
    type: str
    data: JSON | None
    resync_required: bool


async def post_events(info: Info, post_id: Id, cursor: int | None = None) -> AsyncGenerator[LiveEvent, None]:
    """What happens on a post: from now on, or behind the number that was got last."""
    channel, behind = post_channel(post_id), _checked(cursor)
    async with _listening(info, {}) as listener:
        seq = await listener.subscribe(channel, behind)
        yield _ready(channel, seq if behind is None else behind)
        async for told in listener:
            if told.channel != channel:
                continue
            if isinstance(told, Ended):
                return
            yield _event(told)
        if listener.refusal is not None:
            raise listener.refusal


async def my_events(info: Info, cursor: int | None = None) -> AsyncGenerator[LiveEvent, None]:
    """What is for the caller alone: notifications, messages, ties; from now on, or behind the number got last."""
    channel, behind = user_channel(info.context.who.account), _checked(cursor)
    async with _listening(info, {} if behind is None else {channel: behind}) as listener:
        yield _ready(channel, listener.cursors.get(channel, 0) if behind is None else behind)
        async for told in listener:
            if isinstance(told, Ended):
                return
            yield _event(told)
        if listener.refusal is not None:
            raise listener.refusal


def _listening(info: Info, cursors: Mapping[str, int]) -> AbstractAsyncContextManager[Listening]:
    asking = info.context
    return asking.view.ask(Hub).listening(asking.who, cursors, asking.again)


def _checked(cursor: int | None) -> int | None:
    if cursor is not None and not is_number(cursor):
        raise Invalid(errors=[FieldError("cursor", "Give the number of an event.")])
    return cursor


def _ready(channel: str, seq: int) -> LiveEvent:
    return LiveEvent(channel=channel, seq=seq, prev=None, type=READY, data=None, resync_required=False)


def _event(told: Heard | Resync) -> LiveEvent:
    if isinstance(told, Resync):
        return LiveEvent(
            channel=told.channel, seq=told.seq, prev=None, type=RESYNC, data=None, resync_required=True
        )  # fmt: skip
    data = JSON(dict(told.data))
    return LiveEvent(
        channel=told.channel, seq=told.seq, prev=told.prev, type=told.type, data=data, resync_required=False
    )  # fmt: skip

"""What was missed on several channels, for clients that ask now and then instead of listening."""

from collections.abc import Mapping

from fourfold.ground.document_work import DocumentView
from fourfold.social.channels.kinds import NoSuchChannel, channel_for
from fourfold.social.channels.replay import Replay, replay
from fourfold.social.channels.rules import MOST_REPLAYED, user_channel
from fourfold.social.channels.shapes import EventShape, SyncShape


async def missed(view: DocumentView, cursors: Mapping[str, int]) -> SyncShape:
    """What the caller has missed behind these numbers; their own channel is always among them."""
    found = SyncShape(events=[], cursors={}, resync=[], more=False)
    wanted: dict[str, int | None] = {user_channel(view.who.account): None, **cursors}
    for channel, cursor in wanted.items():
        try:
            kind = await channel_for(view, channel, view.who)
        except NoSuchChannel:
            found.resync.append(channel)
            continue
        if kind.logged:
            _add(found, channel, cursor, await replay(view, view.who.account, channel, cursor))
    return found


def _add(found: SyncShape, channel: str, cursor: int | None, got: Replay) -> None:
    found.cursors[channel] = got.seq
    if got.resync:
        found.resync.append(channel)
    prev = got.seq if cursor is None else cursor
    for event in got.events:
        if len(found.events) == MOST_REPLAYED:
            found.cursors[channel], found.more = prev, True
            return
        seq = event.seq or prev
        found.events.append(EventShape(channel=channel, seq=seq, prev=prev, type=event.kind, data=dict(event.data)))
        prev = seq

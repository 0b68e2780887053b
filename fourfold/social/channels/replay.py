"""What somebody has missed on a channel, without what is hidden from them; the same for every way of listening."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.social.channels.events import Happened
from fourfold.social.channels.queries import Row, heads_of, last_rows, rows_behind
from fourfold.social.channels.rules import MOST_REPLAYED, has_gap
from fourfold.social.ties.readers import cut_off_from

# Among so many of the last rows that one is looked for from which somebody goes on.
LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Replay:
    """What was missed: events in their order, and the number of the last that its hearer may know of.

    All rows up to `covered` were looked at. With `resync` too much was missed, and there are no events.
    """

    events: Sequence[Happened]
    seq: int
    covered: int
    resync: bool = False


async def replay(view: DocumentView, person: UUID, channel: str, cursor: int | None) -> Replay:
    """What somebody has missed behind a number; without one they listen from now on."""
    if cursor is None:
        return await _from_now_on(view, person, channel)
    rows, head = await rows_behind(view, channel, cursor, MOST_REPLAYED + 1), cursor
    if not rows:
        head = (await heads_of(view, [channel])).get(channel, 0)
        if head > cursor:
            # Perhaps it came between the two looks.
            rows = await rows_behind(view, channel, cursor, MOST_REPLAYED + 1)
    if has_gap(cursor, head, rows):
        return replace(await _from_now_on(view, person, channel), resync=True)
    hidden = await _hidden_by(view, person, rows)
    events = [Happened.of(row) for row in rows if hidden.isdisjoint(row["involved"])]
    covered = int(rows[-1]["seq"]) if rows else cursor
    return Replay(events, events[-1].seq or cursor if events else cursor, covered)


async def _from_now_on(view: DocumentView, person: UUID, channel: str) -> Replay:
    """Somebody's place is at the last row that they may know of: others leave no trace in it."""
    rows = await last_rows(view, channel, LOOKED_AT)
    if not rows:
        head = (await heads_of(view, [channel])).get(channel, 0)
        return Replay([], head, head)
    hidden = await _hidden_by(view, person, rows)
    seen = [int(row["seq"]) for row in rows if hidden.isdisjoint(row["involved"])]
    return Replay([], seen[0] if seen else int(rows[-1]["prev"]), int(rows[0]["seq"]))


async def _hidden_by(view: DocumentView, person: UUID, rows: Iterable[Row]) -> frozenset[UUID]:
    """Whom somebody is cut off from, if that matters for any of these."""
    if not any(set(row["involved"]) - {person} for row in rows):
        return frozenset()
    return (await cut_off_from(view, [person]))[person]

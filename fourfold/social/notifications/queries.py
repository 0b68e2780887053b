"""Reads of notifications; what may be shown of them, the rules of visibility decide."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import all_ops, either, gt, lt, not_one_of, one_of
from fourfold.social.notifications.documents import NOTIFICATION_EVENTS, NOTIFICATION_STATES, NOTIFICATIONS
from fourfold.social.notifications.rules import KINDS

MOST_AT_ONCE = 10_000
# So many more are looked at when none of the newest may be shown.
FURTHER = 100

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """How far somebody was notified, has seen and has read, and what they were sent on which ways, as numbers of
    occurrences; and what they have chosen.
    """

    seq: int = 0
    seen: int = 0
    read: int = 0
    sent: Mapping[str, int] = field(default_factory=dict)
    chosen: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)


async def state_of(view: DocumentView, person: UUID) -> State:
    """The state of one person; whoever was never notified has an empty one."""
    row = await view.documents(NOTIFICATION_STATES).find_one({"_id": person}) or {}
    return State(
        seq=row.get("seq", 0),
        seen=row.get("seen_seq", 0),
        read=row.get("read_seq", 0),
        sent=row.get("sent_seq") or {},
        chosen=row.get("preferences") or {},
    )


async def groups_of(
    view: DocumentView, person: UUID, kinds: Sequence[str], limit: int, *, below: int | None = None, above: int = 0
) -> list[Document]:
    """The groups of somebody's notifications, of these kinds, between two numbers, the latest first."""
    between = gt(above) if below is None else all_ops(gt(above), lt(below))
    wanted = {"to": person, "seq": between, "kind": one_of(kinds)}
    return await view.documents(NOTIFICATIONS).find(wanted, sort=["-seq"], limit=limit)


async def group_with_id(view: DocumentView, person: UUID, notification_id: UUID) -> Document | None:
    """One group of somebody's."""
    return await view.documents(NOTIFICATIONS).find_one({"_id": notification_id, "to": person})


async def occurrences_by(
    view: DocumentView, person: UUID, groups: Sequence[str], actors: Iterable[UUID]
) -> list[tuple[str, UUID]]:
    """Which of these people have done something in which of somebody's groups."""
    wanted = {"to": person, "group": one_of(groups), "live": True, "actor": one_of(sorted(actors))}
    rows = await view.documents(NOTIFICATION_EVENTS).find(wanted, fields=["group", "actor"], limit=MOST_AT_ONCE)
    return [(row["group"], row["actor"]) for row in rows]


async def further_occurrences(view: DocumentView, person: UUID, group: str, without: Iterable[UUID]) -> list[Document]:
    """The newest occurrences of a group that are not by these people, as a group keeps them."""
    wanted = {"to": person, "group": group, "live": True, "actor": not_one_of(sorted(without))}
    rows = await view.documents(NOTIFICATION_EVENTS).find(wanted, sort=["-seq"], limit=FURTHER)
    return [newest_entry(row) for row in rows]


def newest_entry(row: Document) -> Document:
    """An occurrence as its group keeps it."""
    return {"actor": row["actor"], "source": row.get("source"), "seq": row["seq"], "at": row["at"]}


async def told_of(view: DocumentView, person: UUID) -> list[Document]:
    """All that somebody is notified of, for their own copy of what is known of them."""
    return await view.documents(NOTIFICATIONS).find({"to": person}, sort=["-seq"], limit=MOST_AT_ONCE)


async def people_with_mail(view: DocumentView) -> list[UUID]:
    """Those who want mail about anything."""
    wanted = either(*({f"preferences.{kind}.mail": True} for kind in KINDS))
    return [row["_id"] async for row in view.documents(NOTIFICATION_STATES).each(wanted, fields=["seq"])]

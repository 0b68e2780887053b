"""Keeping what somebody is to be told of: once, however often it happens, and no longer than it is so."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from fourfold.contracts.social import NotificationsChanged
from fourfold.ground.again import TryAgain, until_done
from fourfold.ground.collection import Collection, Duplicate
from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import lt
from fourfold.ground.work import Work
from fourfold.social.channels.append import append_in
from fourfold.social.channels.rules import user_channel
from fourfold.social.notifications.documents import NOTIFICATION_EVENTS, NOTIFICATION_STATES, NOTIFICATIONS
from fourfold.social.notifications.queries import newest_entry, state_of
from fourfold.social.notifications.rules import Kind, group_of
from fourfold.social.notifications.show import unread_of

if TYPE_CHECKING:
    from fourfold.ground.documents import Documents

# So many are kept with a group: most of them can be shown without looking for others.
NEWEST = 10
MOST_AT_ONCE, SOME = 1_000, 200

Filter = Mapping[Any, Any]
Opened = Callable[[Collection], "Documents"]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that `actor` has done and that `to` is told of.

    It is about an `object` (a post, a comment, a person, a request); `post` and `comment` are what has to be visible
    for it, `source` is a post of the actor's own that has to be as well. With any of `sources` it goes.
    """

    to: UUID
    kind: Kind
    actor: UUID
    object: UUID
    post: UUID | None = None
    comment: UUID | None = None
    source: UUID | None = None
    sources: Sequence[UUID] = ()

    @property
    def key(self) -> dict[str, Any]:
        """What it is known by: one person does the same to the same thing once."""
        return {"to": self.to, "kind": self.kind, "actor": self.actor, "object": self.object}


async def record(work: Work, what: Occurrence, told: UUID) -> None:
    """Keeps an occurrence that the event `told` tells of; one that is known already is not told of again."""
    if await _surely(partial(_record, work, what, told)):
        work.emit(NotificationsChanged(person_id=what.to))
        facts = {"kind": what.kind, "actor_id": str(what.actor), "object_id": str(what.object)}
        await _tell(work, what.to, "notification.new", facts, [what.actor])


async def retract(work: Work, wanted: Filter, told: UUID) -> None:
    """Takes back all occurrences that fit and are older than the event `told`, from whomever they were told."""
    kept = work.documents(NOTIFICATION_EVENTS)
    due = {**wanted, "live": True, "told": lt(told)}
    while True:
        rows = await kept.find(due, fields=["to", "group"], limit=MOST_AT_ONCE)
        for to, group in dict.fromkeys((row["to"], row["group"]) for row in rows):
            await _surely(partial(_retract, work, {**due, "to": to, "group": group}, told))
        if len(rows) < MOST_AT_ONCE:
            break
    # Asked of what is kept, so that it is told as well when this was done before and is done again.
    gone = {**wanted, "live": False, "told": told}
    for to in {row["to"] async for row in kept.each(gone, fields=["to"])}:
        work.emit(NotificationsChanged(person_id=to))
        await _tell(work, to, "notification.changed", {}, [])


async def forget_about(work: Work, source: UUID) -> None:
    """Erases all that was told of something, once it is erased itself."""
    await _erase(work, {"sources": source})


async def forget_person(work: Work, person: UUID) -> int:
    """Erases what somebody was told, what others were told of them, and what they have seen; counts the documents."""
    own = [
        await work.documents(collection).delete_many({key: person})
        for collection, key in ((NOTIFICATION_EVENTS, "to"), (NOTIFICATIONS, "to"), (NOTIFICATION_STATES, "_id"))
    ]
    return sum(own) + await _erase(work, {"actor": person})


async def forget_before(work: Work, moment: datetime) -> bool:
    """Erases some of what people were told of before a moment, and says whether there may be more."""
    rows = await work.documents(NOTIFICATION_EVENTS).find({"at": lt(moment)}, fields=["to", "group"], limit=SOME)
    groups = dict.fromkeys((row["to"], row["group"]) for row in rows)
    for to, group in groups:
        await _surely(partial(_erase_of_group, work, {"at": lt(moment), "to": to, "group": group}))
    for to in dict.fromkeys(to for to, _ in groups):
        await _tell(work, to, "notification.changed", {}, [])
    return bool(rows)


async def _tell(work: Work, to: UUID, kind: str, facts: Mapping[str, str], involved: Sequence[UUID]) -> None:
    """Tells those of somebody's devices that listen how much is new now."""
    view = DocumentView(work.house, work.who)
    state = await state_of(view, to)
    told = {**facts, "unread": await unread_of(view, to, state), "seq": state.seq}
    await append_in(work, user_channel(to), kind, told, involved=involved)


async def _surely(act: Callable[[], Awaitable[Result]]) -> Result:
    """What `act` gives, which opens one transaction, as often as that meets another one."""

    async def once() -> Result:
        try:
            return await act()
        except Duplicate as problem:
            # Two began the same group or state at the same time: it is there now.
            raise TryAgain("a document was added meanwhile") from problem

    return await until_done(once)


async def _record(work: Work, what: Occurrence, told: UUID) -> bool:
    """Says whether it is there because of this event, also when that was so before."""
    async with work.story() as documents:
        kept = documents(NOTIFICATION_EVENTS)
        known = await kept.find_one(what.key)
        if known is not None and known["told"] >= told:
            return bool(known["live"]) and bool(known["told"] == told)
        if known is not None and known["live"]:
            await kept.update_one(what.key, {"$set": {"told": told}})
            return False
        # What comes back is as old as it was when it first came: it does not ask for attention again.
        row = known if known is not None else await _numbered(documents, what, work.now)
        fresh = {
            "live": True, "told": told, "seq": row["seq"], "at": row["at"], "group": row["group"], "post": what.post,
            "comment": what.comment, "source": what.source, "sources": list(what.sources),
        }  # fmt: skip
        await kept.update_one(what.key, {"$set": fresh}, upsert=True)
        await _regroup(documents, what.to, row["group"])
        return True


async def _numbered(documents: Opened, what: Occurrence, now: datetime) -> dict[str, Any]:
    """The next number of a person: whoever takes one waits for the one before, so none appears below one seen."""
    state = await documents(NOTIFICATION_STATES).find_one_and_update(
        {"_id": what.to}, {"$inc": {"seq": 1}}, upsert=True
    )
    group = group_of(what.kind, what.actor, what.object, now)
    return {"seq": state["seq"] if state else 1, "at": now, "group": group}


async def _retract(work: Work, due: Filter, told: UUID) -> None:
    async with work.story() as documents:
        await documents(NOTIFICATION_EVENTS).update_many(due, {"$set": {"live": False, "told": told}})
        await _regroup(documents, due["to"], due["group"])


async def _regroup(documents: Opened, to: UUID, group: str) -> None:
    """Makes a group of what is live in it: counted anew, so that no count drifts."""
    own = {"to": to, "group": group}
    live = {**own, "live": True}
    rows = await documents(NOTIFICATION_EVENTS).find(live, sort=["-seq"], limit=NEWEST)
    if not rows:
        await documents(NOTIFICATIONS).delete_one(own)
        return
    top = rows[0]
    number = len(rows) if len(rows) < NEWEST else await documents(NOTIFICATION_EVENTS).count(live)
    facts = {
        "kind": top["kind"], "object": top["object"], "post": top["post"], "comment": top["comment"], "n": number,
        "seq": top["seq"], "at": top["at"], "newest": [newest_entry(row) for row in rows],
    }  # fmt: skip
    await documents(NOTIFICATIONS).update_one(own, {"$set": facts}, upsert=True)


async def _erase(work: Work, wanted: Filter) -> int:
    erased = 0
    while True:
        rows = await work.documents(NOTIFICATION_EVENTS).find(wanted, fields=["to", "group"], limit=MOST_AT_ONCE)
        for to, group in dict.fromkeys((row["to"], row["group"]) for row in rows):
            erased += await _surely(partial(_erase_of_group, work, {**wanted, "to": to, "group": group}))
            work.emit(NotificationsChanged(person_id=to))
        if len(rows) < MOST_AT_ONCE:
            return erased


async def _erase_of_group(work: Work, wanted: Filter) -> int:
    async with work.story() as documents:
        gone = await documents(NOTIFICATION_EVENTS).delete_many(wanted)
        await _regroup(documents, wanted["to"], wanted["group"])
        return gone

"""News on channels: kept with what it tells of, in the same transaction, and heard as soon as that is committed."""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import orjson

from fourfold.ground.again import TryAgain, until_done
from fourfold.ground.announcements import announce_all
from fourfold.ground.bulk import UpdateOne
from fourfold.ground.collection import Collection as Kept
from fourfold.ground.collection import Duplicate
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.filters import one_of
from fourfold.ground.house import House
from fourfold.ground.parcel import Parcel
from fourfold.ground.work import Desk, Work
from fourfold.social.channels.documents import CHANNEL_LOG, CHANNELS

if TYPE_CHECKING:
    from datetime import datetime

    from fourfold.ground.documents import Documents

STEP = 16

Opened: TypeAlias = Callable[[Kept], "Documents"]
Data: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told on a channel: a type (`comment.written`), ids and small facts.

    Whoever is cut off from somebody `involved` does not hear it.
    """

    channel: str
    kind: str
    data: Data
    involved: Collection[UUID] = ()


async def append(work: DocumentWork, channel: str, kind: str, data: Data, *, involved: Iterable[UUID] = ()) -> int:
    """Keeps what has happened on a channel, in the transaction of its cause, and says its number; best last of all."""
    return (await append_many(work, [News(channel, kind, data, tuple(involved))]))[0]


async def append_many(work: DocumentWork, told: Sequence[News]) -> list[int]:
    """The same on several channels, each of them another one."""
    numbers = await _append(work.documents, told, work.now)
    for each, seq in zip(told, numbers, strict=True):
        work.announced.append(_hint(work.who.tenant_id, each.channel, seq))
    return numbers


async def append_in(work: Work, channel: str, kind: str, data: Data, *, involved: Iterable[UUID] = ()) -> int:
    """The same in reactions and jobs: a transaction of its own, told at once; done again it is told again."""
    told = [News(channel, kind, data, tuple(involved))]

    async def once() -> list[int]:
        async with work.story() as documents:
            return await _append(documents, told, work.now)

    [seq] = await until_done(once)
    await announce_all(work.house.valkey, [_hint(work.who.tenant_id, channel, seq)])
    return seq


def announce(
    work: DocumentWork, channel: str, kind: str, data: Data, *, key: str = "", involved: Iterable[UUID] = ()
) -> None:
    """Tells on a channel what is kept nowhere, once the work is committed.

    Of what is told with the same type and `key` within a quarter of a second the last is heard.
    """
    work.announced.append(_brief(work.who.tenant_id, channel, kind, data, key, involved))


async def announce_now(
    parcel: Parcel | Desk, channel: str, kind: str, data: Data, *, key: str = "", involved: Iterable[UUID] = ()
) -> None:
    """The same at once."""
    await announce_all(parcel.house.valkey, [_brief(parcel.who.tenant_id, channel, kind, data, key, involved)])


def announce_ties(work: DocumentWork, *people: UUID) -> None:
    """Tells, once it is committed, that these are something else to each other: what was known of them is outdated."""
    work.announced.append(_told(work.who.tenant_id, people=people))


async def announce_post(house: House, tenant_id: UUID, post_id: UUID, author: UUID) -> None:
    """Tells those who read the author, and listen, that there is something new in their feeds."""
    await announce_all(house.valkey, [_told(tenant_id, post=post_id, author=author)])


async def _append(documents: Opened, told: Sequence[News], now: "datetime") -> list[int]:
    if len({each.channel for each in told}) != len(told):
        raise ValueError("each channel once")
    steps = [1 + secrets.randbelow(STEP) for _ in told]
    try:
        heads = await _advance(documents, [each.channel for each in told], steps)
        rows = [
            {
                "channel": each.channel, "seq": heads[each.channel], "prev": heads[each.channel] - step,
                "kind": each.kind, "data": dict(each.data), "involved": list(dict.fromkeys(each.involved)), "at": now,
            }
            for each, step in zip(told, steps, strict=True)
        ]  # fmt: skip
        await documents(CHANNEL_LOG).insert_many(rows)
    except Duplicate as problem:
        raise TryAgain("two begin the same channel") from problem
    return [heads[each.channel] for each in told]


async def _advance(documents: Opened, channels: Sequence[str], steps: Sequence[int]) -> dict[str, int]:
    """The next numbers; whoever takes one waits for the one before, so none appears below one that was heard."""
    if len(channels) == 1:
        rise = {"$inc": {"seq": steps[0]}}
        row = await documents(CHANNELS).find_one_and_update({"channel": channels[0]}, rise, upsert=True)
        return {channels[0]: int(row["seq"]) if row else steps[0]}
    rises = [
        UpdateOne({"channel": channel}, {"$inc": {"seq": step}}, upsert=True)
        for channel, step in sorted(zip(channels, steps, strict=True))
    ]
    await documents(CHANNELS).bulk(rises)
    rows = await documents(CHANNELS).find({"channel": one_of(channels)}, limit=len(channels))
    return {row["channel"]: int(row["seq"]) for row in rows}


def _hint(tenant_id: UUID, channel: str, seq: int) -> bytes:
    return _told(tenant_id, channel=channel, seq=seq)


def _brief(tenant_id: UUID, channel: str, kind: str, data: Data, key: str, involved: Iterable[UUID]) -> bytes:
    return _told(tenant_id, channel=channel, kind=kind, data=dict(data), key=key, involved=tuple(involved))


def _told(tenant_id: UUID, **rest: Any) -> bytes:
    # Ids out of PostgreSQL are of a class of their own.
    return orjson.dumps({"tenant": tenant_id, **rest}, default=str)

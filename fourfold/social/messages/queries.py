"""Reads of conversations and messages; what may be shown of them, `show` decides with the rules."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import all_ops, either, gt, has_all, lt, ne, not_one_of, one_of
from fourfold.ground.work import View
from fourfold.social.messages.documents import CONVERSATIONS, MEMBERSHIPS, MESSAGE_VERSIONS, MESSAGES
from fourfold.social.messages.rules import Seat

Document: TypeAlias = dict[str, Any]
MOST_AT_ONCE = 10_000
# Nobody looks through more conversations of theirs at once.
MOST_SEARCHED = 2_000
# Behind this a badge counts no further.
MOST_UNREAD, WINDOW = 500, 4_000
MOST_VERSIONS = 100
OUTDATED_AT_ONCE = 500


async def conversation_with_id(view: DocumentView, conversation_id: UUID) -> Document | None:
    """One conversation, whoever is in it."""
    return await view.documents(CONVERSATIONS).find_one({"_id": conversation_id})


async def conversations_of(
    view: DocumentView, person: UUID, but: Collection[UUID], position: list[Any] | None, limit: int
) -> list[Document]:
    """The next conversations that somebody is in, where something was said last coming first, without some."""
    wanted: dict[Any, Any] = {"members": person}
    if but:
        wanted["_id"] = not_one_of(sorted(but))
    if position is not None:
        at, last = datetime.fromisoformat(position[0]), UUID(position[1])
        wanted |= either({"last_at": lt(at)}, {"last_at": at, "_id": lt(last)})
    return await view.documents(CONVERSATIONS).find(wanted, sort=["-last_at", "-_id"], limit=limit)


async def seat_of(view: DocumentView, conversation_id: UUID, person: UUID) -> Seat | None:
    """A person's place in a conversation, if they are in it."""
    wanted = {"conversation": conversation_id, "person": person, "left_at": None}
    row = await view.documents(MEMBERSHIPS).find_one(wanted)
    return seat_in(row) if row else None


async def seats_in(view: DocumentView, conversations: Collection[UUID]) -> dict[UUID, list[Seat]]:
    """Who sits in these conversations, those who came first coming first."""
    if not conversations:
        return {}
    wanted = {"conversation": one_of(sorted(conversations)), "left_at": None}
    rows = await view.documents(MEMBERSHIPS).find(wanted, sort=["_id"], limit=MOST_AT_ONCE)
    found: dict[UUID, list[Seat]] = {each: [] for each in conversations}
    for row in rows:
        found[row["conversation"]].append(seat_in(row))
    return found


async def seats_held(view: DocumentView, person: UUID) -> dict[UUID, Seat]:
    """The places of a person, by their conversations."""
    rows = await view.documents(MEMBERSHIPS).find({"person": person, "left_at": None}, limit=MOST_SEARCHED)
    return {row["conversation"]: seat_in(row) for row in rows}


def seat_in(row: Mapping[str, Any]) -> Seat:
    """A document as what is decided by."""
    return Seat(
        person=row["person"],
        role=row["role"],
        joined_seq=row["joined_seq"],
        read_seq=row["read_seq"],
        delivered_seq=row["delivered_seq"],
        muted=row["muted"],
    )


async def message_with_id(view: DocumentView, message_id: UUID) -> Document | None:
    """One message, whoever may read it."""
    return await view.documents(MESSAGES).find_one({"_id": message_id})


async def messages_by_id(view: DocumentView, conversations: Collection[UUID], ids: Collection[UUID]) -> list[Document]:
    """These messages of these conversations, in any order."""
    if not ids:
        return []
    wanted = {"conversation": one_of(sorted(conversations)), "_id": one_of(sorted(ids))}
    return await view.documents(MESSAGES).find(wanted, limit=MOST_AT_ONCE)


async def newest_message(view: DocumentView, conversation_id: UUID) -> UUID | None:
    """What was said last in a conversation, of what is kept."""
    wanted = {"conversation": conversation_id}
    row = await view.documents(MESSAGES).find_one(wanted, fields=["seq"], sort=["-seq"])
    return row["_id"] if row else None


async def outdated_messages(view: DocumentView, before: UUID) -> list[Document]:
    """Some of the messages with ids below one, the oldest first."""
    wanted = {"_id": lt(before)}
    return await view.documents(MESSAGES).find(wanted, fields=["conversation"], sort=["_id"], limit=OUTDATED_AT_ONCE)


async def message_named(view: DocumentView, conversation_id: UUID, by: UUID, client_id: str) -> Document | None:
    """The message that somebody has sent under a name of their own."""
    return await view.documents(MESSAGES).find_one({"conversation": conversation_id, "by": by, "client_id": client_id})


async def has_written(view: DocumentView, conversation_id: UUID, by: UUID) -> bool:
    """Whether somebody has said something in a conversation."""
    return await view.documents(MESSAGES).exists({"conversation": conversation_id, "by": by})


async def messages_between(
    view: DocumentView, conversation_id: UUID, cut: Collection[UUID], limit: int, *,
    after: int, before: int | None, oldest_first: bool = False,
) -> list[Document]:  # fmt: skip
    """Messages behind the number `after` and before another one, but not what any of `cut` is involved in."""
    numbers = [gt(after)] if before is None else [gt(after), lt(before)]
    wanted = {"conversation": conversation_id, "seq": all_ops(*numbers), **_without(cut)}
    return await view.documents(MESSAGES).find(wanted, sort=["seq" if oldest_first else "-seq"], limit=limit)


async def messages_with(
    view: DocumentView, conversations: Collection[UUID], words: Sequence[str], cut: Collection[UUID],
    behind: UUID | None, limit: int,
) -> list[Document]:  # fmt: skip
    """The newest messages of these conversations that have all these words, behind one of them."""
    older = {} if behind is None else {"_id": lt(behind)}
    wanted = {"conversation": one_of(sorted(conversations)), "words": has_all(words), **older, **_without(cut)}
    return await view.documents(MESSAGES).find(wanted, sort=["-_id"], limit=limit)


async def unread_in(
    view: DocumentView, reader: UUID, conversations: Mapping[UUID, tuple[int, Seat]], cut: Collection[UUID]
) -> dict[UUID, int]:
    """How much of these conversations their reader has not read; with each goes its last number and their place.

    Counted are messages of others that the reader sees, up to a limit: one read, and no further than the limit.
    """
    floors = {
        conversation_id: max(seat.read_seq, seat.joined_seq, last - WINDOW)
        for conversation_id, (last, seat) in conversations.items()
    }
    news = {each: floor for each, floor in floors.items() if floor < conversations[each][0]}
    if not news:
        return {}
    fresh = either(*({"conversation": each, "seq": gt(floor)} for each, floor in sorted(news.items())))
    wanted = {**fresh, "state": ne("deleted"), "by": ne(reader), **_without(cut)}
    stages: list[Mapping[str, Any]] = [
        {"$match": wanted},
        {"$group": {"_id": "$conversation", "number": {"$sum": 1}}},
    ]
    rows = await view.documents(MESSAGES).aggregate(stages, limit=len(news))
    return {row["_id"]: min(row["number"], MOST_UNREAD) for row in rows}


def _without(people: Collection[UUID]) -> dict[Any, Any]:
    return {"involved": not_one_of(sorted(people))} if people else {}


async def former_versions(view: DocumentView, message_id: UUID, cut: Collection[UUID]) -> list[Document]:
    """What a message said before, the newest first, but not what any of `cut` was involved in."""
    wanted = {"message": message_id, **_without(cut)}
    return await view.documents(MESSAGE_VERSIONS).find(wanted, sort=["-version"], limit=MOST_VERSIONS)


async def conversations_told(view: View, person: UUID) -> list[Document]:
    """The conversations that somebody is in, for themselves."""
    names: dict[UUID, Document] = {}
    async for row in view.documents(CONVERSATIONS).each({"members": person}, fields=["kind", "name"]):
        names[row["_id"]] = row
    seats = view.documents(MEMBERSHIPS).each({"person": person}, sort=["_id"])
    return [
        {
            "id": str(row["conversation"]),
            "kind": names.get(row["conversation"], {}).get("kind"),
            "name": names.get(row["conversation"], {}).get("name"),
            "role": row["role"],
            "joined_at": row["joined_at"],
            "left_at": row["left_at"],
        }
        async for row in seats
    ]


async def messages_told(view: View, person: UUID) -> list[Document]:
    """All that somebody has said in conversations, the oldest first, for themselves."""
    fields = ["conversation", "text", "files", "state", "created_at", "edited_at"]
    found = view.documents(MESSAGES).each({"by": person, "state": ne("deleted")}, fields=fields, sort=["_id"])
    return [
        {
            "id": str(row["_id"]),
            "conversation_id": str(row["conversation"]),
            "text": row["text"],
            "file_ids": [str(each) for each in row["files"]],
            "created_at": row["created_at"],
            "edited_at": row["edited_at"],
        }
        async for row in found
    ]


async def seats_to_leave(view: View, person: UUID) -> list[tuple[UUID, Seat]]:
    """All places that somebody has or had, with the conversations that they are in."""
    return [(row["conversation"], seat_in(row)) async for row in view.documents(MEMBERSHIPS).each({"person": person})]

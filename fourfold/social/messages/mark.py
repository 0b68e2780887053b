"""Marking how far a conversation has been delivered and read, and whether it may alert; saying that one is typing."""

from dataclasses import replace
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.social.messages.documents import MEMBERSHIPS
from fourfold.social.messages.queries import seat_in, unread_in
from fourfold.social.messages.rules import Seat
from fourfold.social.messages.shapes import ReceiptShape
from fourfold.social.messages.show import NoSuchConversation, Seated, seat_for
from fourfold.social.messages.tell import DELIVERED, READ, tell_receipt, tell_typing

LARGEST = 2**53


class UpToMessage(BaseModel):
    """How far it has come: all messages up to a number."""

    model_config = ConfigDict(extra="forbid")

    seq: int = Field(ge=0, le=LARGEST, strict=True, examples=[7])


async def mark(
    work: DocumentWork, conversation_id: UUID, ask: UpToMessage, what: Literal["read", "delivered"]
) -> ReceiptShape:
    """Marks a conversation as read or delivered up to a number, or up to its last one; never back. Others are told.

    What is read has been delivered. Raises `NoSuchConversation`.
    """
    seated = await seat_for(work, conversation_id)
    seq = min(ask.seq, seated.conversation["seq"])
    was = seated.seat
    read = max(was.read_seq, seq) if what == "read" else was.read_seq
    now = replace(was, delivered_seq=max(was.delivered_seq, seq), read_seq=read)
    if now != was:
        now = await _kept(work, seated, now)
    news = await unread_in(work, now.person, {seated.id: (seated.conversation["seq"], now)}, seated.viewer.cut)
    receipt = ReceiptShape(
        conversation_id=seated.id,
        delivered_seq=now.delivered_seq,
        read_seq=now.read_seq,
        unread=news.get(seated.id, 0),
    )
    if now != was:
        await tell_receipt(work, seated, READ if what == "read" else DELIVERED, receipt)
    return receipt


async def _kept(work: DocumentWork, seated: Seated, seat: Seat) -> Seat:
    furthest = {"$max": {"delivered_seq": seat.delivered_seq, "read_seq": seat.read_seq}}
    there = {"conversation": seated.id, "person": seat.person, "left_at": None}
    row = await work.documents(MEMBERSHIPS).find_one_and_update(there, furthest)
    if row is None:
        raise NoSuchConversation
    return seat_in(row)


async def mute_conversation(work: DocumentWork, conversation_id: UUID, *, muted: bool) -> None:
    """Has a conversation alert the caller no longer, or again; raises `NoSuchConversation`."""
    seated = await seat_for(work, conversation_id)
    there = {"conversation": seated.id, "person": seated.seat.person}
    await work.documents(MEMBERSHIPS).update_one(there, {"$set": {"muted": muted}})


async def say_typing(view: DocumentView, conversation_id: UUID) -> None:
    """Tells the others that the caller is writing; raises `NoSuchConversation`."""
    await tell_typing(view, await seat_for(view, conversation_id))

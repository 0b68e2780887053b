"""Telling those who sit in a conversation what happens there, each on their own channel, as they may see it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.social.channels.append import News, announce, announce_now, append, append_many
from fourfold.social.channels.forget import unsay
from fourfold.social.channels.rules import user_channel
from fourfold.social.messages.queries import seats_in
from fourfold.social.messages.rules import Message, Seat, is_for
from fourfold.social.messages.shapes import ReceiptShape
from fourfold.social.messages.show import Seated, shape_for
from fourfold.social.ties.queries import cut_between
from fourfold.social.visibility.rules import PersonFacts, Viewer

Audience: TypeAlias = Sequence[tuple[Viewer, Seat]]
SENT, EDITED, DELETED = "message.sent", "message.edited", "message.deleted"
READ, DELIVERED, TYPING = "message.read", "message.delivered", "message.typing"
# The caller's own other devices hear of what is read on one of them; members hear who comes, goes and is called what.
OWN_READ, CHANGED, LEFT = "conversation.read", "conversation.changed", "conversation.left"


async def audience_of(view: DocumentView, conversation_id: UUID, *messages: Message) -> Audience:
    """Who sits in a conversation, each as a viewer of all who are involved in these messages and what they answer to.

    It is read before anything is written: what others wait for is not held meanwhile.
    """
    named = {each for message in messages for each in message["involved"]}
    named |= {each for message in messages if message["answers"] for each in message["answers"]["involved"]}
    # Places and ties are read as they are now, not as they were when the transaction began.
    aside = DocumentView(view.house, view.who)
    seats = (await seats_in(aside, [conversation_id]))[conversation_id]
    cuts = await cut_between(aside, named, [seat.person for seat in seats])
    return [
        (Viewer(id=seat.person, cut=frozenset(one for one, other in cuts if other == seat.person)), seat)
        for seat in seats
    ]


async def tell_message(
    work: DocumentWork,
    kind: str,
    message: Message,
    author: PersonFacts | None,
    audience: Audience,
    before: Message | None = None,
) -> None:
    """Tells of a message that was sent, edited or deleted: to all who may read it, as they read it.

    `before` is how it was: whoever read that, and may not read what it says now, is told that it is gone.
    """
    people = {author.id: author} if author else {}
    told: list[News] = []
    for viewer, seat in audience:
        channel = user_channel(seat.person)
        if kind != DELETED and is_for(viewer, seat, message):
            shown = shape_for(message, people, viewer, seat).model_dump(mode="json")
            told.append(News(channel, kind, shown, message["involved"]))
        elif is_for(viewer, seat, before or message):
            told.append(News(channel, DELETED, _gone(message), (before or message)["involved"]))
    if told:
        await append_many(work, told)


def _gone(message: Message) -> dict[str, Any]:
    return {
        "id": str(message["_id"]), "conversation_id": str(message["conversation"]), "seq": message["seq"],
    }  # fmt: skip


async def tell_conversation(
    work: DocumentWork, conversation_id: UUID, members: Collection[UUID], about: Collection[UUID] = ()
) -> None:
    """Tells members that a conversation has begun or changed; not those who are cut off from all whom it is about."""
    cuts = await cut_between(_beside(work), about, members)
    data = {"conversation_id": str(conversation_id)}
    told = [
        News(user_channel(each), CHANGED, data)
        for each in sorted(members)
        if not about or any((one, each) not in cuts for one in about)
    ]
    if told:
        await append_many(work, told)


async def tell_left(work: DocumentWork, conversation_id: UUID, person: UUID) -> None:
    """Tells a person that they are not in a conversation any more; what they were told there is not told again."""
    channel, data = user_channel(person), {"conversation_id": str(conversation_id)}
    said = {"channel": channel, "data.conversation_id": str(conversation_id)}
    await unsay(work.documents, said, (SENT, EDITED))
    await append(work, channel, LEFT, data)


async def tell_receipt(work: DocumentWork, seated: Seated, kind: str, receipt: ReceiptShape) -> None:
    """Tells how far a conversation has reached the caller: for certain to their other devices, in passing to others."""
    me = seated.seat.person
    data = {
        "conversation_id": str(receipt.conversation_id), "person_id": str(me),
        "delivered_seq": receipt.delivered_seq, "read_seq": receipt.read_seq,
    }  # fmt: skip
    for each in _others(seated):
        announce(work, user_channel(each), kind, data, key=f"{seated.id}:{me}", involved=[me])
    if kind == READ:
        await append(work, user_channel(me), OWN_READ, receipt.model_dump(mode="json"))


async def tell_typing(view: DocumentView, seated: Seated) -> None:
    """Tells others in passing that the caller is writing something."""
    me = seated.seat.person
    data: Mapping[str, Any] = {"conversation_id": str(seated.id), "person_id": str(me)}
    for each in _others(seated):
        await announce_now(view, user_channel(each), TYPING, data, key=f"{seated.id}:{me}", involved=[me])


def _others(seated: Seated) -> list[UUID]:
    """The other members for whom the caller is there."""
    hidden = {seated.seat.person, *seated.viewer.cut}
    return [each for each in sorted(seated.conversation["members"]) if each not in hidden]


def _beside(work: DocumentWork) -> DocumentView:
    # Ties are read as they are now, not as they were when the transaction began.
    return DocumentView(work.house, work.who)

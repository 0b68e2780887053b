"""What people have said is told to them, and goes with them or when it is old; a group that all have left goes too."""

from datetime import timedelta
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.ground.again import until_done
from fourfold.ground.configuration import Setting
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.durable import job
from fourfold.ground.filters import ne, size_is
from fourfold.ground.ids import first_id_at
from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import Desk, View, Work
from fourfold.social.channels.forget import unsay
from fourfold.social.messages.documents import CONVERSATIONS, MEMBERSHIPS, MESSAGE_VERSIONS, MESSAGES
from fourfold.social.messages.queries import (
    conversations_told,
    messages_told,
    newest_message,
    outdated_messages,
    seats_to_leave,
)
from fourfold.social.messages.send import LOGGED
from fourfold.social.messages.tell import DELETED, EDITED, SENT, audience_of, tell_message

KEEP_MESSAGES: Setting[int] = Setting(
    "social.keep_messages_days",
    Annotated[int, Field(ge=0, le=36_500, strict=True)],
    0,
    "How long messages are kept, in days; 0: for good",
)


class OneConversation(BaseModel):
    """Which conversation."""

    conversation_id: UUID


@job("social.messages.erase_conversation")
async def erase_conversation(work: Work, which: OneConversation) -> None:
    """Erases a conversation that nobody is in any more, with all that was said there; done again it does nothing."""
    if not await work.documents(CONVERSATIONS).exists({"_id": which.conversation_id, "members": size_is(0)}):
        return
    for collection in (MESSAGE_VERSIONS, MESSAGES, MEMBERSHIPS):
        await work.documents(collection).delete_many({"conversation": which.conversation_id})
    # Last of all, so that what is broken off is found and done again.
    await work.documents(CONVERSATIONS).delete_one({"_id": which.conversation_id})


class AllMessages(BaseModel):
    """Of the whole tenant."""


@job("social.messages.keep", steps=True, behind=True)
async def erase_outdated_messages(desk: Desk, _: AllMessages) -> None:
    """Erases messages that are older than the tenant keeps them; clients are told as of any that is deleted.

    Each goes in a transaction of its own: broken off and done again, it goes on where it was.
    """
    days = await desk.house.configuration.value(desk.who.tenant_id, KEEP_MESSAGES)
    if not days:
        return
    before = first_id_at(desk.now - timedelta(days=days))
    while rows := await outdated_messages(desk.document_view(), before):
        for row in rows:
            await until_done(partial(_erase_message, desk, row["conversation"], row["_id"]))


async def _erase_message(desk: Desk, conversation_id: UUID, message_id: UUID) -> None:
    async with desk.document_work() as work:
        this = {"_id": message_id, "conversation": conversation_id}
        message = await DocumentView(work.house, work.who).documents(MESSAGES).find_one(this)
        if message is None:
            return
        audience = await audience_of(work, conversation_id, message)
        await work.take_turn(f"conversation:{conversation_id}")
        if not await work.documents(MESSAGES).delete_one(this):
            return
        await work.documents(MESSAGE_VERSIONS).delete_many({"message": message_id})
        await _let_another_be_last(work, conversation_id, message_id)
        if work.now - message["created_at"] < LOGGED:
            await unsay(work.documents, {"data.id": str(message_id)}, (SENT, EDITED), since=message["created_at"])
        if message["state"] != "deleted":
            await tell_message(work, DELETED, message, None, audience)


async def _let_another_be_last(work: DocumentWork, conversation_id: UUID, message_id: UUID) -> None:
    """What was said last of what is left stands for the conversation; its place among others stays."""
    was_last = {"_id": conversation_id, "last": message_id}
    if await work.documents(CONVERSATIONS).exists(was_last):
        newest = await newest_message(work, conversation_id)
        await work.documents(CONVERSATIONS).update_one(was_last, {"$set": {"last": newest}})


async def _tell(view: View, person: Person) -> Told:
    conversations = await conversations_told(view, person.account_id)
    return Told({"conversations": conversations, "messages": await messages_told(view, person.account_id)})


async def _erase(work: Work, person: Person) -> int:
    """Their words and places go; each step may be done again, and the places, by which the rest is found, go last."""
    them = person.account_id
    blank: dict[str, Any] = {
        "state": "deleted", "text": "", "html": "", "files": [], "words": [], "involved": [them], "answers": None,
    }  # fmt: skip
    said = {"by": them, "state": ne("deleted")}
    number = (await work.documents(MESSAGES).update_many(said, {"$set": blank, "$inc": {"version": 1}})).modified
    number += await work.documents(MESSAGE_VERSIONS).delete_many({"by": them})
    await unsay(work.documents, {"data.author.id": str(them)}, ("message.sent", "message.edited"), author=None)
    number += (await work.documents(CONVERSATIONS).update_many({"by": them}, {"$set": {"by": None}})).modified
    for conversation_id, seat in await seats_to_leave(work, them):
        await _leave(work, conversation_id, them, is_owner=seat.role == "owner")
    return number + await work.documents(MEMBERSHIPS).delete_many({"person": them})


async def _leave(work: Work, conversation_id: UUID, person: UUID, *, is_owner: bool) -> None:
    conversations, seats = work.documents(CONVERSATIONS), work.documents(MEMBERSHIPS)
    if is_owner:
        others = {"conversation": conversation_id, "person": ne(person), "left_at": None}
        # Admins come before members in the alphabet as well.
        await seats.find_one_and_update(others, {"$set": {"role": "owner"}}, sort=["role", "joined_seq", "person"])
    await conversations.update_one({"_id": conversation_id}, {"$pull": {"members": person}})
    if await conversations.exists({"_id": conversation_id, "members": size_is(0)}):
        work.later(erase_conversation, OneConversation(conversation_id=conversation_id))


MESSAGES_OF_PERSON = PersonalData(
    "social.messages",
    "Messages",
    "Talking to others.",
    "The places of their messages without the words, with the account's id, so that others' conversations keep their"
    " order.",
    {
        "social.conversations.by": "Who has begun it.",
        "social.conversations.members": "Who is in it.",
        "social.conversations.name": "What a group is called.",
        "social.memberships.person": "Who came when, and how far they have read.",
        "social.messages.by": "Who has sent it.",
        "social.messages.text": "What they said.",
        "social.messages.files": "What they have sent along.",
        "social.messages.involved": "Whom they have named.",
        "social.message_versions.text": "What they said before.",
    },
    _tell,
    _erase,
)

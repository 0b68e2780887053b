"""What people have said in conversations is told to them, and goes with them; a group that all have left goes too."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from fourfold.ground.durable import job
from fourfold.ground.filters import ne, size_is
from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import View, Work
from fourfold.social.channels.forget import unsay
from fourfold.social.messages.documents import CONVERSATIONS, MEMBERSHIPS, MESSAGE_VERSIONS, MESSAGES
from fourfold.social.messages.queries import conversations_told, messages_told, seats_to_leave


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

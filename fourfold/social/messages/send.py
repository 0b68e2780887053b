"""Sending a message, changing what it says, and taking it back."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.core import Files
from fourfold.ground.again import TryAgain
from fourfold.ground.collection import Duplicate
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.filters import ne
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, Forbidden, PreconditionFailed
from fourfold.social.channels.forget import unsay
from fourfold.social.limits.hold import hold_to
from fourfold.social.messages.documents import CONVERSATIONS, LONGEST, MESSAGE_VERSIONS, MESSAGES
from fourfold.social.messages.open import NotReachable
from fourfold.social.messages.queries import has_written, message_named
from fourfold.social.messages.rules import may_manage, may_write_to
from fourfold.social.messages.shapes import MessageShape
from fourfold.social.messages.show import (
    NoSuchAttachment,
    NoSuchConversation,
    NoSuchMessage,
    Seated,
    message_for,
    seat_for,
    shape_for,
)
from fourfold.social.messages.tell import DELETED, EDITED, SENT, Audience, audience_of, tell_message
from fourfold.social.people.ensure import NotActive
from fourfold.social.people.queries import people_by_id
from fourfold.social.texts.compose import Composed, compose
from fourfold.social.visibility.rules import PersonFacts, decide_person

MOST_FILES = 10
# Numbers in a group rise by chance, by 1 to 8: of one that is left out nobody can tell whether it was a message of
# somebody from whom they are cut off.
STEP = 8
# Logs of channels are kept no longer than this.
LOGGED = timedelta(days=8)
BLANK: dict[str, Any] = {"state": "deleted", "text": "", "html": "", "files": [], "words": []}


class NotYourMessage(Forbidden):
    """403: only its author may do this with a message."""

    code = "social.not_your_message"
    title = "This is somebody else's message"


class MessageDeleted(Conflict):
    """409: the message was deleted."""

    code = "social.message_deleted"
    title = "The message was deleted"


class SendMessage(BaseModel):
    """A message to be; with files it may be without words."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=LONGEST, description="What is said, in Markdown.", examples=["See you at *six*"])
    reply_to: UUID | None = Field(None, description="A message in the same conversation.", examples=[None])
    file_ids: list[UUID] = Field([], max_length=MOST_FILES, description="Files of the caller's that belong to it.")
    client_id: str | None = Field(
        None, min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$", examples=["phone-17"],
        description="The caller's own name for it: under the same one nothing is sent twice.",
    )  # fmt: skip


class EditMessage(BaseModel):
    """What a message is to say."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=LONGEST, examples=["See you at seven"])


async def send_message(work: DocumentWork, conversation_id: UUID, ask: SendMessage) -> tuple[MessageShape, bool]:
    """Keeps the caller's message, tells all who read it, and says whether it is new.

    One sent before under the same `client_id` is shown again. Raises `NoSuchConversation`, `NotReachable`,
    `NoSuchMessage` for what is answered to, `NoSuchAttachment` and `TooOften`. All that it needs is
    read before it is numbered.
    """
    aside = DocumentView(work.house, work.who)
    seated = await seat_for(aside, conversation_id)
    author, other = await _both(aside, seated)
    if ask.client_id is not None:
        before = await message_named(aside, conversation_id, author.id, ask.client_id)
        if before is not None:
            return shape_for(before, {author.id: author}, seated.viewer, seated.seat), False
    await _refuse_unreachable(aside, seated, other)
    beside = {
        "answers": await _answered(aside, seated, ask.reply_to),
        "files": await _files(aside, ask.file_ids),
        "is_named": ask.client_id is not None,
    }
    composed = await _composed(aside, ask.text, has_files=bool(ask.file_ids))
    await hold_to(aside, "messages")
    message = {**_blank(work, seated, author.id, composed), **beside}
    message["client_id"] = ask.client_id or str(message["_id"])
    audience = await audience_of(aside, seated.id, message)
    await work.take_turn(f"conversation:{seated.id}")
    message["seq"] = await _numbered(work, seated, message, audience)
    try:
        await work.documents(MESSAGES).insert(message)
    except Duplicate as problem:
        raise TryAgain("the same is sent twice at once") from problem
    await tell_message(work, SENT, message, author, audience)
    return shape_for(message, {author.id: author}, seated.viewer, seated.seat), True


async def _both(view: DocumentView, seated: Seated) -> tuple[PersonFacts, PersonFacts | None]:
    """The caller, who has to be active, and to whom they talk when they are two."""
    other = seated.other
    people = await people_by_id(view, [seated.seat.person, *([other] if other else [])])
    me = people.get(seated.seat.person)
    if me is None or me.state != "active":
        raise NotActive
    return me, people.get(other) if other else None


async def _refuse_unreachable(view: DocumentView, seated: Seated, other: PersonFacts | None) -> None:
    """In a group everybody hears what is said; of two, the other one has to be there and to want it."""
    if seated.conversation["kind"] == "group":
        return
    if other is None or not decide_person(seated.viewer, other).allow:
        raise NotReachable
    if may_write_to(seated.viewer, other, has_written=False):
        return
    if not may_write_to(seated.viewer, other, has_written=await has_written(view, seated.id, other.id)):
        raise NotReachable


async def _composed(view: DocumentView, text: str, *, has_files: bool, before: str = "") -> Composed:
    return Composed("", "", [], [], []) if has_files and not text.strip() else await compose(view, text, before)


async def _answered(view: DocumentView, seated: Seated, reply_to: UUID | None) -> dict[str, Any] | None:
    if reply_to is None:
        return None
    answered, where = await message_for(view, reply_to)
    if where.id != seated.id or answered["state"] == "deleted":
        raise NoSuchMessage
    return {"id": reply_to, "seq": answered["seq"], "involved": answered["involved"]}


async def _files(view: DocumentView, file_ids: Sequence[UUID]) -> list[UUID]:
    wanted, who = list(dict.fromkeys(file_ids)), view.who
    if wanted and await view.ask(Files).stored_by(who.tenant_id, who.account, wanted) != frozenset(wanted):
        raise NoSuchAttachment
    return wanted


def _blank(work: DocumentWork, seated: Seated, by: UUID, composed: Composed) -> dict[str, Any]:
    now = work.now
    return {
        "_id": new_id(), "conversation": seated.id, "by": by, "text": composed.text, "html": composed.html,
        "words": composed.words, "involved": list(dict.fromkeys([by, *composed.mentions])), "state": "sent",
        "version": 1, "created_at": now.replace(microsecond=now.microsecond // 1000 * 1000), "edited_at": None,
    }  # fmt: skip


async def _numbered(work: DocumentWork, seated: Seated, message: Mapping[str, Any], audience: Audience) -> int:
    """The message's number: whoever takes one waits for the one before, so all read them in the same order.

    Raises `TryAgain` when somebody has come or gone since it was read who is to hear of it.
    """
    step = 1 if seated.conversation["kind"] == "direct" else 1 + secrets.randbelow(STEP)
    there = {"_id": seated.id, "members": seated.seat.person}
    last = {"last": message["_id"], "last_at": message["created_at"]}
    conversation = await work.documents(CONVERSATIONS).find_one_and_update(there, {"$inc": {"seq": step}, "$set": last})
    if conversation is None:
        raise NoSuchConversation
    if set(conversation["members"]) != {seat.person for _, seat in audience}:
        raise TryAgain("members have come or gone")
    return int(conversation["seq"])


async def edit_message(
    work: DocumentWork, message_id: UUID, ask: EditMessage, check: Callable[[Mapping[str, Any]], None]
) -> MessageShape:
    """Changes what the caller's message says, and keeps what it said; `check` raises unless it is the one meant.

    Raises `NoSuchMessage`, `NotYourMessage` and `MessageDeleted`.
    """
    message, seated = await message_for(work, message_id)
    if message["by"] != work.who.account:
        raise NotYourMessage
    if message["state"] == "deleted":
        raise MessageDeleted
    check(message)
    author, _ = await _both(work, seated)
    composed = await _composed(work, ask.text, has_files=bool(message["files"]), before=message["text"])
    if composed.text == message["text"]:
        return shape_for(message, {author.id: author}, seated.viewer, seated.seat)
    said = {
        "text": composed.text, "html": composed.html, "words": composed.words, "edited_at": work.now,
        "state": "edited", "involved": list(dict.fromkeys([author.id, *composed.mentions])),
    }  # fmt: skip
    meant = {"_id": message_id, "conversation": seated.id, "version": message["version"], "state": message["state"]}
    audience = await audience_of(work, seated.id, message, {**message, **said})
    edited = await work.documents(MESSAGES).find_one_and_update(meant, {"$set": said, "$inc": {"version": 1}})
    if edited is None:
        raise PreconditionFailed("It has been changed since you read it: read it again and repeat the edit.")
    await work.documents(MESSAGE_VERSIONS).insert(_former(message))
    await tell_message(work, EDITED, edited, author, audience, before=message)
    work.changed({"version": message["version"]}, {"version": edited["version"]})
    return shape_for(edited, {author.id: author}, seated.viewer, seated.seat)


def _former(message: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "message": message["_id"], "conversation": message["conversation"], "by": message["by"],
        "version": message["version"], "text": message["text"], "involved": message["involved"],
        "at": message["edited_at"] or message["created_at"],
    }  # fmt: skip


async def delete_message(work: DocumentWork, message_id: UUID, check: Callable[[Mapping[str, Any]], None]) -> None:
    """Takes a message back: one's own, or in a group as its owner or admin any; its place stays. Again does nothing.

    Its words are gone at once, with all that it said before. Raises `NoSuchMessage` and `NotYourMessage`.
    """
    message, seated = await message_for(work, message_id)
    is_group = seated.conversation["kind"] == "group"
    if message["by"] != work.who.account and not (is_group and may_manage(seated.seat.role)):
        raise NotYourMessage
    if message["state"] == "deleted":
        return
    check(message)
    there = {"_id": message_id, "conversation": seated.id, "state": ne("deleted")}
    audience = await audience_of(work, seated.id, message)
    gone = await work.documents(MESSAGES).find_one_and_update(there, {"$set": BLANK, "$inc": {"version": 1}})
    if gone is None:
        return
    await work.documents(MESSAGE_VERSIONS).delete_many({"message": message_id})
    if work.now - message["created_at"] < LOGGED:
        await unsay(work.documents, {"data.id": str(message_id)}, (SENT, EDITED), since=message["created_at"])
    await tell_message(work, DELETED, gone, None, audience)
    work.changed({"state": message["state"]}, {"state": "deleted"})

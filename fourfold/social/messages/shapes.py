"""What leaves of conversations and messages."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from fourfold.social.visibility.shapes import ShownPerson


class MessageFileShape(BaseModel):
    """A file of a message."""

    id: UUID
    url: str = Field(description="Where it is served, to those who may read the message.")


class MessageShape(BaseModel):
    """A message, as this reader sees it."""

    id: UUID = Field(examples=["01890a5d-ac96-774b-bcce-b302099a8057"])
    conversation_id: UUID
    seq: int = Field(description="Its number in the conversation: the order for everybody.", examples=[7])
    author: ShownPerson | None = Field(description="Null when they are not there any more.")
    text: str = Field(description="As it was written, in Markdown; empty once deleted.", examples=["See you at *six*"])
    html: str = Field(description="Clean HTML of it.", examples=["<p>See you at <em>six</em></p>"])
    files: list[MessageFileShape]
    reply_to: UUID | None = Field(description="The message that it answers to, if the reader sees that one.")
    state: Literal["sent", "edited", "deleted"]
    version: int = Field(description="Rises with each edit; the entity tag that `If-Match` names.", examples=[1])
    client_id: str | None = Field(None, description="The caller's own name for it, for the caller alone.")
    created_at: datetime
    edited_at: datetime | None


class MessagesPage(BaseModel):
    """Messages of a conversation: the newest first, or with `after` the oldest first."""

    items: list[MessageShape]
    next: int | None = Field(description="What to give as `before` (or `after`) for the next page; null at the end.")


class MessageVersionShape(BaseModel):
    """What a message said at one time."""

    version: int = Field(examples=[1])
    text: str = Field(examples=["See you at five"])
    at: datetime = Field(description="Since when it said that.")


class MemberShape(ShownPerson):
    """Somebody in a conversation, and how far messages have reached them."""

    role: Literal["owner", "admin", "member"]
    delivered_seq: int = Field(description="Messages up to this number have reached a device of theirs.", examples=[7])
    read_seq: int = Field(description="Messages up to this number are read.", examples=[6])


class ConversationShape(BaseModel):
    """A conversation, as this member sees it; members whom a block hides are not among those who are shown."""

    id: UUID = Field(examples=["01890a5d-ac96-774b-bcce-b302099a8057"])
    kind: Literal["direct", "group"]
    name: str | None = Field(examples=["Climbers"])
    members: list[MemberShape]
    role: Literal["owner", "admin", "member"] = Field(description="The caller's own.")
    muted: bool = Field(description="Whether the caller wants no alerts of it; what is unread is counted all the same.")
    last_message: MessageShape | None
    unread: int = Field(description="Messages of others behind the last one read; counted up to 500.", examples=[2])
    created_at: datetime


class ReceiptShape(BaseModel):
    """How far a conversation has reached the caller, on all of their devices."""

    conversation_id: UUID
    delivered_seq: int
    read_seq: int
    unread: int

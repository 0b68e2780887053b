"""Ways in to conversations and what is said in them."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response

from fourfold.ground.answers import must_match, problems, tag_with
from fourfold.ground.contents import hand_out
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Cursor, Limit, Page
from fourfold.social.messages import show
from fourfold.social.messages.manage import (
    AddMembers,
    ChangeRole,
    EditConversation,
    add_members,
    change_role,
    edit_conversation,
    remove_member,
)
from fourfold.social.messages.mark import UpToMessage, mark, mute_conversation, say_typing
from fourfold.social.messages.open import OpenConversation, open_conversation
from fourfold.social.messages.send import EditMessage, SendMessage, delete_message, edit_message, send_message
from fourfold.social.messages.shapes import (
    ConversationShape,
    MessageShape,
    MessagesPage,
    MessageVersionShape,
    ReceiptShape,
)

router = room_router("/v1/social", "messages")

Writing = Annotated[DocumentWork, may("social:messages:write", opens=DocumentWork)]
Passing = Annotated[DocumentView, may("social:messages:write", opens=DocumentView)]
Looking = Annotated[DocumentView, may("social:messages:read", opens=DocumentView)]
Handle = Annotated[str, Path(min_length=3, max_length=36, description="A member's handle or id.")]
Before = Annotated[int | None, Query(ge=1, le=2**53, description="Only messages before this number.")]
After = Annotated[
    int | None, Query(ge=0, le=2**53, description="Only messages behind this number, the oldest of them first.")
]
_BYTES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes.", "content": {"*/*": {}}},
    206: {"description": "The part that `Range` asks for.", "content": {"*/*": {}}},
    304: {"description": "The caller has it already."},
    **problems(401, 403, 404, 416),
}
_THERE: dict[int | str, dict[str, Any]] = {200: {"description": "It was there already.", "model": ConversationShape}}
_SENT: dict[int | str, dict[str, Any]] = {200: {"description": "It was sent before.", "model": MessageShape}}


@router.post(
    "/conversations",
    status_code=201,
    summary="Begin a conversation",
    responses={**_THERE, **problems(401, 403, 404, 409)},
)
async def open_conversation_here(ask: OpenConversation, work: Writing, response: Response) -> ConversationShape:
    """Begins a conversation with one person, of which there is one however often it begins, or a group with a name."""
    conversation_id, is_new = await open_conversation(work, ask)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/v1/social/conversations/{conversation_id}"
    return await show.show_conversation(work, conversation_id)


@router.get("/conversations", summary="List my conversations", responses=problems(401, 403))
async def list_conversations_here(view: Looking, limit: Limit = 20, cursor: Cursor = None) -> Page[ConversationShape]:
    """The caller's conversations with what was said last and how much is unread, the latest first."""
    return await show.conversations_page(view, cursor, limit)


@router.get("/conversations/{conversation_id}", summary="Show a conversation", responses=problems(401, 403, 404))
async def show_conversation_here(conversation_id: UUID, view: Looking) -> ConversationShape:
    """A conversation that the caller is in, with its members and how far messages have reached them."""
    return await show.show_conversation(view, conversation_id)


@router.patch("/conversations/{conversation_id}", summary="Rename a group", responses=problems(401, 403, 404, 409))
async def edit_conversation_here(conversation_id: UUID, ask: EditConversation, work: Writing) -> ConversationShape:
    """Gives a group another name; for its owner and admins."""
    await edit_conversation(work, conversation_id, ask)
    return await show.show_conversation(work, conversation_id)


@router.post(
    "/conversations/{conversation_id}/members", summary="Add people to a group", responses=problems(401, 403, 404, 409)
)
async def add_members_here(conversation_id: UUID, ask: AddMembers, work: Writing) -> ConversationShape:
    """Lets people into a group, who read what is said from then on; for its owner and admins."""
    await add_members(work, conversation_id, ask)
    return await show.show_conversation(work, conversation_id)


@router.put(
    "/conversations/{conversation_id}/members/{handle}",
    summary="Change a member's role",
    responses=problems(401, 403, 404, 409),
)
async def change_role_here(conversation_id: UUID, handle: Handle, ask: ChangeRole, work: Writing) -> ConversationShape:
    """Makes a member an admin, an admin a member, or either the owner in the caller's place."""
    await change_role(work, conversation_id, handle, ask)
    return await show.show_conversation(work, conversation_id)


@router.delete(
    "/conversations/{conversation_id}/members/{handle}",
    status_code=204,
    summary="Leave a group, or remove a member",
    responses=problems(401, 403, 404, 409),
)
async def remove_member_here(conversation_id: UUID, handle: Handle, work: Writing) -> None:
    """Takes a member out of a group: oneself, or another one as its owner or admin. It is not there for them any more.

    After an owner the first of the admins owns it, or the first of the members; a group without members is erased.
    """
    await remove_member(work, conversation_id, handle)


@router.post(
    "/conversations/{conversation_id}/messages",
    status_code=201,
    summary="Send a message",
    responses={**_SENT, **problems(401, 403, 404, 409)},
)
async def send_message_here(conversation_id: UUID, ask: SendMessage, work: Writing, response: Response) -> MessageShape:
    """Says something in a conversation; with a `client_id` it is said once, however often it is sent."""
    message, is_new = await send_message(work, conversation_id, ask)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/v1/social/messages/{message.id}"
    return _tagged(response, message)


@router.get("/conversations/{conversation_id}/messages", summary="List messages", responses=problems(401, 403, 404))
async def list_messages_here(
    conversation_id: UUID, view: Looking, before: Before = None, after: After = None, limit: Limit = 50
) -> MessagesPage:
    """What was said, the newest first; behind a number the oldest first, for whoever was away."""
    return await show.messages_page(view, conversation_id, before, after, limit)


@router.put("/conversations/{conversation_id}/read", summary="Mark as read", responses=problems(401, 403, 404))
async def mark_read_here(conversation_id: UUID, ask: UpToMessage, work: Writing) -> ReceiptShape:
    """Counts messages up to a number as read, on all of the caller's devices; the others see it."""
    return await mark(work, conversation_id, ask, "read")


@router.put(
    "/conversations/{conversation_id}/delivered", summary="Mark as delivered", responses=problems(401, 403, 404)
)
async def mark_delivered_here(conversation_id: UUID, ask: UpToMessage, work: Writing) -> ReceiptShape:
    """Tells that messages up to a number have reached a device of the caller's; the others see it."""
    return await mark(work, conversation_id, ask, "delivered")


@router.put(
    "/conversations/{conversation_id}/mute",
    status_code=204,
    summary="Mute a conversation",
    responses=problems(401, 403, 404),
)
async def mute_here(conversation_id: UUID, work: Writing) -> None:
    """Has a conversation alert the caller no longer; what is unread is counted all the same."""
    await mute_conversation(work, conversation_id, muted=True)


@router.delete(
    "/conversations/{conversation_id}/mute",
    status_code=204,
    summary="Unmute a conversation",
    responses=problems(401, 403, 404),
)
async def unmute_here(conversation_id: UUID, work: Writing) -> None:
    """Has a conversation alert the caller again."""
    await mute_conversation(work, conversation_id, muted=False)


@router.post(
    "/conversations/{conversation_id}/typing",
    status_code=204,
    summary="Tell that I am typing",
    responses=problems(401, 403, 404),
)
async def say_typing_here(conversation_id: UUID, view: Passing) -> None:
    """Tells the others who are there now; it is kept nowhere."""
    await say_typing(view, conversation_id)


@router.get("/messages/search", summary="Search my messages", responses=problems(400, 401, 403))
async def search_messages_here(
    view: Looking,
    q: Annotated[str, Query(min_length=1, max_length=200, description="Words that all stand in the message.")],
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[MessageShape]:
    """Messages in the caller's conversations that have all of these words, the newest first."""
    return await show.search_messages(view, q, cursor, limit)


@router.get("/messages/{message_id}", summary="Show a message", responses=problems(401, 403, 404))
async def show_message_here(message_id: UUID, view: Looking, response: Response) -> MessageShape:
    """A message in a conversation of the caller's."""
    return _tagged(response, await show.show_message(view, message_id))


@router.get(
    "/messages/{message_id}/files/{attachment_id}",
    summary="Read a file of a message",
    response_class=Response,
    responses=_BYTES,
)
async def read_attachment_here(message_id: UUID, attachment_id: UUID, view: Looking, request: Request) -> Response:
    """The bytes of a file that was sent along, whole or in part with `Range`, for those who read the message."""
    return await hand_out(request, view.house.storage, await show.file_of_message(view, message_id, attachment_id))


@router.get("/messages/{message_id}/versions", summary="List versions of a message", responses=problems(401, 403, 404))
async def list_message_versions_here(message_id: UUID, view: Looking) -> Page[MessageVersionShape]:
    """What a message says and said, the newest first, on one page; nothing once it is deleted."""
    return await show.versions_page(view, message_id)


@router.patch("/messages/{message_id}", summary="Edit a message", responses=problems(401, 403, 404, 409, 412))
async def edit_message_here(
    message_id: UUID, ask: EditMessage, work: Writing, request: Request, response: Response
) -> MessageShape:
    """Changes what the caller's message says; what it said is kept for whoever reads it."""
    return _tagged(response, await edit_message(work, message_id, ask, partial(_must_match, request)))


@router.delete(
    "/messages/{message_id}", status_code=204, summary="Delete a message", responses=problems(401, 403, 404, 412)
)
async def delete_message_here(message_id: UUID, work: Writing, request: Request) -> None:
    """Takes a message back: one's own, or any as the owner or an admin of the group.

    Its words are gone at once, with all that it said before; its place stays.
    """
    await delete_message(work, message_id, partial(_must_match, request))


def _tagged(response: Response, message: MessageShape) -> MessageShape:
    response.headers["ETag"] = tag_with(f'"{message.version}"', message.model_dump_json().encode())
    return message


def _must_match(request: Request, message: Mapping[str, Any]) -> None:
    must_match(request, f'"{message["version"]}"')

"""How conversations and messages are shown: to whoever sits there, read in one go, decided by the rules, presented."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fourfold.contracts.core import Files
from fourfold.ground.contents import Content
from fourfold.ground.document_work import DocumentView
from fourfold.ground.pages import Page, cursor_for, position_of
from fourfold.ground.refusals import NotFound
from fourfold.social.messages.queries import (
    conversation_with_id,
    conversations_of,
    former_versions,
    message_with_id,
    messages_between,
    messages_by_id,
    messages_with,
    seat_of,
    seats_held,
    seats_in,
    unread_in,
)
from fourfold.social.messages.rules import Message, Seat, answered_by, direct_id, is_for
from fourfold.social.messages.shapes import (
    ConversationShape,
    MemberShape,
    MessageFileShape,
    MessageShape,
    MessagesPage,
    MessageVersionShape,
)
from fourfold.social.people.queries import people_by_id
from fourfold.social.texts.rules import words_in
from fourfold.social.visibility.people import as_shown
from fourfold.social.visibility.rules import PersonFacts, Viewer, decide_person
from fourfold.social.visibility.shapes import ShownPerson
from fourfold.social.visibility.viewer import viewer_for

People = Mapping[UUID, PersonFacts]
# A page of what was said before the caller came is looked through this often, and then goes on with the next cursor.
ROUNDS = 10
MOST_WORDS = 10
# What browsers show and cannot run.
SHOWN = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp", "video/mp4", "video/webm"})


class NoSuchConversation(NotFound):
    """404: there is no such conversation, or the caller is not in it."""

    code = "social.no_such_conversation"
    title = "There is no such conversation"


class NoSuchMessage(NotFound):
    """404: there is no such message, or it is not for the caller."""

    code = "social.no_such_message"
    title = "There is no such message"


class NoSuchAttachment(NotFound):
    """404: no such file belongs to the message, or is the caller's to send."""

    code = "social.no_such_attachment"
    title = "There is no such file"


@dataclass(frozen=True, slots=True)
class Seated:
    """A conversation, the caller's place in it, and the caller as a viewer of the others."""

    conversation: Mapping[str, Any]
    seat: Seat
    viewer: Viewer

    @property
    def id(self) -> UUID:
        """The conversation's."""
        return UUID(str(self.conversation["_id"]))

    @property
    def other(self) -> UUID | None:
        """Whom the caller talks to, when they are two."""
        if self.conversation["kind"] != "direct":
            return None
        return next((each for each in self.conversation["members"] if each != self.seat.person), None)


async def seat_for(view: DocumentView, conversation_id: UUID) -> Seated:
    """A conversation that the caller is in, for acts and reads there.

    Raises `NoSuchConversation` in the same words, and after the same reads, whether there is none or none for them; one
    of two who are cut off from each other is none for either.
    """
    me = view.who.account
    conversation = await conversation_with_id(view, conversation_id)
    seat = await seat_of(view, conversation_id, me)
    viewer = await viewer_for(view, me, conversation["members"] if conversation else [conversation_id])
    if conversation is None or seat is None:
        raise NoSuchConversation
    if conversation["kind"] == "direct" and not viewer.cut.isdisjoint(conversation["members"]):
        raise NoSuchConversation
    return Seated(conversation, seat, viewer)


async def message_for(view: DocumentView, message_id: UUID) -> tuple[dict[str, Any], Seated]:
    """A message that the caller may read, as it is kept, and where they read it; raises `NoSuchMessage`."""
    row = await message_with_id(view, message_id)
    try:
        seated = await seat_for(view, row["conversation"] if row else message_id)
    except NoSuchConversation:
        raise NoSuchMessage from None
    if row is None or not is_for(seated.viewer, seated.seat, row):
        raise NoSuchMessage
    return row, seated


async def show_messages(view: DocumentView, seated: Seated, rows: Sequence[Message]) -> list[MessageShape]:
    """These messages in their order, without those that are not for the caller."""
    seen = [row for row in rows if is_for(seated.viewer, seated.seat, row)]
    people = await people_by_id(view, {row["by"] for row in seen})
    return [shape_for(row, people, seated.viewer, seated.seat) for row in seen]


async def show_message(view: DocumentView, message_id: UUID) -> MessageShape:
    """One message; raises `NoSuchMessage`."""
    row, seated = await message_for(view, message_id)
    return (await show_messages(view, seated, [row]))[0]


def shape_for(row: Message, people: People, viewer: Viewer, seat: Seat) -> MessageShape:
    """A message as one of its readers sees it."""
    return MessageShape(
        id=row["_id"],
        conversation_id=row["conversation"],
        seq=row["seq"],
        author=_shown(people.get(row["by"]), viewer),
        text=row["text"],
        html=row["html"],
        files=[
            MessageFileShape(id=each, url=f"/v1/social/messages/{row['_id']}/files/{each}") for each in row["files"]
        ],
        reply_to=answered_by(viewer, seat, row),
        state=row["state"],
        version=row["version"],
        client_id=row["client_id"] if row["by"] == seat.person and row["is_named"] else None,
        created_at=row["created_at"],
        edited_at=row["edited_at"],
    )


def _shown(person: PersonFacts | None, viewer: Viewer) -> ShownPerson | None:
    return as_shown(person) if person is not None and decide_person(viewer, person).allow else None


async def messages_page(
    view: DocumentView, conversation_id: UUID, before: int | None, after: int | None, limit: int
) -> MessagesPage:
    """Messages of a conversation by their numbers; raises `NoSuchConversation`."""
    seated = await seat_for(view, conversation_id)
    rows = await messages_between(
        view,
        conversation_id,
        seated.viewer.cut,
        limit + 1,
        after=max(after or 0, seated.seat.joined_seq),
        before=before,
        oldest_first=after is not None,
    )
    more = rows[limit - 1]["seq"] if len(rows) > limit else None
    return MessagesPage(items=await show_messages(view, seated, rows[:limit]), next=more)


async def versions_page(view: DocumentView, message_id: UUID) -> Page[MessageVersionShape]:
    """What a message says and said, the newest first; nothing once it is deleted. Raises `NoSuchMessage`."""
    row, seated = await message_for(view, message_id)
    if row["state"] == "deleted":
        return Page(items=[], next=None)
    since = row["edited_at"] or row["created_at"]
    present = MessageVersionShape(version=row["version"], text=row["text"], at=since)
    former = await former_versions(view, message_id, seated.viewer.cut)
    shown = [MessageVersionShape(version=each["version"], text=each["text"], at=each["at"]) for each in former]
    return Page(items=[present, *shown], next=None)


async def file_of_message(view: DocumentView, message_id: UUID, file_id: UUID) -> Content:
    """A file of a message that the caller may read; raises `NoSuchMessage` and `NoSuchAttachment`."""
    row, _ = await message_for(view, message_id)
    known = await view.ask(Files).facts_of(view.who.tenant_id, row["by"], [file_id]) if file_id in row["files"] else {}
    if file_id not in known:
        raise NoSuchAttachment
    file = known[file_id]
    called = "inline" if file.content_type in SHOWN else "attachment"
    # What a file holds never changes: its id says which it is.
    whole = (file.size, str(file_id), file.content_type, called, "private, no-cache")
    return Content(view.who.tenant_id, file.key, *whole)


async def show_conversation(view: DocumentView, conversation_id: UUID) -> ConversationShape:
    """One conversation; raises `NoSuchConversation`."""
    seated = await seat_for(view, conversation_id)
    return (await _shown_all(view, seated.viewer, [seated.conversation]))[0]


async def conversations_page(view: DocumentView, cursor: str | None, limit: int) -> Page[ConversationShape]:
    """The caller's conversations, where something was said last coming first: as many reads for one as for many."""
    me = view.who.account
    viewer = await viewer_for(view, me, ())
    purpose = f"social.conversations:{me}"
    position = position_of(view, purpose, cursor)
    hidden = {direct_id(view.who.tenant_id, me, each) for each in viewer.cut}
    rows = await conversations_of(view, me, hidden, position, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    more = cursor_for(view, purpose, [last["last_at"].isoformat(), str(last["_id"])]) if last else None
    return Page(items=await _shown_all(view, viewer, rows[:limit]), next=more)


async def _shown_all(view: DocumentView, viewer: Viewer, rows: Sequence[Mapping[str, Any]]) -> list[ConversationShape]:
    me = view.who.account
    seats = await seats_in(view, [row["_id"] for row in rows])
    own = {each: seat for each, held in seats.items() for seat in held if seat.person == me}
    rows = [row for row in rows if row["_id"] in own]
    lasts = await _last_messages(view, viewer, rows, own)
    people = await people_by_id(
        view, {seat.person for held in seats.values() for seat in held} | {each["by"] for each in lasts.values()}
    )
    unread = await unread_in(view, me, {row["_id"]: (row["seq"], own[row["_id"]]) for row in rows}, viewer.cut)
    return [
        _conversation(
            row,
            own[row["_id"]],
            members=list(_members(seats[row["_id"]], people, viewer)),
            last=shape_for(lasts[row["_id"]], people, viewer, own[row["_id"]]) if row["_id"] in lasts else None,
            unread=unread.get(row["_id"], 0),
        )
        for row in rows
    ]


async def _last_messages(
    view: DocumentView, viewer: Viewer, rows: Sequence[Mapping[str, Any]], own: Mapping[UUID, Seat]
) -> dict[UUID, Message]:
    """What was said last in each conversation, of what the viewer reads, however far back."""
    ids = [row["last"] for row in rows if row["last"] is not None and row["seq"] > own[row["_id"]].joined_seq]
    told = await messages_by_id(view, [row["_id"] for row in rows], ids)
    found: dict[UUID, Message] = {each["conversation"]: each for each in told}
    lasts: dict[UUID, Message] = {}
    for conversation_id, message in found.items():
        seat = own[conversation_id]
        if is_for(viewer, seat, message):
            lasts[conversation_id] = message
            continue
        seen = await messages_between(view, conversation_id, viewer.cut, 1, after=seat.joined_seq, before=None)
        if seen:
            lasts[conversation_id] = seen[0]
    return lasts


def _members(seats: Sequence[Seat], people: People, viewer: Viewer) -> Iterator[MemberShape]:
    for seat in seats:
        shown = _shown(people.get(seat.person), viewer)
        if shown is not None:
            yield MemberShape(
                **shown.model_dump(), role=seat.role, delivered_seq=seat.delivered_seq, read_seq=seat.read_seq
            )


def _conversation(
    row: Mapping[str, Any], seat: Seat, *, members: list[MemberShape], last: MessageShape | None, unread: int
) -> ConversationShape:
    return ConversationShape(
        id=row["_id"],
        kind=row["kind"],
        name=row["name"],
        members=members,
        role=seat.role,
        muted=seat.muted,
        last_message=last,
        unread=unread,
        created_at=row["created_at"],
    )


async def search_messages(view: DocumentView, q: str, cursor: str | None, limit: int) -> Page[MessageShape]:
    """Messages in the caller's conversations that have all words of a query, the newest first."""
    me, words = view.who.account, words_in(q)[:MOST_WORDS]
    viewer = await viewer_for(view, me, ())
    purpose = f"social.messages:{me}:{' '.join(words)}"
    position = position_of(view, purpose, cursor)
    behind = UUID(position[0]) if position else None
    hidden = {direct_id(view.who.tenant_id, me, each) for each in viewer.cut}
    seats = {each: seat for each, seat in (await seats_held(view, me)).items() if each not in hidden}
    found: list[Message] = []
    is_more = bool(words and seats)
    for _ in range(ROUNDS):
        if not is_more or len(found) > limit:
            break
        wanted = limit + 1 - len(found)
        rows = await messages_with(view, list(seats), words, viewer.cut, behind, wanted)
        found += [row for row in rows if is_for(viewer, seats[row["conversation"]], row)]
        behind, is_more = (rows[-1]["_id"] if rows else behind), len(rows) == wanted
    people = await people_by_id(view, {row["by"] for row in found[:limit]})
    items = [shape_for(row, people, viewer, seats[row["conversation"]]) for row in found[:limit]]
    place = found[limit - 1]["_id"] if len(found) > limit else behind if is_more else None
    return Page(items=items, next=cursor_for(view, purpose, [str(place)]) if place else None)

"""What there is to be seen of something at the moment at which it is reported, as far as whoever reports it sees it."""

from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.social.messages.show import NoSuchMessage, message_for
from fourfold.social.people.queries import people_by_id, whole_person
from fourfold.social.posts.queries import post_with_id
from fourfold.social.reports.rules import Kind
from fourfold.social.visibility.comments import comment_for
from fourfold.social.visibility.people import NoSuchPerson
from fourfold.social.visibility.posts import NoSuchPost, discussed
from fourfold.social.visibility.rules import decide_person, field_shown
from fourfold.social.visibility.viewer import viewer_of

READ_MESSAGES = "social:messages:read"

Evidence = dict[str, Any]


async def evidence_of(view: DocumentView, kind: Kind, target: UUID) -> tuple[UUID, UUID, Evidence]:
    """What is meant (of a repost its original), whose it is, and what it says; raises as whoever shows it does."""
    read = {"person": _person, "post": _post, "comment": _comment, "message": _message}[kind]
    return await read(view, target)


async def _person(view: DocumentView, target: UUID) -> tuple[UUID, UUID, Evidence]:
    """Somebody whom the caller has blocked may be reported, too; who has blocked the caller is nobody."""
    person = (await people_by_id(view, [target])).get(target)
    viewer = await viewer_of(view, [target])
    tie = viewer.tie_to(target)
    is_own_block = tie.block and not tie.blocked
    if person is None or person.state != "active" or not (is_own_block or decide_person(viewer, person).allow):
        raise NoSuchPerson
    row = await whole_person(view, target) or {}
    shown = {name: row.get(name) for name in ("bio", "links", "location") if field_shown(viewer, person, name)}
    pictures = [row[name] for name in ("avatar", "cover") if row.get(name)]
    told = {"name": row["name"], "handle": row["handle"], **shown}
    return target, target, _evidence(view, target, row.get("version", 1), row["created_at"], pictures, fields=told)


async def _post(view: DocumentView, target: UUID) -> tuple[UUID, UUID, Evidence]:
    meant = (await discussed(view, target)).post
    row = await post_with_id(view, meant.id)
    if row is None:
        raise NoSuchPost
    written = row["published_at"] or row["created_at"]
    told = _evidence(view, row["author"], row["version"], written, row["media"], row["text"], audience=row["audience"])
    return meant.id, row["author"], told


async def _comment(view: DocumentView, target: UUID) -> tuple[UUID, UUID, Evidence]:
    row = await comment_for(view, target)
    told = _evidence(view, row["author"], row["version"], row["created_at"], [], row["text"], post=row["post"])
    return target, row["author"], told


async def _message(view: DocumentView, target: UUID) -> tuple[UUID, UUID, Evidence]:
    if not view.who.may(READ_MESSAGES):
        raise NoSuchMessage
    row, _ = await message_for(view, target)
    if row["state"] == "deleted":
        raise NoSuchMessage
    about = {"conversation": row["conversation"]}
    told = _evidence(view, row["by"], row["version"], row["created_at"], row["files"], row["text"], **about)
    return target, row["by"], told


def _evidence(
    view: DocumentView, author: UUID, version: int, written: object, media: list[UUID], text: str = "", **rest: Any
) -> Evidence:
    return {
        "author": author, "version": version, "text": text, "media": list(media), "written_at": written,
        "at": view.now, **rest,
    }  # fmt: skip

"""Who has reacted: people, as far as they are there for the caller."""

from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.pages import Page, cursor_for, position_of
from fourfold.social.reactions.queries import reactions_to
from fourfold.social.reactions.shapes import ReactedShape
from fourfold.social.visibility.comments import comment_for
from fourfold.social.visibility.people import show_people
from fourfold.social.visibility.posts import ROUNDS, discussed
from fourfold.social.visibility.shapes import ReactionKind


async def reactions_to_post(
    view: DocumentView, post_id: UUID, kind: ReactionKind | None, cursor: str | None, limit: int
) -> Page[ReactedShape]:
    """Who has reacted to a post, or to what it passes on, the latest first; raises `NoSuchPost`."""
    return await _page(view, (await discussed(view, post_id)).post.id, kind, cursor, limit)


async def reactions_to_comment(
    view: DocumentView, comment_id: UUID, kind: ReactionKind | None, cursor: str | None, limit: int
) -> Page[ReactedShape]:
    """Who has reacted to a comment, the latest first; raises `NoSuchComment`."""
    return await _page(view, (await comment_for(view, comment_id))["_id"], kind, cursor, limit)


async def _page(
    view: DocumentView, target: UUID, kind: ReactionKind | None, cursor: str | None, limit: int
) -> Page[ReactedShape]:
    purpose = f"social.reactions:{target}:{kind}"
    position = position_of(view, purpose, cursor)
    found: list[tuple[list[Any], ReactedShape]] = []
    for _ in range(ROUNDS):
        wanted = limit + 1 - len(found)
        rows = await reactions_to(view, target, kind, position, wanted)
        people = await show_people(view, [row["by"] for row in rows])
        found += [
            (_place_of(row), ReactedShape(person=people[row["by"]], kind=row["kind"], at=row["at"]))
            for row in rows
            if row["by"] in people
        ]
        if len(found) > limit:
            shown = [each for _, each in found[:limit]]
            return Page(items=shown, next=cursor_for(view, purpose, found[limit - 1][0]))
        if len(rows) < wanted:
            return Page(items=[each for _, each in found], next=None)
        position = _place_of(rows[-1])
    return Page(items=[each for _, each in found], next=cursor_for(view, purpose, position or []))


def _place_of(row: dict[str, Any]) -> list[Any]:
    return [row["at"].isoformat(), str(row["_id"])]

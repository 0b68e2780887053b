"""The history of a post: what it says and said, each version with how it differs from the one before."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.pages import Page, cursor_for, position_of
from fourfold.social.posts.queries import posts_by_id, versions_of
from fourfold.social.posts.rules import changes_between
from fourfold.social.visibility.posts import audiences_seen
from fourfold.social.visibility.shapes import ChangeShape, VersionShape


async def versions_page(view: DocumentView, post_id: UUID, cursor: str | None, limit: int) -> Page[VersionShape]:
    """The versions of a post that the caller sees now, the newest first; raises `NoSuchPost`.

    Of a version that was for fewer people than now, only these read what it said.
    """
    audiences = await audiences_seen(view, post_id)
    purpose = f"social.versions:{post_id}"
    position = position_of(view, purpose, cursor)
    former = await versions_of(view, post_id, position[0] if position else None, limit + 1)
    present = [] if position else [_version(post) for post in await posts_by_id(view, [post_id])]
    rows = [{**row, "redacted": row["redacted"] or row["audience"] not in audiences} for row in (*present, *former)]
    shown = [_shape(row, before) for row, before in pairwise([*rows, None]) if row is not None][:limit]
    more = cursor_for(view, purpose, [shown[-1].version]) if len(rows) > limit else None
    return Page(items=shown, next=more)


def _version(post: Mapping[str, Any]) -> dict[str, Any]:
    at = post["edited_at"] or post["published_at"] or post["created_at"]
    return {name: post[name] for name in ("version", "text", "audience")} | {"at": at, "redacted": False}


def _shape(row: Mapping[str, Any], before: Mapping[str, Any] | None) -> VersionShape:
    changes = None
    if before is not None and not row["redacted"] and not before["redacted"]:
        changes = [ChangeShape(kind=each.kind, text=each.text) for each in changes_between(before["text"], row["text"])]
    return VersionShape(
        version=row["version"],
        text=None if row["redacted"] else row["text"],
        redacted=row["redacted"],
        at=row["at"],
        changes=changes,
    )

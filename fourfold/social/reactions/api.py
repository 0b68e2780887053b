"""Ways in to reactions: to posts and to comments."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from fourfold.ground.answers import problems
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.door import may, public, room_router
from fourfold.ground.pages import Cursor, Limit, Page
from fourfold.social.reactions.give import (
    React,
    react_to_comment,
    react_to_post,
    take_back_from_comment,
    take_back_from_post,
)
from fourfold.social.reactions.shapes import ReactedShape, ReactionShape
from fourfold.social.reactions.show import reactions_to_comment, reactions_to_post
from fourfold.social.visibility.shapes import ReactionKind

router = room_router("/v1/social", "reactions")

Reacting = Annotated[DocumentWork, may("social:reactions:write", opens=DocumentWork)]
Looking = Annotated[DocumentView, public(opens=DocumentView)]
Kind = Annotated[ReactionKind | None, Query(description="Those of this kind only.")]


@router.put("/posts/{post_id}/reaction", summary="React to a post", responses=problems(401, 403, 404))
async def react_to_post_here(post_id: UUID, ask: React, work: Reacting) -> ReactionShape:
    """Keeps the caller's one reaction to a post, instead of the one they had; of a repost it is to its original."""
    return await react_to_post(work, post_id, ask)


@router.delete(
    "/posts/{post_id}/reaction",
    status_code=204,
    summary="Take a reaction to a post back",
    responses=problems(401, 403, 404),
)
async def take_back_from_post_here(post_id: UUID, work: Reacting) -> None:
    """Takes the caller's reaction back; without one nothing happens."""
    await take_back_from_post(work, post_id)


@router.get("/posts/{post_id}/reactions", summary="List reactions to a post", responses=problems(404))
async def list_reactions_to_post_here(
    post_id: UUID, view: Looking, kind: Kind = None, limit: Limit = 20, cursor: Cursor = None
) -> Page[ReactedShape]:
    """Who has reacted and how, the latest first, as far as these people are there for the caller."""
    return await reactions_to_post(view, post_id, kind, cursor, limit)


@router.put("/comments/{comment_id}/reaction", summary="React to a comment", responses=problems(401, 403, 404))
async def react_to_comment_here(comment_id: UUID, ask: React, work: Reacting) -> ReactionShape:
    """Keeps the caller's one reaction to a comment, instead of the one they had."""
    return await react_to_comment(work, comment_id, ask)


@router.delete(
    "/comments/{comment_id}/reaction",
    status_code=204,
    summary="Take a reaction to a comment back",
    responses=problems(401, 403, 404),
)
async def take_back_from_comment_here(comment_id: UUID, work: Reacting) -> None:
    """Takes the caller's reaction back; without one nothing happens."""
    await take_back_from_comment(work, comment_id)


@router.get("/comments/{comment_id}/reactions", summary="List reactions to a comment", responses=problems(404))
async def list_reactions_to_comment_here(
    comment_id: UUID, view: Looking, kind: Kind = None, limit: Limit = 20, cursor: Cursor = None
) -> Page[ReactedShape]:
    """Who has reacted and how, the latest first, as far as these people are there for the caller."""
    return await reactions_to_comment(view, comment_id, kind, cursor, limit)

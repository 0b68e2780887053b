"""Ways in to comments: below posts, and in answer to each other."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from fourfold.ground.answers import must_match, problems, tag_with
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.door import may, public, room_router
from fourfold.ground.pages import Cursor, Limit, Page
from fourfold.social.comments.delete import delete_comment
from fourfold.social.comments.edit import EditComment, edit_comment
from fourfold.social.comments.queries import CommentSort
from fourfold.social.comments.write import WriteComment, write_comment
from fourfold.social.visibility.comments import answers_below, comments_below, show_comment
from fourfold.social.visibility.shapes import ShownComment

router = room_router("/v1/social", "comments")

Writing = Annotated[DocumentWork, may("social:comments:write", opens=DocumentWork)]
Looking = Annotated[DocumentView, public(opens=DocumentView)]
Sort = Annotated[
    CommentSort, Query(description="`top`: what most have reacted to and answered first; by their time: `new`, `old`.")
]


@router.post(
    "/posts/{post_id}/comments", status_code=201, summary="Comment on a post", responses=problems(401, 403, 404, 409)
)
async def write_comment_here(post_id: UUID, ask: WriteComment, work: Writing, response: Response) -> ShownComment:
    """Says something below a post, or in answer to a comment there; below a repost it is said to its original."""
    comment = await write_comment(work, post_id, ask)
    response.headers["Location"] = f"/v1/social/comments/{comment.id}"
    return _tagged(response, comment)


@router.get("/posts/{post_id}/comments", summary="List comments on a post", responses=problems(404))
async def list_comments_here(
    post_id: UUID, view: Looking, sort: Sort = "top", limit: Limit = 20, cursor: Cursor = None
) -> Page[ShownComment]:
    """What answers to a post, each with its first three answers, as far as the caller may see them."""
    return await comments_below(view, post_id, sort, cursor, limit)


@router.get("/comments/{comment_id}", summary="Show a comment", responses=problems(404))
async def show_comment_here(comment_id: UUID, view: Looking, response: Response) -> ShownComment:
    """A comment, or the place of a deleted one that has answers."""
    return _tagged(response, await show_comment(view, comment_id))


@router.get("/comments/{comment_id}/replies", summary="List answers to a comment", responses=problems(404))
async def list_replies_here(
    comment_id: UUID, view: Looking, sort: Sort = "old", limit: Limit = 20, cursor: Cursor = None
) -> Page[ShownComment]:
    """What answers to a comment, each with its own first three answers, as far as the caller may see them."""
    return await answers_below(view, comment_id, sort, cursor, limit)


@router.patch("/comments/{comment_id}", summary="Edit a comment", responses=problems(401, 403, 404, 412))
async def edit_comment_here(
    comment_id: UUID, ask: EditComment, work: Writing, request: Request, response: Response
) -> ShownComment:
    """Changes what the caller's comment says."""
    await edit_comment(work, comment_id, ask, partial(_must_match, request))
    return _tagged(response, await show_comment(work, comment_id))


@router.delete(
    "/comments/{comment_id}", status_code=204, summary="Delete a comment", responses=problems(401, 403, 404, 412)
)
async def delete_comment_here(comment_id: UUID, work: Writing, request: Request) -> None:
    """Takes a comment away: the caller's own, one below a post of theirs, or as a moderator any.

    Its words are gone at once; where others have answered, its place stays.
    """
    await delete_comment(work, comment_id, partial(_must_match, request))


def _tagged(response: Response, comment: ShownComment) -> ShownComment:
    response.headers["ETag"] = tag_with(f'"{comment.version}"', comment.model_dump_json().encode())
    return comment


def _must_match(request: Request, comment: Mapping[str, Any]) -> None:
    must_match(request, f'"{comment["version"]}"')

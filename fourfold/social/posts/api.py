"""Ways in to posts."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from fourfold.ground.answers import problems
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.door import may, room_router
from fourfold.ground.refusals import NotFound
from fourfold.social.posts import queries
from fourfold.social.posts.publish import PublishPost, publish_post
from fourfold.social.posts.shapes import PostShape

router = room_router("/v1/social", "posts")

Looking = Annotated[DocumentView, may("social:posts:read", opens=DocumentView)]
Writing = Annotated[DocumentWork, may("social:posts:write", opens=DocumentWork)]


class NoSuchPost(NotFound):
    """404: there is no such post, or it is not yours to see."""

    code = "social.no_such_post"


@router.post("/posts", status_code=201, summary="Publish a post", responses=problems(401, 403, 409, 422))
async def publish_post_here(ask: PublishPost, work: Writing, response: Response) -> PostShape:
    """Publishes a post of the caller's."""
    post_id = await publish_post(work, ask)
    response.headers["Location"] = f"/v1/social/posts/{post_id}"
    return await _shown(work, post_id)


@router.get("/posts/{post_id}", summary="Show a post", response_model=PostShape, responses=problems(401, 403, 404))
async def show_post_here(post_id: UUID, view: Looking) -> Response:
    """A post."""
    return Response((await _shown(view, post_id)).model_dump_json(), media_type="application/json")


async def _shown(view: DocumentView, post_id: UUID) -> PostShape:
    post = await queries.post_with_id(view, post_id)
    if post is None:
        raise NoSuchPost
    return PostShape.of(post)

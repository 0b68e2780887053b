"""The way in to previews: their pictures; what else they say is shown with their posts."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Request, Response

from fourfold.ground.answers import problems
from fourfold.ground.contents import hand_out
from fourfold.ground.document_work import DocumentView
from fourfold.ground.door import public, room_router
from fourfold.social.previews.show import preview_picture

router = room_router("/v1/social", "previews")

Looking = Annotated[DocumentView, public(opens=DocumentView)]
_BYTES: dict[int | str, dict[str, Any]] = {
    **problems(404, 416),
    200: {"description": "The bytes.", "content": {"image/webp": {}}},
    206: {"description": "The part that `Range` asks for."},
    304: {"description": "The caller has it already."},
}


@router.get(
    "/posts/{post_id}/preview/picture", summary="Show a preview's picture", response_class=Response, responses=_BYTES
)
async def preview_picture_here(post_id: UUID, request: Request, view: Looking) -> Response:
    """The picture of the page to which a post leads, made anew here, to those who see the post."""
    return await hand_out(request, view.house.storage, await preview_picture(view, post_id))

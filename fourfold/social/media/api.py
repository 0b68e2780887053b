"""Ways in to media: a sent file becomes a picture or video for posts; how far its making is; what is served of it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from fourfold.ground.answers import problems
from fourfold.ground.contents import hand_out
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.door import may, open_to_all, public, room_router
from fourfold.ground.house import House
from fourfold.social.media.link import Opened, link_for
from fourfold.social.media.register import DescribeMedium, RegisterMedium, describe_medium, register_medium
from fourfold.social.media.see import content_of, medium_asked_for, medium_for, seer_in
from fourfold.social.media.shapes import MediumShape

router = room_router("/v1/social", "media")

Sending = Annotated[DocumentWork, may("social:posts:write", opens=DocumentWork, rate="costly")]
Writing = Annotated[DocumentWork, may("social:posts:write", opens=DocumentWork)]
Looking = Annotated[DocumentView, public(opens=DocumentView)]
_BYTES: dict[int | str, dict[str, Any]] = {
    **problems(401, 403, 404, 409, 416),
    200: {"description": "The bytes.", "content": {"image/webp": {}, "video/mp4": {}, "video/webm": {}}},
    206: {"description": "The part that `Range` asks for."},
    304: {"description": "The caller has it already."},
}


@router.post("/media", status_code=202, summary="Prepare a picture or video", responses=problems(401, 403, 404, 409))
async def register_medium_here(ask: RegisterMedium, work: Sending, response: Response) -> MediumShape:
    """Takes a stored file of the caller's for their posts; what is served of it is made in the background.

    Its kind is told by its content: JPEG, PNG, GIF and WebP of up to 20 MiB and 40 million pixels, MP4, WebM,
    QuickTime and Matroska of up to 200 MiB and ten minutes. Done again it does nothing more; what has failed is tried
    again. Files that a post names are taken by themselves.
    """
    medium = await register_medium(work, ask)
    response.headers["Location"] = f"/v1/social/media/{ask.file_id}"
    return _shown(work, medium)


@router.get("/media/{file_id}", summary="Read about a picture or video", responses=problems(404))
async def show_medium_here(file_id: UUID, view: Looking) -> MediumShape:
    """How far its making is, and where it is served: for its author, and for those who see a post that shows it."""
    return _shown(view, await medium_for(view, file_id))


@router.patch("/media/{file_id}", summary="Describe a picture or video", responses=problems(401, 403, 404))
async def describe_medium_here(file_id: UUID, ask: DescribeMedium, work: Writing) -> MediumShape:
    """Says what is to be seen, for those who cannot see it; in all posts that show it."""
    return _shown(work, await describe_medium(work, file_id, ask))


@router.get("/media/{file_id}/content", summary="Show a picture or video", response_class=Response, responses=_BYTES)
@open_to_all()
async def medium_content_here(
    file_id: UUID,
    request: Request,
    variant: Annotated[
        Literal["2048", "1280", "400", "video", "poster"] | None,
        Query(description="In which form; none: 1280 pixels across, or the video."),
    ] = None,
    expires: Annotated[int | None, Query(ge=0, le=2**40, description="From a link, in seconds since 1970.")] = None,
    signature: Annotated[str | None, Query(max_length=100, description="From a link.")] = None,
) -> Response:
    """The bytes, whole or in part with `Range`, to its author and to those who see a post that shows it.

    That is decided anew each time, also for links, which are followed without a credential.
    """
    house: House = request.app.state.house
    tenant_id, medium = await medium_asked_for(request, file_id, expires, signature)
    return await hand_out(request, house.storage, content_of(tenant_id, medium, variant))


def _shown(view: DocumentView, medium: dict[str, Any]) -> MediumShape:
    viewer_id = seer_in(view)
    link = link_for(view.house, Opened(view.who.tenant_id, viewer_id), medium["_id"])
    return MediumShape.of(medium, link, view.house.settings.base_url, own=viewer_id == medium["by"])

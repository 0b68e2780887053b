"""Ways in to pictures of products."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import File, Form, Request, Response, UploadFile

from fourfold.commerce.catalog.shapes import PictureShape
from fourfold.commerce.images.edit import EditImage, NoSuchImage, edit_image, remove_image
from fourfold.commerce.images.queries import image_shown
from fourfold.commerce.images.serve import serve_image
from fourfold.commerce.images.upload import upload_image
from fourfold.ground.answers import JsonText, problems
from fourfold.ground.door import may, open_to_all, room_router
from fourfold.ground.work import Work

router = room_router("/v1/commerce", "images")

Writing = Annotated[Work, may("commerce:products:write")]


async def _shown(work: Work, image_id: UUID, status: int = 200) -> JsonText:
    text = await image_shown(work.db, image_id)
    if text is None:
        raise NoSuchImage
    return JsonText(text, status)


@router.post(
    "/products/{product_id}/images",
    status_code=201,
    summary="Upload a picture",
    response_model=PictureShape,
    responses=problems(401, 403, 404, 409, 412),
)
async def upload_image_here(
    product_id: UUID,
    request: Request,
    work: Writing,
    file: Annotated[UploadFile, File(description="JPEG, PNG, GIF or WebP, at most 20 MiB and 40 million pixels.")],
    alt: Annotated[str, Form(max_length=512, description="What the picture shows, for those who cannot see it.")] = "",
    variant_id: Annotated[UUID | None, Form(description="The variant that it shows.")] = None,
) -> Response:
    """Adds a picture behind the others. It is `processing` until its smaller files are made, and shown after that."""
    image_id = await upload_image(work, request, product_id, file, alt.replace("\x00", ""), variant_id)
    answer = await _shown(work, image_id, 201)
    answer.headers["Location"] = f"/v1/commerce/products/{product_id}/images/{image_id}"
    return answer


@router.patch(
    "/products/{product_id}/images/{image_id}",
    summary="Edit a picture",
    response_model=PictureShape,
    responses=problems(401, 403, 404, 412),
)
async def edit_image_here(
    product_id: UUID, image_id: UUID, ask: EditImage, request: Request, work: Writing
) -> Response:
    """Changes the text, the place among the others (1 is the first), or the variant that it shows."""
    await edit_image(work, request, product_id, image_id, ask)
    return await _shown(work, image_id)


@router.delete(
    "/products/{product_id}/images/{image_id}",
    status_code=204,
    summary="Remove a picture",
    responses=problems(401, 403, 404, 412),
)
async def remove_image_here(product_id: UUID, image_id: UUID, request: Request, work: Writing) -> None:
    """Removes a picture and its files."""
    await remove_image(work, request, product_id, image_id)


@router.get(
    "/images/{image_id}/{width}",
    summary="Show a picture",
    response_class=Response,
    responses={**problems(404), 200: {"content": {"image/webp": {}}}, 206: {"description": "The part asked for."}},
)
@open_to_all()
async def serve_image_here(image_id: UUID, width: Literal["320", "800", "1600"], request: Request) -> Response:
    """The WebP file at a width, to be kept for ever; in part with `Range`."""
    return await serve_image(request, image_id, int(width))

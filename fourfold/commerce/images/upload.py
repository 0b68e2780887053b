"""A picture is uploaded: looked at, stored, and made smaller in the background."""

import asyncio
import shutil
import tempfile
from pathlib import Path
from uuid import UUID

from fastapi import Request, UploadFile

from fourfold.commerce.catalog.create import UnknownVariant
from fourfold.commerce.catalog.edit import open_product
from fourfold.commerce.images import queries, tables
from fourfold.commerce.images.jobs import ShrinkImage, shrink_image
from fourfold.commerce.images.rules import MOST_IMAGES
from fourfold.ground.ids import new_id
from fourfold.ground.pictures import HEAD_BYTES, MOST_BYTES, MOST_PIXELS, Picture, picture_in
from fourfold.ground.refusals import Conflict, FieldError, Invalid, TooLarge
from fourfold.ground.work import Work


class NotAPicture(Invalid):
    """422: by its content the file is no picture of a kind that is taken."""

    code = "commerce.not_a_picture"
    title = "The file is not a JPEG, PNG, GIF or WebP picture"


class PictureTooLarge(TooLarge):
    """413: more bytes or pixels than are taken."""

    code = "commerce.picture_too_large"
    title = f"A picture has at most {MOST_BYTES // 2**20} MiB and {MOST_PIXELS // 10**6} million pixels"


class TooManyPictures(Conflict):
    """409: the product has as many pictures as it may have."""

    code = "commerce.too_many_pictures"
    title = f"A product has at most {MOST_IMAGES} pictures"


async def upload_image(
    work: Work, request: Request, product_id: UUID, file: UploadFile, alt: str, variant_id: UUID | None
) -> UUID:
    """Takes a picture for a product; raises `NotAPicture`, `PictureTooLarge`, `TooManyPictures`, `UnknownVariant`."""
    await open_product(work, request, product_id)
    picture = await _looked_at(file)
    await refuse_foreign_variant(work, product_id, variant_id)
    if await queries.images_of_product(work.db, product_id) >= MOST_IMAGES:
        raise TooManyPictures
    image_id = new_id()
    key = f"commerce/images/{image_id}/original"
    await _store(work, key, file, picture.content_type)
    await tables.insert_image(
        work.db, work.who.tenant_id, image_id, product_id, variant_id, alt, key, picture.content_type, picture.width,
        picture.height, work.now,
    )  # fmt: skip
    work.later(shrink_image, ShrinkImage(image_id=image_id))
    return image_id


async def refuse_foreign_variant(work: Work, product_id: UUID, variant_id: UUID | None) -> None:
    """Raises `UnknownVariant` unless the variant is the product's, or none is named."""
    if variant_id is not None and not await queries.has_variant(work.db, product_id, variant_id):
        raise UnknownVariant(errors=[FieldError("variant_id", f"The product has no variant {variant_id}.", "unknown")])


async def _looked_at(file: UploadFile) -> Picture:
    if (file.size or 0) > MOST_BYTES:
        raise PictureTooLarge
    picture = picture_in(await file.read(HEAD_BYTES))
    await file.seek(0)
    if picture is None:
        raise NotAPicture(errors=[FieldError("file", "Send a JPEG, PNG, GIF or WebP picture.", "not_a_picture")])
    if picture.width * picture.height > MOST_PIXELS:
        raise PictureTooLarge(f"The picture has {picture.width} x {picture.height} pixels.")
    return picture


async def _store(work: Work, key: str, file: UploadFile, content_type: str) -> None:
    # The upload lies in memory or in a nameless file; the storage takes it from disk in pieces.
    with tempfile.NamedTemporaryFile(prefix="fourfold-") as copy:
        await asyncio.to_thread(shutil.copyfileobj, file.file, copy)
        copy.flush()
        await work.house.storage.put(work.who.tenant_id, key, Path(copy.name), content_type)

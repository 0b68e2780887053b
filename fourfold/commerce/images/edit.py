"""A picture is described, moved, given to a variant, or removed."""

from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from fourfold.commerce.catalog.edit import open_product
from fourfold.commerce.images import queries, tables
from fourfold.commerce.images.jobs import ForgetFiles, forget_files
from fourfold.commerce.images.upload import refuse_foreign_variant
from fourfold.commerce.search.refresh import refresh_listings
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import Work


class NoSuchImage(NotFound):
    """404: there is no such picture."""

    code = "commerce.no_such_image"


class EditImage(BaseModel):
    """What is to change; `position` 1 makes it the first, and the others move back."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    alt: str = Field("", max_length=512)
    position: int = Field(1, ge=1, le=1000, strict=True)
    variant_id: UUID | None = None


async def edit_image(work: Work, request: Request, product_id: UUID, image_id: UUID, ask: EditImage) -> None:
    """Changes what was sent; raises `NoSuchImage`."""
    await open_product(work, request, product_id)
    if await queries.image_with_id(work.db, product_id, image_id) is None:
        raise NoSuchImage
    changes = ask.model_dump(include=ask.model_fields_set)
    await refuse_foreign_variant(work, product_id, ask.variant_id)
    if "position" in changes:
        await tables.make_room(work.db, product_id, ask.position, image_id)
    await tables.update_image(work.db, image_id, changes)
    await refresh_listings(work, [product_id])


async def remove_image(work: Work, request: Request, product_id: UUID, image_id: UUID) -> None:
    """Removes a picture and, in the background, its files; raises `NoSuchImage`."""
    await open_product(work, request, product_id)
    row = await queries.image_with_id(work.db, product_id, image_id)
    if row is None:
        raise NoSuchImage
    await tables.delete_image(work.db, image_id)
    await refresh_listings(work, [product_id])
    keys = [key for key in (row["key"], *(size["key"] for size in row["sizes"].values())) if key]
    if keys:
        work.later(forget_files, ForgetFiles(keys=keys))

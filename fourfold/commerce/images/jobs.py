"""Durable work of pictures: making them smaller, and removing the files of those that are gone."""

import asyncio
import importlib
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from fourfold.commerce.images import queries, tables
from fourfold.commerce.images.rules import WIDTHS
from fourfold.commerce.search.refresh import refresh_listings
from fourfold.ground.durable import job
from fourfold.ground.work import Desk

WEBP = "image/webp"


class ShrinkImage(BaseModel):
    """Which picture to make smaller."""

    image_id: UUID


class ForgetFiles(BaseModel):
    """Files that nobody needs any longer."""

    keys: list[str]


@job("commerce.images.shrink_image", steps=True)
async def shrink_image(desk: Desk, ask: ShrinkImage) -> None:
    """Makes the smaller files of a picture and shows it; done twice, it writes the same files."""
    async with desk.view() as view:
        row = await queries.upload_to_shrink(view.db, ask.image_id)
    if row is None:
        return
    # By name: this module is also known to processes that never touch a picture.
    studio: Any = importlib.import_module("fourfold.ground.shrink")
    content = await desk.house.storage.get(desk.who.tenant_id, row["key"])
    try:
        smaller = await asyncio.to_thread(studio.shrink, content, WIDTHS)
    except studio.Unreadable:
        async with desk.work() as work:
            await tables.fail_image(work.db, ask.image_id, "unreadable")
        return
    sizes = {}
    for width, picture in smaller.items():
        key = f"commerce/images/{ask.image_id}/{width}.webp"
        await desk.house.storage.put(desk.who.tenant_id, key, picture.content, WEBP)
        sizes[str(width)] = {"key": key, "width": picture.width, "height": picture.height}
    async with desk.work() as work:
        product_id = await tables.finish_image(work.db, ask.image_id, sizes)
        if product_id is not None:
            await refresh_listings(work, [product_id])


@job("commerce.images.forget_files", steps=True)
async def forget_files(desk: Desk, ask: ForgetFiles) -> None:
    """Removes files from the storage."""
    for key in ask.keys:
        await desk.house.storage.delete(desk.who.tenant_id, key)

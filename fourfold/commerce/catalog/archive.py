"""A product leaves the shop: archived when it was ordered, deleted when nobody ever needed it."""

from uuid import UUID

from fastapi import Request

from fourfold.commerce.catalog import queries, tables
from fourfold.commerce.catalog.edit import open_product
from fourfold.commerce.search.refresh import refresh_listings
from fourfold.ground.work import Work


async def remove_product(work: Work, request: Request, product_id: UUID) -> None:
    """Deletes a product that was never ordered, and archives one that was."""
    await open_product(work, request, product_id)
    if await queries.ever_ordered(work.db, product_id) or not await tables.delete_product(work.db, product_id):
        await tables.archive_product(work.db, product_id, work.now)
    await refresh_listings(work, [product_id])

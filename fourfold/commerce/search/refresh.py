"""Listings follow the catalogue and the stock."""

from collections.abc import Sequence
from uuid import UUID

from fourfold.commerce.search import tables
from fourfold.ground.work import Work

# What lists and counts of products tell of, for the cache.
CATALOGUE = "catalogue"


async def refresh_listings(work: Work, product_ids: Sequence[UUID]) -> None:
    """Makes the listings of these products say what catalogue, vendors, pictures and stock say in this transaction."""
    if product_ids:
        await tables.lock_products(work.db, product_ids)
        await tables.refresh(work.db, work.who.tenant_id, product_ids)
        work.outdate(CATALOGUE)


async def hide_vendor(work: Work, vendor_id: UUID) -> None:
    """Takes all products of a vendor out of the shop at once."""
    await tables.remove_listings_of_vendor(work.db, vendor_id)
    work.outdate(CATALOGUE)


async def count_sales(work: Work, order_id: UUID) -> None:
    """Adds an order's pieces to what its products have sold.

    Answers that the cache keeps stay: no product shows the number, and "best sold" may be some minutes old. In a busy
    shop nothing would be kept otherwise.
    """
    await tables.count_sold(work.db, order_id)

"""Many listings are made anew: the first at once, the rest in the background."""

from uuid import UUID

from pydantic import BaseModel

from fourfold.commerce.search import queries
from fourfold.commerce.search.refresh import refresh_listings
from fourfold.ground.durable import job
from fourfold.ground.work import Work

BATCH = 300


class Affected(BaseModel):
    """The products of a vendor or in a category, behind the one with the id `after`."""

    vendor_id: UUID | None = None
    category_id: UUID | None = None
    after: UUID | None = None


async def refresh_affected(work: Work, affected: Affected) -> None:
    """Makes a batch of listings anew in this transaction, and enqueues the next batch."""
    ids = await queries.affected_products(work.db, affected.vendor_id, affected.category_id, affected.after, BATCH)
    await refresh_listings(work, ids)
    if len(ids) == BATCH:
        work.later(refresh_more, affected.model_copy(update={"after": ids[-1]}))


@job("commerce.search.refresh_more")
async def refresh_more(work: Work, args: Affected) -> None:
    """The next batch."""
    await refresh_affected(work, args)

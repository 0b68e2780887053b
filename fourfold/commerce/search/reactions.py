"""What the search does when others tell: listings follow stock and sales."""

from fourfold.commerce.search.refresh import count_sales, refresh_listings
from fourfold.contracts.commerce import OrderPaid, StockChanged
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work

reactions = Reactions("commerce.search")


@reactions.on(StockChanged)
async def show_stock(work: Work, event: StockChanged) -> None:
    """A product that ran out, or came back, is listed as such."""
    await refresh_listings(work, [event.product_id])


@reactions.on(OrderPaid)
async def count_what_sold(work: Work, event: OrderPaid) -> None:
    """Best sellers are those that were paid for."""
    await count_sales(work, event.order_id)

"""What stock does when others tell: whoever sells a thing gets a mail when it is running low."""

from fourfold.commerce.stock import queries
from fourfold.contracts.commerce import StockRanLow
from fourfold.contracts.core import Letter, Notices
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work

reactions = Reactions("commerce.stock")


@reactions.on(StockRanLow)
async def warn_seller(work: Work, event: StockRanLow) -> None:
    """The seller is told, at the address that is kept with the vendor."""
    row = await queries.facts_for_warning(work.db, event.variant_id)
    if row is None or not row["email"]:
        return
    data = {
        "sender": row["shop"],
        "shop": row["shop"],
        "vendor": row["vendor"],
        "title": row["title"],
        "sku": row["sku"],
        "choice": ", ".join(row["options"].values()),
        "available": event.available,
        "low_at": row["low_at"],
    }
    letter = Letter(f"commerce:ran_low:{event.event_id}", row["email"], "commerce/stock/ran_low", data)
    await work.ask(Notices).send(work.who.tenant_id, letter)

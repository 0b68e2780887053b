"""How many products are on sale in each category is counted, and large counts are kept for some seconds."""

from contextlib import suppress
from uuid import UUID

import orjson

from fourfold.commerce.categories import queries
from fourfold.ground.valkey import ValkeyAway
from fourfold.ground.work import View

# Few products are counted each time, so that whoever edits a small shop sees it at once.
KEPT_FROM = 1000
KEPT_SECONDS = 15


async def product_counts(view: View) -> dict[UUID, int]:
    """Category → products on sale in it and below; in shops of `KEPT_FROM` products it may be `KEPT_SECONDS` old."""
    key = f"categories:{view.who.tenant_id.hex}"
    with suppress(*ValkeyAway):
        kept = await view.house.valkey.get(key)
        if kept is not None:
            return {UUID(category_id): count for category_id, count in orjson.loads(kept).items()}
    counted = {row["id"]: int(row["products"]) for row in await queries.product_counts(view.db)}
    if max(counted.values(), default=0) >= KEPT_FROM:
        with suppress(*ValkeyAway):
            text = orjson.dumps({str(category_id): count for category_id, count in counted.items()})
            await view.house.valkey.set(key, text, ex=KEPT_SECONDS)
    return counted

"""How many products are on sale in each category is counted, and large counts are kept until the catalogue changes."""

from uuid import UUID

import orjson

from fourfold.commerce.categories import queries
from fourfold.commerce.search.refresh import CATALOGUE
from fourfold.ground.cache import kept_or_made
from fourfold.ground.work import View

# Few products are counted faster than they are looked up.
KEPT_FROM = 1000


async def product_counts(view: View) -> dict[UUID, int]:
    """Category → products on sale in it and below."""

    async def make() -> tuple[str, bool]:
        counted = {str(row["id"]): int(row["products"]) for row in await queries.product_counts(view.db)}
        return orjson.dumps(counted).decode(), max(counted.values(), default=0) >= KEPT_FROM

    kept = orjson.loads(await kept_or_made(view, CATALOGUE, "categories", make))
    return {UUID(category_id): count for category_id, count in kept.items()}

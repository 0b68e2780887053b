"""How the hits of a search are spread is counted."""

import re
from typing import Any

from fourfold.commerce.search import queries
from fourfold.commerce.search.refresh import CATALOGUE
from fourfold.ground.cache import kept_or_made
from fourfold.ground.work import View

# Few hits are counted faster than they are looked up.
KEPT_FROM = 1000

_TOTAL = re.compile(r'"total": ([0-9]+)')


async def count_hits(view: View, asked: dict[str, Any], digest: str) -> str:
    """The facets of a search as JSON text; those of `KEPT_FROM` hits and more are kept until the catalogue changes."""

    async def make() -> tuple[str, bool]:
        counted = await queries.facets_of(view.db, asked)
        total = _TOTAL.search(counted)
        return counted, total is not None and int(total[1]) >= KEPT_FROM

    return await kept_or_made(view, CATALOGUE, f"facets:{digest}", make)

"""How the hits of a search are spread is counted."""

import re
from typing import Any

from fourfold.commerce.search import queries
from fourfold.commerce.search.keep import keep_text, kept_text
from fourfold.ground.work import View

# Few hits are counted each time, so that whoever edits a small shop sees it at once.
KEPT_FROM = 1000

_TOTAL = re.compile(r'"total": ([0-9]+)')


async def count_hits(view: View, asked: dict[str, Any], digest: str) -> str:
    """The facets of a search as JSON text; those of `KEPT_FROM` hits and more may be some seconds old."""
    name = f"facets:{digest}"
    kept = await kept_text(view, name)
    if kept is not None:
        return kept
    counted = await queries.facets_of(view.db, asked)
    total = _TOTAL.search(counted)
    if total is not None and int(total[1]) >= KEPT_FROM:
        await keep_text(view, name, counted)
    return counted

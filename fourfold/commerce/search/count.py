"""How the hits of a search are spread is counted, and large counts are kept for some seconds."""

import re
from contextlib import suppress
from typing import Any

from fourfold.commerce.search import queries
from fourfold.ground.valkey import ValkeyAway
from fourfold.ground.work import View

# Few hits are counted each time, so that whoever edits a small shop sees it at once.
KEPT_FROM = 1000
KEPT_SECONDS = 15

_TOTAL = re.compile(r'"total": ([0-9]+)')


async def count_hits(view: View, asked: dict[str, Any], digest: str) -> str:
    """The facets of a search as JSON text; those of `KEPT_FROM` hits and more may be `KEPT_SECONDS` old."""
    key = f"facets:{view.who.tenant_id.hex}:{digest}"
    with suppress(*ValkeyAway):
        kept = await view.house.valkey.get(key)
        if isinstance(kept, bytes):
            return kept.decode()
    counted = await queries.facets_of(view.db, asked)
    total = _TOTAL.search(counted)
    if total is not None and int(total[1]) >= KEPT_FROM:
        with suppress(*ValkeyAway):
            await view.house.valkey.set(key, counted, ex=KEPT_SECONDS)
    return counted

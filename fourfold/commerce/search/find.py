"""Products are found: the way from a question to a page of cards."""

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson

from fourfold.commerce.search import queries
from fourfold.commerce.search.asked import FindProducts, asked_filters
from fourfold.commerce.search.count import count_hits
from fourfold.ground.pages import cursor_for, position_of
from fourfold.ground.work import View


async def find_products(view: View, find: FindProducts, given: Sequence[tuple[str, str]]) -> str:
    """A page of products as JSON text; the cards are ready in the database and pass through unread."""
    asked = asked_filters(find, given)
    sort = _sort_of(find, asked)
    purpose = f"commerce.products:{sort}:{_digest(asked)}"
    after = position_of(view, purpose, find.cursor)
    if queries.is_plain(asked):
        rows = await queries.plain_page(view.db, asked, sort, after, find.limit + 1)
        mended = False
    else:
        place = {"sort": sort} if after is None else {"sort": sort, "after": after}
        rows = await queries.searched_page(view.db, {**asked, **place}, find.limit + 1)
        mended = bool(rows) and rows[0]["mended"]
    following = "null"
    if len(rows) > find.limit:
        last = rows[find.limit - 1]
        following = f'"{cursor_for(view, purpose, [last["key"], str(last["product_id"])])}"'
    items = ",".join([row["card"] for row in rows[: find.limit]])
    facets = f',"facets":{await count_hits(view, asked, _digest(asked))}' if find.facets else ""
    told = ',"mended":true' if mended else ""
    return f'{{"items":[{items}],"next":{following}{told}{facets}}}'


def _sort_of(find: FindProducts, asked: dict[str, Any]) -> str:
    # Without words nothing is more relevant than anything else.
    if find.sort is None or find.sort == "relevance":
        return "relevance" if "q" in asked else "-created"
    return find.sort


def _digest(asked: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16] if asked else ""

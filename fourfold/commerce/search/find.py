"""Products are found: the way from a question to a page of cards."""

import hashlib
from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson

from fourfold.commerce.search import queries
from fourfold.commerce.search.asked import FindProducts, asked_filters
from fourfold.commerce.search.count import count_hits
from fourfold.commerce.search.refresh import CATALOGUE
from fourfold.ground.cache import kept_or_made
from fourfold.ground.pages import cursor_for, position_of
from fourfold.ground.work import View


async def find_products(view: View, find: FindProducts, given: Sequence[tuple[str, str]]) -> str:
    """A page of products as JSON text; the cards are ready in the database and pass through unread."""
    asked = asked_filters(find, given)
    sort = _sort_of(find, asked)
    digest = _digest(asked)
    purpose = f"commerce.products:{sort}:{digest}"
    after = position_of(view, purpose, find.cursor)
    if queries.is_plain(asked):
        page = _page(view, find, purpose, await queries.plain_page(view.db, asked, sort, after, find.limit + 1))
    else:
        page = await _searched(view, find, purpose, {**asked, "sort": sort}, after)
    if not find.facets:
        return page
    return f'{page[:-1]},"facets":{await count_hits(view, asked, digest)}}}'


async def _searched(
    view: View, find: FindProducts, purpose: str, asked: dict[str, Any], after: list[Any] | None
) -> str:
    # The first page of words that stand everywhere is asked for most, and costs most.
    async def make() -> tuple[str, bool]:
        place = {} if after is None else {"after": after}
        rows = await queries.searched_page(view.db, {**asked, **place}, find.limit + 1)
        page = _page(view, find, purpose, rows, mended=bool(rows) and rows[0]["mended"])
        return page, bool(rows) and rows[0]["cut"]

    if "q" in asked and after is None:
        return await kept_or_made(view, CATALOGUE, f"page:{purpose}:{find.limit}", make)
    return (await make())[0]


def _page(view: View, find: FindProducts, purpose: str, rows: list[asyncpg.Record], *, mended: bool = False) -> str:
    following = "null"
    if len(rows) > find.limit:
        last = rows[find.limit - 1]
        following = f'"{cursor_for(view, purpose, [last["key"], str(last["product_id"])])}"'
    items = ",".join([row["card"] for row in rows[: find.limit]])
    told = ',"mended":true' if mended else ""
    return f'{{"items":[{items}],"next":{following}{told}}}'


def _sort_of(find: FindProducts, asked: dict[str, Any]) -> str:
    # Without words nothing is more relevant than anything else.
    if find.sort is None or find.sort == "relevance":
        return "relevance" if "q" in asked else "-created"
    return find.sort


def _digest(asked: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32] if asked else ""

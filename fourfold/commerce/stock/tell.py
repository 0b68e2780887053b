"""Others are told when stock ran out, came back or ran low."""

from collections.abc import Iterable

import asyncpg

from fourfold.commerce.stock.rules import flipped, ran_low
from fourfold.contracts.commerce import StockChanged, StockRanLow
from fourfold.ground.work import Work


def tell_of_stock(work: Work, rows: Iterable[asyncpg.Record]) -> None:
    """Tells of rows (variant_id, product_id, before, after, low_at), the free pieces before and after a change."""
    changed = {}
    for row in rows:
        if flipped(row["before"], row["after"]):
            changed[row["product_id"]] = StockChanged(product_id=row["product_id"])
        if ran_low(row["before"], row["after"], row["low_at"]):
            work.emit(StockRanLow(variant_id=row["variant_id"], available=max(row["after"], 0)))
    for event in changed.values():
        work.emit(event)

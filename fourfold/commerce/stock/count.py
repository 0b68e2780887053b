"""Stock is counted, corrected, received, and written down for new variants."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field, model_validator

from fourfold.commerce.stock import queries, tables
from fourfold.commerce.stock.rules import flipped, limit_of
from fourfold.commerce.stock.tell import tell_of_stock
from fourfold.contracts.commerce import StockChanged
from fourfold.ground.refusals import Conflict, NotFound
from fourfold.ground.work import Work

Reason = Literal["received", "counted", "damaged", "correction", "returned"]
MOST_PIECES = 1_000_000_000


class NoSuchVariant(NotFound):
    """404: there is no such variant, or it is another vendor's."""

    code = "commerce.no_such_variant"


class StockCommitted(Conflict):
    """409: orders have been promised more than would be left."""

    code = "commerce.stock_committed"
    title = "More is promised to orders than would be left"


class AdjustStock(BaseModel):
    """Pieces that came or went (`delta`), or how many there are (`count`)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    delta: int | None = Field(None, ge=-MOST_PIECES, le=MOST_PIECES, strict=True, examples=[12])
    count: int | None = Field(None, ge=0, le=MOST_PIECES, strict=True)
    reason: Reason = Field("correction", examples=["received"])
    note: str = Field("", max_length=500, examples=["Delivery 4711"])
    location: str = Field(tables.MAIN, pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")

    @model_validator(mode="after")
    def _one_of_both(self) -> "AdjustStock":
        if (self.delta is None) == (self.count is None):
            reason = "give either delta or count"
            raise ValueError(reason)
        return self


class SetLevel(BaseModel):
    """When somebody wants to know (`low_at`, 0 for never), and how many pieces are sold ahead."""

    model_config = ConfigDict(extra="forbid")
    low_at: int | None = Field(None, ge=0, le=MOST_PIECES, strict=True, examples=[5])
    backorder_limit: int | None = Field(None, ge=0, le=MOST_PIECES, strict=True)
    location: str = Field(tables.MAIN, pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")


async def set_stock(
    work: Work, counts: Sequence[tuple[UUID, int]], reason: str = "counted", cause_id: UUID | None = None
) -> None:
    """Sets how many pieces of each variant are on the shelf; raises `StockCommitted` when too few would be left.

    `reason` is one of initial, import, received, counted, damaged, correction, shipped, returned.
    """
    if not counts:
        return
    ids = [variant_id for variant_id, _ in counts]
    await tables.ensure_levels(work.db, work.who.tenant_id, work.now, ids, [tables.MAIN] * len(ids))
    rows = await tables.set_levels(
        work.db, work.who.tenant_id, work.now, [(variant_id, tables.MAIN, count) for variant_id, count in counts],
        reason, cause_id, "", work.who.principal,
    )  # fmt: skip
    _refuse_misfits(rows)
    tell_of_stock(work, rows)


async def open_stock(work: Work, variants: Sequence[tuple[UUID, int, bool]]) -> None:
    """Writes down the first stock of new variants: (variant, pieces, whether they are sold ahead)."""
    if variants:
        await tables.insert_levels(
            work.db, work.who.tenant_id, work.now, [each[0] for each in variants], [each[1] for each in variants],
            [limit_of(backorder=each[2]) for each in variants], work.who.principal,
        )  # fmt: skip


async def allow_backorders(work: Work, variants: Sequence[tuple[UUID, bool]]) -> None:
    """Says of variants whether they are sold ahead; a limit that was chosen stays."""
    if variants:
        await tables.set_backorders(
            work.db, work.who.tenant_id, work.now, [each[0] for each in variants],
            [limit_of(backorder=each[1]) for each in variants],
        )  # fmt: skip


async def adjust_stock(work: Work, scope: UUID | None, variant_id: UUID, ask: AdjustStock) -> None:
    """Corrects one level, and writes down why; `scope` is the vendor whose variants may be touched, None for all."""
    await _owned(work, scope, variant_id)
    await tables.ensure_levels(work.db, work.who.tenant_id, work.now, [variant_id], [ask.location])
    pieces = ask.delta if ask.delta is not None else ask.count or 0
    rows = await tables.set_levels(
        work.db, work.who.tenant_id, work.now, [(variant_id, ask.location, pieces)], ask.reason, None, ask.note,
        work.who.principal, relative=ask.delta is not None,
    )  # fmt: skip
    _refuse_misfits(rows)
    work.changed({}, ask.model_dump(exclude_none=True))
    tell_of_stock(work, rows)


async def set_level(work: Work, scope: UUID | None, variant_id: UUID, ask: SetLevel) -> None:
    """Sets when somebody is told and how many are sold ahead; raises `StockCommitted`."""
    product_id = await _owned(work, scope, variant_id)
    await tables.ensure_levels(work.db, work.who.tenant_id, work.now, [variant_id], [ask.location])
    row = await tables.update_level(
        work.db, work.who.tenant_id, work.now, variant_id, ask.location, ask.low_at, ask.backorder_limit
    )
    if row is None:
        raise StockCommitted
    work.changed({}, ask.model_dump(exclude_none=True))
    if flipped(row["before"], row["after"]):
        work.emit(StockChanged(product_id=product_id))


async def _owned(work: Work, scope: UUID | None, variant_id: UUID) -> UUID:
    row = await queries.variant_owner(work.db, variant_id)
    if row is None or scope not in {None, row["vendor_id"]}:
        raise NoSuchVariant
    product_id: UUID = row["product_id"]
    return product_id


def _refuse_misfits(rows: Sequence[asyncpg.Record]) -> None:
    misfits = [
        {"variant_id": str(row["variant_id"]), "promised": row["committed"], "left": row["target"]}
        for row in rows
        if not row["fits"]
    ]
    if misfits:
        raise StockCommitted(more={"lines": misfits})

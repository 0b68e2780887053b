"""Products go out as a file that comes in again without changing anything."""

from collections.abc import AsyncIterator
from enum import StrEnum
from uuid import UUID

from fourfold.commerce.formats.layouts import own_header
from fourfold.commerce.formats.writers import csv_products, json_products
from fourfold.commerce.imports import queries
from fourfold.commerce.imports.drafts import product_of_row
from fourfold.ground.csv_text import csv_lines
from fourfold.ground.work import Desk

PRODUCTS_AT_ONCE = 200
PROBLEMS_AT_ONCE = 2_000
_FIRST = UUID(int=0)


class ExportFormat(StrEnum):
    """What products go out as."""

    CSV = "csv"
    NDJSON = "ndjson"


async def exported_products(desk: Desk, vendor_id: UUID | None, form: ExportFormat) -> AsyncIterator[bytes]:
    """The file in pieces; no transaction is open while the reader takes its time, so products are as of their piece."""
    written = csv_products if form is ExportFormat.CSV else json_products
    if form is ExportFormat.CSV:
        yield csv_lines([own_header()])
    after = _FIRST
    while True:
        async with desk.view() as view:
            rows = await queries.products_after(view.db, vendor_id, after, PRODUCTS_AT_ONCE)
        if rows:
            yield written((product_of_row(row), row["currency"]) for row in rows)
        if len(rows) < PRODUCTS_AT_ONCE:
            return
        after = rows[-1]["id"]


async def exported_problems(desk: Desk, import_id: UUID) -> AsyncIterator[bytes]:
    """What was wrong with the rows of an import, as CSV in pieces."""
    yield csv_lines([["line", "handle", "column", "code", "message"]])
    after = (-1, -1)
    while True:
        async with desk.view() as view:
            rows = await queries.problems_page(view.db, import_id, after, PROBLEMS_AT_ONCE)
        yield csv_lines(
            [row["line"], *(row[name] or "" for name in ("handle", "column_name", "code", "message"))] for row in rows
        )
        if len(rows) < PROBLEMS_AT_ONCE:
            return
        after = (rows[-1]["line"], rows[-1]["position"])

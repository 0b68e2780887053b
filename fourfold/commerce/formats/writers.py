"""From products to the bytes of a file: rows of our own table as CSV, or a JSON document a line."""

from collections.abc import Iterable

import orjson

from fourfold.commerce.formats.imported import ImportedProduct
from fourfold.commerce.formats.json_products import document_of
from fourfold.commerce.formats.layouts import OWN, Columns, own_header, own_rows_of, raw_products
from fourfold.commerce.formats.rules import product_of
from fourfold.ground.csv_text import csv_lines, guarded

_COLUMNS = Columns(OWN, own_header())


def csv_products(products: Iterable[tuple[ImportedProduct, str]]) -> bytes:
    """Products, each with its currency, as rows of our own table without its header."""
    return csv_lines(row for product, currency in products for row in own_rows_of(product, currency))


def json_products(products: Iterable[tuple[ImportedProduct, str]]) -> bytes:
    """Products, each with its currency, as one JSON document a line."""
    return b"".join(orjson.dumps(document_of(*each), option=orjson.OPT_APPEND_NEWLINE) for each in products)


def read_back(product: ImportedProduct, currency: str) -> ImportedProduct | None:
    """What becomes of a product that goes out by `csv_products` and comes in again; None when it would be refused."""
    rows = enumerate(([guarded(cell) for cell in row] for row in own_rows_of(product, currency)), 1)
    for raw in raw_products(rows, _COLUMNS):
        found = product_of(raw, currency)
        return found if isinstance(found, ImportedProduct) else None
    return None

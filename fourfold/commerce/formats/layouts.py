"""The columns of Shopify's product export and of Fourfold's own table: from rows to raw products, and back to rows."""

import re
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from operator import itemgetter
from typing import NamedTuple, Self

from fourfold.commerce.formats.imported import (
    MOST_IMAGES,
    MOST_OPTIONS,
    MOST_VARIANTS,
    ImportedProduct,
    RawImage,
    RawProduct,
    RawVariant,
    UnreadableFile,
    shown,
)
from fourfold.ground.csv_text import unguarded
from fourfold.ground.money import Money

# Undecodable bytes arrive as lone surrogates, one for each byte, so that the good rows around them can be read.
_UNREADABLE = re.compile("[\0\ud800-\udfff]")


class Written(NamedTuple):
    """One row with its cells in a fixed order, whatever the order of the file; an absent column is empty."""

    handle: str
    title: str
    body: str
    vendor: str
    type: str
    tags: str
    published: str
    status: str
    option1_name: str
    option1_value: str
    option2_name: str
    option2_value: str
    option3_name: str
    option3_value: str
    option4_name: str
    option4_value: str
    option5_name: str
    option5_value: str
    sku: str
    grams: str
    stock: str
    policy: str
    price: str
    compare_at: str
    currency: str
    barcode: str
    image_src: str
    image_position: str
    image_alt: str
    seo_title: str
    seo_description: str


class Layout(NamedTuple):
    """A kind of table: what it calls each field, and which fields it cannot do without."""

    name: str
    columns: dict[str, str]
    needed: tuple[str, ...] = ("handle", "title", "price")


_OPTION_FIELDS = [f"option{at}_{part}" for at in range(1, MOST_OPTIONS + 1) for part in ("name", "value")]

SHOPIFY = Layout(
    "Shopify's product export",
    {
        **{name: name.capitalize() for name in ("handle", "title", "vendor", "type", "tags", "published", "status")},
        **{name: name.replace("_", " ").title() for name in _OPTION_FIELDS[:6]},
        "body": "Body (HTML)",
        "sku": "Variant SKU",
        "grams": "Variant Grams",
        "stock": "Variant Inventory Qty",
        "policy": "Variant Inventory Policy",
        "price": "Variant Price",
        "compare_at": "Variant Compare At Price",
        "barcode": "Variant Barcode",
        "image_src": "Image Src",
        "image_position": "Image Position",
        "image_alt": "Image Alt Text",
        "seo_title": "SEO Title",
        "seo_description": "SEO Description",
    },
)

OWN = Layout(
    "Fourfold's product table",
    {
        "handle": "handle",
        "title": "title",
        "body": "description",
        "type": "category",
        "tags": "tags",
        "status": "status",
        **{name: name for name in _OPTION_FIELDS},
        "sku": "sku",
        "price": "price",
        "compare_at": "compare_at_price",
        "currency": "currency",
        "stock": "stock",
        "policy": "backorder",
        "barcode": "barcode",
        "grams": "weight_grams",
        "image_src": "image_url",
        "image_position": "image_position",
        "image_alt": "image_alt",
        "vendor": "vendor",
        "seo_title": "seo_title",
        "seo_description": "seo_description",
    },
)


class Columns:
    """Where in the rows of one file each field stands."""

    def __init__(self, layout: Layout, header: list[str]) -> None:
        self.layout = layout
        self.header = header
        places = _places_of(layout, header)
        # Rows get one empty cell behind their end for the fields that the file does not have.
        self._pick = itemgetter(*(places.get(name, -1) for name in Written._fields))

    @classmethod
    def of_header(cls, header: list[str], line: int) -> Self:
        """The layout whose columns the header has; `UnreadableFile` when it lacks what an import needs."""
        if _UNREADABLE.search("".join(header)):
            raise UnreadableFile(
                "wrong_encoding", f"Line {line}, the header, is not UTF-8 text. Save the file as UTF-8.", line
            )
        header = [cell.strip() for cell in header]
        layout = max((OWN, SHOPIFY), key=lambda each: len(_places_of(each, header)))
        missing = [layout.columns[name] for name in layout.needed if name not in _places_of(layout, header)]
        if missing:
            raise UnreadableFile(
                "missing_columns",
                f"The header in line {line} lacks {', '.join(missing)}; read as {layout.name}. "
                "The first row must name the columns.",
                line,
            )
        names = [cell.casefold() for cell in header]
        twice = [name for name in layout.columns.values() if names.count(name.casefold()) > 1]
        if twice:
            raise UnreadableFile(
                "duplicate_column", f"The header in line {line} names twice: {', '.join(twice)}.", line
            )
        return cls(layout, header)

    def fit(self, cells: list[str]) -> Written:
        """The row in the fixed order; short rows count as ending in empty cells."""
        width = len(self.header)
        # The last cell is empty: it stands for all columns that the header does not name.
        cells = [*cells[:width], *[""] * (max(width - len(cells), 0) + 1)]
        if self.layout is OWN and any(cell.startswith("'") for cell in cells):
            cells = [unguarded(cell) for cell in cells]
        return Written._make(self._pick(cells))

    def faults(self, cells: list[str]) -> list[tuple[str, str, str]]:
        """Column, code and message of what is wrong with a row before any cell is understood."""
        width = len(self.header)
        found = []
        if len(cells) > width and any(cells[width:]):
            message = (
                f"The row has {len(cells)} cells, the header {width}; put text that has commas in it between quotes."
            )
            found.append(("", "too_many_columns", message))
        text = "".join(cells)
        if text.isascii() and "\0" not in text:
            return found
        for name, cell in zip_longest(self.header, cells[:width], fillvalue=""):
            if bad := _UNREADABLE.search(cell):
                code = "nul_bytes" if bad[0] == "\0" else "bad_encoding"
                reason = "has a NUL byte" if bad[0] == "\0" else "is not UTF-8"
                message = f"the text {reason} at character {bad.start() + 1}; save the file as UTF-8 and try again."
                found.append((name, code, message))
        return found


def raw_products(rows: Iterable[tuple[int, list[str]]], columns: Columns) -> Iterator[RawProduct]:
    """Rows that follow each other and have one handle, as one product; rows are (line, cells) without the header."""
    product: RawProduct | None = None
    for line, cells in rows:
        if not any(cells):
            continue
        faults = columns.faults(cells)
        row = columns.fit([_UNREADABLE.sub("\ufffd", cell) for cell in cells] if faults else cells)
        handle = row.handle.strip()
        if product is None or (handle != product.handle if handle else row.title):
            if product is not None:
                yield product
            product = _first_row(columns.layout, line, handle, row)
        else:
            _check_next_row(product, line, handle, row)
        for column, code, message in faults:
            product.wrong(line, column, code, message)
        _add_variant_and_image(product, line, row)
    if product is not None:
        yield product


def own_header() -> list[str]:
    """The first row of Fourfold's product table."""
    return list(OWN.columns.values())


def own_rows_of(product: ImportedProduct, currency: str) -> Iterator[list[str]]:
    """The rows of Fourfold's product table that, written as CSV, read back as this product; as `own_header` orders."""
    for at, (variant, image) in enumerate(zip_longest(product.variants, product.images)):
        cells = dict.fromkeys(OWN.columns, "") | {"handle": product.handle}
        if at == 0:
            cells |= {
                "title": product.title,
                "body": product.description_html,
                "type": product.type or "",
                "tags": ", ".join(product.tags),
                "status": "published" if product.published else "draft",
                "vendor": product.vendor_name or "",
                "seo_title": product.seo_title,
                "seo_description": product.seo_description,
            }
            cells |= {f"option{place}_name": name for place, name in enumerate(product.options, 1)}
        if variant is not None:
            cells |= {f"option{place}_value": variant.options[name] for place, name in enumerate(product.options, 1)}
            reduced = variant.compare_at
            cells |= {
                "sku": variant.sku or "",
                "price": Money(variant.price, currency).decimal_text(),
                "compare_at": "" if reduced is None else Money(reduced, currency).decimal_text(),
                "currency": currency,
                "stock": str(variant.stock),
                "policy": "true" if variant.backorder else "false",
                "barcode": variant.barcode or "",
                "grams": str(variant.grams),
            }
        if image is not None:
            cells |= {"image_src": image.src, "image_position": str(image.position), "image_alt": image.alt}
        yield list(cells.values())


def _places_of(layout: Layout, header: list[str]) -> dict[str, int]:
    by_name = {cell.casefold(): at for at, cell in reversed(list(enumerate(header)))}
    return {field: by_name[name.casefold()] for field, name in layout.columns.items() if name.casefold() in by_name}


def _first_row(layout: Layout, line: int, handle: str, row: Written) -> RawProduct:
    return RawProduct(
        columns=layout.columns,
        line=line,
        handle=handle,
        title=row.title,
        body=row.body,
        vendor=row.vendor,
        type=row.type,
        tags=row.tags.split(",") if row.tags else [],
        published=row.published,
        status=row.status,
        option_names=_option_names(row),
        seo_title=row.seo_title,
        seo_description=row.seo_description,
    )


def _option_names(row: Written) -> tuple[str, ...]:
    return row.option1_name, row.option2_name, row.option3_name, row.option4_name, row.option5_name


def _check_next_row(product: RawProduct, line: int, handle: str, row: Written) -> None:
    if not handle:
        product.wrong(line, "handle", "missing", "every row needs the handle of its product.")
    if row.title and row.title.strip() != product.title.strip():
        message = f"{shown(handle)} is already the handle of {shown(product.title)}; give each product its own."
        product.wrong(line, "handle", "duplicate_handle", message)
    for at, name in enumerate(_option_names(row)):
        if name and name.strip() != product.option_names[at].strip():
            message = f"{shown(name)} is not what the product's first row says, {shown(product.option_names[at])}."
            product.wrong(line, f"option{at + 1}_name", "unknown_option", message)


def _add_variant_and_image(product: RawProduct, line: int, row: Written) -> None:
    options = (row.option1_value, row.option2_value, row.option3_value, row.option4_value, row.option5_value)
    named = row.price or row.sku or row.stock or row.barcode or row.compare_at or any(options)
    # One more than allowed is kept, for the message; a file of a million rows with one handle must not fill memory.
    if named and len(product.variants) <= MOST_VARIANTS:
        cells = (row.sku, row.price, row.compare_at, row.currency, row.stock, row.grams, row.barcode, row.policy)
        product.variants.append(RawVariant(line, options, *cells))
    if row.image_src and len(product.images) <= MOST_IMAGES:
        product.images.append(RawImage(line, row.image_src, row.image_position, row.image_alt))

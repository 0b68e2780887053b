"""Catalogue files as tests write them: Shopify's and our own columns, JSON, and the smallest honest workbook."""

import csv
import io
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from fourfold.commerce.formats.imported import FaultyProduct, ImportedProduct, RowProblem
from fourfold.commerce.formats.readers import read_products

SHOPIFY_HEADER = [
    "Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value",
    "Option2 Name", "Option2 Value", "Variant SKU", "Variant Grams", "Variant Inventory Qty",
    "Variant Inventory Policy", "Variant Price", "Variant Compare At Price", "Variant Barcode", "Image Src",
    "Image Position", "Image Alt Text", "SEO Title", "SEO Description",
]  # fmt: skip


def shopify_row(handle: str, **cells: str) -> list[str]:
    """A row of Shopify's export; cells are named as its columns with underscores, `Variant_Price="5"`."""
    known = {name.replace(" ", "_"): name for name in SHOPIFY_HEADER}
    row = dict.fromkeys(SHOPIFY_HEADER, "") | {"Handle": handle}
    row |= {known[name]: value for name, value in cells.items()}
    return list(row.values())


def simple_row(handle: str, **cells: str) -> list[str]:
    """A sound product of one row, with the given cells instead of its own."""
    return shopify_row(handle, **{"Title": handle.title(), "Variant_Price": "5.00", **cells})


def csv_text(rows: list[list[str]], header: list[str] | None = None) -> str:
    """The rows as CSV, by default below Shopify's header."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header or SHOPIFY_HEADER, *rows])
    return text.getvalue()


def written(folder: Path, content: str | bytes, name: str = "upload") -> Path:
    """A file with that content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, declared: str | None = None) -> tuple[list[ImportedProduct], list[RowProblem]]:
    """Products and problems of a file whose prices are in euro."""
    found = list(read_products(path, "EUR", declared))
    products = [each for each in found if isinstance(each, ImportedProduct)]
    return products, [problem for each in found if isinstance(each, FaultyProduct) for problem in each.problems]


def sheet_xml(rows: list[list[str | float]]) -> str:
    """A sheet with its cells named by reference; texts stand in line."""
    lines = []
    for row, cells in enumerate(rows, 1):
        text = "".join(_cell_xml(f"{_letters(column)}{row}", cell) for column, cell in enumerate(cells) if cell != "")
        lines.append(f'<row r="{row}">{text}</row>')
    return f"<worksheet {_MAIN}><sheetData>{''.join(lines)}</sheetData></worksheet>"


def write_workbook(path: Path, sheet: str, sheet_name: str = "xl/worksheets/sheet1.xml") -> Path:
    """A workbook of one sheet."""
    with ZipFile(path, "w", ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"></Types>')
        packed.writestr("_rels/.rels", _relation("officeDocument", "xl/workbook.xml"))
        packed.writestr("xl/_rels/workbook.xml.rels", _relation("worksheet", sheet_name.removeprefix("xl/")))
        sheets = '<sheets><sheet name="Products" sheetId="1" r:id="rId1"/></sheets>'
        packed.writestr("xl/workbook.xml", f'<workbook {_MAIN} xmlns:r="{_OFFICE}/relationships">{sheets}</workbook>')
        packed.writestr(sheet_name, sheet)
    return path


_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def _relation(kind: str, target: str) -> str:
    relation = f'<Relationship Id="rId1" Type="{_OFFICE}/relationships/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{relation}</Relationships>'


def _letters(column: int) -> str:
    return (chr(64 + column // 26) if column >= 26 else "") + chr(65 + column % 26)


def _cell_xml(place: str, cell: str | float) -> str:
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    return f'<c r="{place}"><v>{cell!r}</v></c>'

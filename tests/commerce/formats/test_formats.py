"""The same products from CSV in its encodings, from Excel, JSON and NDJSON."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from fourfold.commerce.formats.imported import ImportedImage, ImportedProduct, ImportedVariant
from fourfold.commerce.formats.readers import Format, sniff
from tests.commerce.formats.written_files import (
    SHOPIFY_HEADER,
    csv_text,
    read,
    sheet_xml,
    shopify_row,
    simple_row,
    write_workbook,
    written,
)

_ROWS = [
    simple_row(
        "tür-schild",
        Title="Türschild ☕",
        Option1_Name="Size",
        Option1_Value="Small",
        Variant_Price="19.99",
        Variant_Inventory_Qty="7",
        Variant_Grams="250",
        Variant_Barcode="4006381333931",
        Image_Src="https://a.example/1.jpg",
    ),
    shopify_row("tür-schild", Option1_Value="Large", Variant_Price="50", Image_Src="https://a.example/2.jpg"),
]
_OWN_HEADER = ["handle", "title", "price", "stock", "category", "status", "currency", "image_url", "backorder"]


def _door_sign(line: int) -> ImportedProduct:
    return ImportedProduct(
        line=line,
        handle="tur-schild",
        title="Türschild ☕",
        description_html="",
        vendor_name=None,
        type=None,
        tags=(),
        published=True,
        options=("Size",),
        variants=(
            ImportedVariant({"Size": "Small"}, None, 1999, None, 7, 250, "4006381333931", backorder=False),
            ImportedVariant({"Size": "Large"}, None, 5000, None, 0, 0, None, backorder=False),
        ),
        images=(ImportedImage("https://a.example/1.jpg", 1, ""), ImportedImage("https://a.example/2.jpg", 2, "")),
        seo_title="",
        seo_description="",
    )


def _document() -> dict[str, Any]:
    return {
        "handle": "tür-schild",
        "title": "Türschild ☕",
        "body_html": None,
        "options": [{"name": "Size", "position": 1, "values": ["Small", "Large"]}],
        "variants": [
            {"option1": "Small", "price": 19.99, "inventory_quantity": 7, "grams": 250.0, "barcode": "4006381333931"},
            {"option1": "Large", "price": "50", "inventory_policy": "deny", "sku": None},
        ],
        "images": [{"src": "https://a.example/1.jpg", "position": 1}, {"src": "https://a.example/2.jpg"}],
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_in_its_spellings(tmp_path: Path, encoding: str, line_end: str, delimiter: str) -> None:
    """C-10: UTF-8 with or without mark, UTF-16 with mark, any line ends and the delimiters of sheet programs."""
    text = csv_text(_ROWS).replace("\r\n", line_end).replace(",", delimiter)
    content = text.encode(encoding)
    path = written(tmp_path, b"\xfe\xff" + content if encoding == "utf-16-be" else content)
    assert sniff(path) is Format.CSV
    assert read(path) == ([_door_sign(2)], [])


def test_a_sheet_of_excel(tmp_path: Path) -> None:
    """C-10: numbers, texts and blanks of a workbook read as those of a CSV, with the rows of the sheet as lines."""
    cells: list[list[str | float]] = [["", ""]]
    cells.extend(list[str | float](row) for row in (SHOPIFY_HEADER, *_ROWS))
    cells[2][SHOPIFY_HEADER.index("Variant Price")] = 19.990000000000002
    cells[2][SHOPIFY_HEADER.index("Variant Barcode")] = 4006381333931.0
    cells[3][SHOPIFY_HEADER.index("Variant Price")] = 50.0
    path = write_workbook(tmp_path / "book", sheet_xml(cells))
    assert sniff(path) is Format.XLSX
    assert read(path) == ([_door_sign(3)], [])


def test_a_json_document_and_a_list(tmp_path: Path) -> None:
    """C-10: Shopify's document and a bare list of its products; a product's place counts as its line."""
    lamp = {"handle": "lamp", "title": "Lamp", "tags": ["a, b", "c"], "variants": [{"price": "1"}]}
    for document in ({"products": [lamp, _document()]}, [lamp, _document()]):
        for encoding in ("utf-8", "utf-8-sig", "utf-16"):
            path = written(tmp_path, orjson.dumps(document, option=orjson.OPT_INDENT_2).decode().encode(encoding))
            assert sniff(path) is Format.JSON
            products, problems = read(path)
            assert problems == []
            assert products[0].tags == ("a", "b", "c")
            assert products[1] == _door_sign(2)


def test_ndjson_and_its_bad_lines(tmp_path: Path) -> None:
    """C-10: each line is a product; a line that is none is a problem, and the others go on."""
    sign = orjson.dumps(_document())
    path = written(tmp_path, b"\n".join([sign, b"{", b"7", b"", b'{"handle": "caf\xe9"}', b'{"handle": "x"}', b""]))
    assert sniff(path) is Format.NDJSON
    products, problems = read(path)
    assert products == [_door_sign(1)]
    assert [(each.line, each.code) for each in problems] == [
        (2, "bad_json"),
        (3, "bad_json"),
        (5, "bad_encoding"),
        (6, "missing"),
        (6, "missing"),
    ]


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"title": ["Lamp"]}, "title", "not_text"),
        ({"title": "La\0mp"}, "title", "nul_bytes"),
        ({"variants": "none"}, "variants", "not_text"),
        ({"variants": [{"price": "1", "inventory_quantity": {}}]}, "variants.inventory_quantity", "not_text"),
        ({"variants": [{"price": 1e300}]}, "variants.price", "not_a_number"),
        ({"variants": [{"price": True}]}, "variants.price", "not_a_number"),
        ({"variants": [{"price": "1", "option1": "Red"}]}, "variants.option1", "unknown_option"),
        ({"options": [{"name": name} for name in "abcdef"]}, "options.name", "too_many"),
        ({"images": [{"src": "//a.example/x"}]}, "images.src", "bad_url"),
        ({"images": ["https://a.example/x"]}, "images", "not_text"),
        ({"status": "lost"}, "status", "not_a_choice"),
    ],
)
def test_a_wrong_value_of_json_is_named(tmp_path: Path, changes: dict, column: str, code: str) -> None:
    """C-10: columns of JSON are named by their path."""
    document = {"handle": "lamp", "title": "Lamp", "variants": [{"price": "1"}]} | changes
    products, problems = read(written(tmp_path, orjson.dumps([document])))
    assert products == []
    assert (1, column, code) in [(each.line, each.column, each.code) for each in problems]


@pytest.mark.parametrize(
    ("said", "published"),
    [
        ({}, True),
        ({"published": False}, False),
        ({"published_at": None}, False),
        ({"published_at": "2026-01-01T00:00:00Z"}, True),
        ({"status": "draft"}, False),
        ({"status": "active"}, True),
        ({"status": "active", "published": "FALSE"}, False),
    ],
)
def test_what_json_says_of_publication(tmp_path: Path, said: dict, published: bool) -> None:
    """C-10: a draft or hidden product stays unpublished."""
    document = {"handle": "lamp", "title": "Lamp", "variants": [{"price": "1"}]} | said
    products, _ = read(written(tmp_path, orjson.dumps([document])))
    assert products[0].published is published


def test_our_own_table(tmp_path: Path) -> None:
    """C-10: flat rows in any order of columns; repeated cells of the product do no harm."""
    rows = [
        ["lamp", "Lamp", "5.00", "2", "Lighting", "draft", "EUR", "https://a.example/1.jpg", "yes"],
        ["vase", "Vase", "7", "", "Decor", "published", "", "", ""],
        ["pot", "Pot", "7", "", "Decor", "", "USD", "", ""],
    ]
    products, problems = read(written(tmp_path, csv_text(rows, _OWN_HEADER)))
    assert [(each.handle, each.type, each.published) for each in products] == [
        ("lamp", "Lighting", False),
        ("vase", "Decor", True),
    ]
    assert products[0].variants == (ImportedVariant({}, None, 500, None, 2, 0, None, backorder=True),)
    assert [(each.line, each.column, each.code) for each in problems] == [(4, "currency", "wrong_currency")]


def test_shopify_columns_of_newer_exports(tmp_path: Path) -> None:
    """C-10: a draft of the Status column stays a draft; unknown columns are passed over."""
    header = [*SHOPIFY_HEADER, "Status", "Cost per item"]
    rows = [[*simple_row("lamp", Published="true"), "draft", "3"], [*simple_row("vase"), "active", ""]]
    products, problems = read(written(tmp_path, csv_text(rows, header)))
    assert ([each.published for each in products], problems) == ([False, True], [])

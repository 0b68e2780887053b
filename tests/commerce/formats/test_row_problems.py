"""Faulty rows: each is named by line, column and code, its product stays out, and the others go on."""

from pathlib import Path

import pytest

from fourfold.commerce.formats.imported import RowProblem
from tests.commerce.formats.written_files import SHOPIFY_HEADER, csv_text, read, shopify_row, simple_row, written


def _problems(folder: Path, *rows: list[str]) -> list[tuple[int, str | None, str]]:
    """Line, column and code of what is wrong with rows that stand, from line 3 on, between two sound products."""
    text = csv_text([simple_row("before"), *rows, simple_row("after")])
    products, problems = read(written(folder, text))
    assert [product.handle for product in products] == ["before", "after"]
    assert all(problem.message for problem in problems)
    return [(problem.line, problem.column, problem.code) for problem in problems]


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ({"Title": ""}, "Title", "missing"),
        ({"Title": "x" * 256}, "Title", "too_long"),
        ({"Variant_Price": ""}, "Variant Price", "missing"),
        ({"Variant_Price": "19,99"}, "Variant Price", "not_a_number"),
        ({"Variant_Price": "19.999"}, "Variant Price", "not_a_number"),
        ({"Variant_Price": "1e3"}, "Variant Price", "not_a_number"),
        ({"Variant_Price": "9" * 30}, "Variant Price", "not_a_number"),
        ({"Variant_Price": "-1.00"}, "Variant Price", "negative"),
        ({"Variant_Price": "10000000000.01"}, "Variant Price", "too_large"),
        ({"Variant_Compare_At_Price": "soon"}, "Variant Compare At Price", "not_a_number"),
        ({"Variant_Inventory_Qty": "many"}, "Variant Inventory Qty", "not_a_number"),
        ({"Variant_Inventory_Qty": "1.5"}, "Variant Inventory Qty", "not_a_number"),
        ({"Variant_Inventory_Qty": "-3"}, "Variant Inventory Qty", "negative"),
        ({"Variant_Inventory_Qty": "1234567890"}, "Variant Inventory Qty", "not_a_number"),
        ({"Variant_Grams": "1_000"}, "Variant Grams", "not_a_number"),
        ({"Variant_Grams": "-1"}, "Variant Grams", "negative"),
        ({"Variant_SKU": "x" * 121}, "Variant SKU", "too_long"),
        ({"Variant_Barcode": "x" * 121}, "Variant Barcode", "too_long"),
        ({"Variant_Inventory_Policy": "perhaps"}, "Variant Inventory Policy", "not_a_choice"),
        ({"Published": "sometimes"}, "Published", "not_a_choice"),
        ({"Option1_Value": "Red"}, "Option1 Value", "unknown_option"),
        ({"Option1_Name": "Size"}, "Option1 Value", "missing"),
        ({"Image_Src": "javascript:alert(1)"}, "Image Src", "bad_url"),
        ({"Image_Src": "https://a.example/x y.jpg"}, "Image Src", "bad_url"),
        ({"Image_Src": "photo.jpg"}, "Image Src", "bad_url"),
        ({"Image_Src": "https://u:p@a.example/"}, "Image Src", "bad_url"),
        ({"Image_Src": "https://a.example/a", "Image_Position": "first"}, "Image Position", "not_a_number"),
        ({"Tags": ", ".join(f"tag{at}" for at in range(251))}, "Tags", "too_many"),
        ({"Tags": "x" * 256}, "Tags", "too_long"),
        ({"Vendor": "x" * 256}, "Vendor", "too_long"),
        ({"SEO_Title": "x" * 256}, "SEO Title", "too_long"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, cells: dict[str, str], column: str, code: str) -> None:
    """C-10: one wrong cell gives one problem, at its line and column."""
    assert _problems(tmp_path, simple_row("lamp", **cells)) == [(3, column, code)]


def test_a_message_tells_what_would_be_right(tmp_path: Path) -> None:
    """C-10: the problem is a sentence for the person who mends the file."""
    text = csv_text([simple_row("lamp", Variant_Price="19,99")])
    _, problems = read(written(tmp_path, text))
    assert problems == [
        RowProblem(
            line=2,
            column="Variant Price",
            code="not_a_number",
            message="Variant Price: '19,99' is not an amount: write digits with a point, like 1999.95, "
            "and no separators.",
            handle="lamp",
        )
    ]


def test_all_faults_of_a_product_are_told_and_nothing_of_it_is_kept(tmp_path: Path) -> None:
    """C-10: a fault in the second variant keeps the first one out too."""
    assert _problems(
        tmp_path,
        simple_row("lamp", Option1_Name="Size", Option1_Value="S"),
        shopify_row("lamp", Option1_Value="M", Variant_Price="x", Variant_Inventory_Qty="-1"),
        shopify_row("lamp", Option1_Value="L", Variant_Price="5"),
    ) == [(4, "Variant Price", "not_a_number"), (4, "Variant Inventory Qty", "negative")]


def test_the_description_has_a_size(tmp_path: Path) -> None:
    """C-10: 200 kB of bytes are kept; more of them, or ten thousand elements, are refused."""
    assert _problems(tmp_path, simple_row("lamp", **{"Body_(HTML)": "é" * 100_001})) == [(3, "Body (HTML)", "too_long")]
    assert _problems(tmp_path, simple_row("lamp", **{"Body_(HTML)": "<p>" * 10_001})) == [
        (3, "Body (HTML)", "too_long")
    ]
    products, problems = read(written(tmp_path, csv_text([simple_row("lamp", **{"Body_(HTML)": "x" * 200_000})])))
    assert problems == []
    assert len(products[0].description_html) == 200_000


def test_a_product_has_a_hundred_variants_at_most(tmp_path: Path) -> None:
    """C-10: the hundred and first variant is one too many, and thousands of them do not gather in memory."""
    rows = [simple_row("lamp", Option1_Name="No", Option1_Value="0")]
    rows += [shopify_row("lamp", Option1_Value=str(at), Variant_Price="1") for at in range(1, 3000)]
    assert _problems(tmp_path, *rows) == [(103, "Option1 Value", "too_many")]
    products, problems = read(written(tmp_path, csv_text(rows[:100])))
    assert (len(products[0].variants), problems) == (100, [])


def test_a_product_has_250_images_at_most(tmp_path: Path) -> None:
    """C-10: the limit of images is Shopify's own."""
    rows = [simple_row("lamp")]
    rows += [shopify_row("lamp", Image_Src=f"https://a.example/{at}") for at in range(251)]
    assert _problems(tmp_path, *rows) == [(254, "Image Src", "too_many")]


def test_a_handle_that_comes_back_is_a_duplicate(tmp_path: Path) -> None:
    """C-10: the rows of a product follow each other; what comes later under its handle is refused, however spelled."""
    text = csv_text(
        [simple_row("lamp"), simple_row("vase"), simple_row("Lamp"), shopify_row("vase", Variant_Price="1")]
    )
    products, problems = read(written(tmp_path, text))
    assert [product.handle for product in products] == ["lamp", "vase"]
    assert [(each.line, each.code, each.handle) for each in problems if each.code == "duplicate_handle"] == [
        (4, "duplicate_handle", "Lamp"),
        (5, "duplicate_handle", "vase"),
    ]


def test_two_products_side_by_side_with_one_handle_are_refused(tmp_path: Path) -> None:
    """C-10: another title under the same handle is another product, not a variant."""
    rows = [simple_row("lamp", Title="Lamp"), simple_row("lamp", Title="Desk")]
    assert (4, "Handle", "duplicate_handle") in _problems(tmp_path, *rows)


def test_a_row_without_handle_is_refused_and_so_is_the_product_it_belongs_to(tmp_path: Path) -> None:
    """C-10: nobody can tell whose variant it is, so the product above stays out; one with a title stands alone."""
    lamp = simple_row("lamp", Option1_Name="Size", Option1_Value="S")
    assert _problems(tmp_path, lamp, shopify_row("", Option1_Value="M", Variant_Price="5")) == [
        (4, "Handle", "missing")
    ]
    products, problems = read(written(tmp_path, csv_text([lamp, simple_row("", Title="Vase")])))
    assert [product.handle for product in products] == ["lamp"]
    assert [(each.line, each.code) for each in problems] == [(3, "missing")]


def test_a_handle_needs_a_letter_or_digit(tmp_path: Path) -> None:
    """C-10: handles are spelled as addresses; one of which nothing is left, or too much, is refused."""
    assert _problems(tmp_path, simple_row("!!!")) == [(3, "Handle", "bad_handle")]
    assert _problems(tmp_path, simple_row("h" * 256, Title="Lamp")) == [(3, "Handle", "too_long")]
    products, _ = read(written(tmp_path, csv_text([simple_row("Café_Größe  3", Title="Lamp")])))
    assert products[0].handle == "cafe-grosse-3"


def test_variants_differ(tmp_path: Path) -> None:
    """C-10: neither a combination of options nor a SKU is there twice, and options have different names."""
    lamp = simple_row("lamp", Option1_Name="Size", Option1_Value="S", Variant_SKU="A")
    assert _problems(tmp_path, lamp, shopify_row("lamp", Option1_Value="S", Variant_SKU="B", Variant_Price="1")) == [
        (4, "Option1 Value", "duplicate_variant")
    ]
    assert _problems(tmp_path, lamp, shopify_row("lamp", Option1_Value="M", Variant_SKU="A", Variant_Price="1")) == [
        (4, "Variant SKU", "duplicate_variant")
    ]
    assert _problems(tmp_path, simple_row("lamp"), shopify_row("lamp", Variant_Price="1")) == [
        (4, "Option1 Value", "duplicate_variant")
    ]
    twice = {"Option1_Name": "Size", "Option1_Value": "S", "Option2_Name": "Size", "Option2_Value": "M"}
    assert _problems(tmp_path, simple_row("lamp", **twice)) == [(3, "Option1 Name", "duplicate_option")]


def test_an_option_keeps_the_name_of_the_first_row(tmp_path: Path) -> None:
    """C-10: a later row may repeat the name of an option, and not change it."""
    lamp = simple_row("lamp", Option1_Name="Size", Option1_Value="S")
    other = shopify_row("lamp", Option1_Name="Colour", Option1_Value="Red", Variant_Price="1")
    assert _problems(tmp_path, lamp, other) == [(4, "Option1 Name", "unknown_option")]


def test_a_product_without_variants_is_refused(tmp_path: Path) -> None:
    """C-10: a title and an image are nothing to sell."""
    row = shopify_row("lamp", Title="Lamp", Image_Src="https://a.example/1.jpg")
    assert _problems(tmp_path, row) == [(3, "Variant Price", "missing")]


def test_latin1_bytes_in_the_middle_are_a_row_problem(tmp_path: Path) -> None:
    """C-10: bytes that are not UTF-8 are named by line, column and place; the rows around them are imported."""
    text = csv_text([simple_row("before"), simple_row("cafe", Title="Café"), simple_row("after", Title="Tür")])
    content = text.encode().replace("Café".encode(), "Café".encode("latin-1"))
    products, problems = read(written(tmp_path, content))
    assert [product.title for product in products] == ["Before", "Tür"]
    assert [(each.line, each.column, each.code, each.handle) for each in problems] == [
        (3, "Title", "bad_encoding", "cafe")
    ]
    assert "character 4" in problems[0].message


def test_a_row_with_too_many_cells_is_a_row_problem(tmp_path: Path) -> None:
    """C-10: a comma outside quotes moves every cell, so the product stays out; empty cells at the end do no harm."""
    assert _problems(tmp_path, [*simple_row("lamp"), "x"]) == [(3, None, "too_many_columns")]
    products, problems = read(written(tmp_path, csv_text([[*simple_row("lamp"), "", ""]])))
    assert (len(products), problems) == (1, [])
    few = csv_text([["lamp", "Lamp", "1.00", "x"]], ["Handle", "Title", "Variant Price"])
    assert [each.code for each in read(written(tmp_path, few))[1]] == ["too_many_columns"]


def test_short_rows_end_in_empty_cells(tmp_path: Path) -> None:
    """C-10: editors drop trailing commas, and blank lines mean nothing."""
    price = SHOPIFY_HEADER.index("Variant Price")
    text = csv_text([simple_row("lamp")[: price + 1]]) + "\r\n,,,\r\n"
    products, problems = read(written(tmp_path, text))
    assert ([product.handle for product in products], problems) == (["lamp"], [])

"""Files of every format go in over HTTP and come out as products; the same file again changes nothing."""

import os
from pathlib import Path

import orjson
import pytest

from tests.builders.commerce import made
from tests.builders.imports import IMPORTS, counts, errors_of, imported, send
from tests.commerce.formats.written_files import (
    SHOPIFY_HEADER,
    csv_text,
    sheet_xml,
    shopify_row,
    simple_row,
    write_workbook,
)
from tests.conftest import Tenant

_BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data"
_SAMPLES = Path(os.environ.get("FOURFOLD_SHARED_DATA", _BESIDE)) / "shopify-products"
_ROWS = [
    simple_row("lamp", Variant_Price="19.99", Variant_Inventory_Qty="7", Type="Lighting", Vendor="Foundry"),
    shopify_row("lamp", Image_Src="https://a.example/2.jpg"),
    simple_row("vase", Option1_Name="Size", Option1_Value="S", Variant_SKU="V-S", Variant_Inventory_Qty="3"),
    shopify_row("vase", Option1_Value="L", Variant_SKU="V-L", Variant_Price="7.50"),
]


@pytest.mark.skipif(not _SAMPLES.is_dir(), reason=f"Shopify's sample exports are not at {_SAMPLES}")
def test_real_exports_of_shopify(tenant: Tenant) -> None:
    """C-10: three catalogues as Shopify exports them become products, and a second time change nothing."""
    for name in ("apparel", "home-and-garden", "jewelery"):
        content = (_SAMPLES / f"{name}.csv").read_bytes()
        first = imported(tenant.owner, content, f"{name}.csv")
        assert (first["status"], first["progress"], counts(first)) == ("done", 1, (20, 20, 0, 0, 0))
        again = imported(tenant.owner, content, f"{name}.csv")
        assert (again["status"], counts(again)) == ("done", (20, 0, 0, 20, 0))
    anchor = made(tenant.visitor.get("/v1/commerce/products/leather-anchor"), 200)
    assert anchor["title"] == "Anchor Bracelet Mens"
    assert {variant["options"]["Color"] for variant in anchor["variants"]} == {"Gold", "Silver"}
    assert {variant["price"]["amount"] for variant in anchor["variants"]} == {6999, 5500}
    assert anchor["specifications"] == {"Brand": "Company 123"}


def test_a_started_import_can_be_watched(tenant: Tenant) -> None:
    """C-10: 202 with a Location that shows counts, progress and where the errors are."""
    answer = send(tenant.owner, csv_text(_ROWS), "C:\\shop\\spring sale.csv")
    started = made(answer, 202)
    assert answer.headers["Location"] == f"{IMPORTS}/{started['id']}"
    assert (started["status"], started["dry_run"], started["file_name"]) == ("queued", False, "spring sale.csv")
    assert started["errors_url"] == f"{IMPORTS}/{started['id']}/errors"
    assert started["problem"] is None


def test_prices_stock_options_and_pictures_arrive(tenant: Tenant) -> None:
    """C-10: what the rows say is what buyers see."""
    assert counts(imported(tenant.owner, csv_text(_ROWS))) == (2, 2, 0, 0, 0)
    vase = made(tenant.visitor.get("/v1/commerce/products/vase"), 200)
    assert [(each["sku"], each["price"]["amount"], each["options"]) for each in vase["variants"]] == [
        ("V-S", 500, {"Size": "S"}),
        ("V-L", 750, {"Size": "L"}),
    ]
    lamp = made(tenant.visitor.get("/v1/commerce/products/lamp"), 200)
    assert [category["slug"] for category in lamp["categories"]] == ["lighting"]
    listed = made(tenant.visitor.get("/v1/commerce/products", params={"q": "lamp"}), 200)
    assert [(each["slug"], each["in_stock"]) for each in listed["items"]] == [("lamp", True)]


def test_excel_json_and_lines_of_json(tenant: Tenant, tmp_path: Path) -> None:
    """C-10: the same products as a workbook, a document and lines are found to be the same."""
    assert counts(imported(tenant.owner, csv_text(_ROWS))) == (2, 2, 0, 0, 0)
    cells: list[list[str | float]] = [list[str | float](row) for row in (SHOPIFY_HEADER, *_ROWS)]
    book = write_workbook(tmp_path / "book", sheet_xml(cells)).read_bytes()
    assert counts(imported(tenant.owner, book, "book.xlsx")) == (2, 0, 0, 2, 0)
    documents = [
        {
            "handle": "lamp", "title": "Lamp", "product_type": "Lighting", "vendor": "Foundry",
            "variants": [{"price": "19.99", "inventory_quantity": 7}], "images": [{"src": "https://a.example/2.jpg"}],
        },
        {
            "handle": "vase", "title": "Vase", "options": [{"name": "Size"}],
            "variants": [
                {"option1": "S", "sku": "V-S", "price": 5, "inventory_quantity": 3},
                {"option1": "L", "sku": "V-L", "price": 7.5},
            ],
        },
    ]  # fmt: skip
    document = orjson.dumps({"products": documents})
    assert counts(imported(tenant.owner, document, "products.json")) == (2, 0, 0, 2, 0)
    lines = b"\n".join(orjson.dumps(each) for each in documents)
    found = imported(tenant.owner, lines, "products", format="ndjson")
    assert (found["format"], counts(found)) == ("ndjson", (2, 0, 0, 2, 0))


def test_a_dry_run_counts_and_writes_nothing(tenant: Tenant) -> None:
    """C-10: a dry run tells what would become of each product, and nothing is there afterwards."""
    text = csv_text([*_ROWS, simple_row("pot", Variant_Price="free"), simple_row("jug", Variant_SKU="V-L")])
    tried = imported(tenant.owner, text, dry_run="true")
    assert (tried["dry_run"], counts(tried)) == (True, (4, 2, 0, 0, 2))
    assert made(tenant.visitor.get("/v1/commerce/products"), 200)["items"] == []
    assert tenant.visitor.get("/v1/commerce/products/lamp").status_code == 404
    done = imported(tenant.owner, text)
    assert counts(done) == counts(tried)
    assert errors_of(tenant.owner, done) == errors_of(tenant.owner, tried)
    asked = tenant.owner.post(IMPORTS, params={"dry_run": "true"}, files={"file": ("a.csv", csv_text(_ROWS).encode())})
    assert made(asked, 202)["dry_run"] is True


def test_imports_are_listed_newest_first(tenant: Tenant) -> None:
    """C-10: page by page."""
    started = [made(send(tenant.owner, csv_text(_ROWS)), 202)["id"] for _ in range(3)]
    page = made(tenant.owner.get(IMPORTS, params={"limit": 2}), 200)
    rest = made(tenant.owner.get(IMPORTS, params={"limit": 2, "cursor": page["next"]}), 200)
    assert [each["id"] for each in (*page["items"], *rest["items"])] == started[::-1]
    assert rest["next"] is None

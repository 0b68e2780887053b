"""What is imported again, exported and changed: only what differs is touched, and what no file can say is kept."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from tests.builders.commerce import a_product, euros, made
from tests.builders.imports import counts, exported, imported
from tests.commerce.formats.written_files import csv_text, shopify_row, simple_row
from tests.conftest import Caller, Tenant

_ROWS = [
    simple_row(
        "lamp",
        **{"Body_(HTML)": "<p>A &amp; B</p>", "SEO_Title": "Buy a lamp"},
        Type="Lighting", Vendor="Foundry", Tags="brass, new", Variant_Price="19.99", Variant_Compare_At_Price="25",
        Variant_Inventory_Qty="7", Variant_Grams="250", Variant_Barcode="0012", Variant_Inventory_Policy="continue",
        Image_Src="https://a.example/1.jpg", Image_Alt_Text="=1+1",
    ),
    shopify_row("lamp", Image_Src="https://a.example/2.jpg"),
    simple_row(
        "vase",
        Option1_Name="Size", Option1_Value="S", Option2_Name="Colour", Option2_Value="Red", Published="false",
    ),
    shopify_row("vase", Option1_Value="L", Option2_Value="Blue", Variant_Price="7.50"),
]  # fmt: skip


def _product(caller: Caller, slug: str) -> dict[str, Any]:
    return made(caller.get(f"/v1/commerce/products/{slug}"), 200)


def _edit(caller: Caller, slug: str, **changes: Any) -> None:
    made(caller.patch(f"/v1/commerce/products/{_product(caller, slug)['id']}", json=changes), 200)


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_an_export_imports_as_unchanged(tenant: Tenant, form: str) -> None:
    """C-10: products of a file and products of the API go out and come in, and nothing changes."""
    assert counts(imported(tenant.owner, csv_text(_ROWS))) == (2, 2, 0, 0, 0)
    a_product(tenant.owner, tags=["one"], specifications={"Power": "5 W"}, kind="Tools")
    a_product(
        tenant.owner,
        status="draft",
        variants=[
            {"sku": f"C-{colour}", "options": {"Colour": colour, **dict.fromkeys("ABCD", "M")}, "price": euros(5)}
            for colour in ("Blue", "=Red")
        ],
    )
    before = {each: _product(tenant.owner, each) for each in ("lamp", "vase")}
    text = exported(tenant.owner, form)
    again = imported(tenant.owner, text, f"products.{form}")
    assert (again["status"], counts(again)) == ("done", (4, 0, 0, 4, 0)), text
    assert {each: _product(tenant.owner, each) for each in ("lamp", "vase")} == before
    assert exported(tenant.owner, form) == text


def test_an_export_moves_to_another_shop(tenant: Tenant, other_tenant: Tenant) -> None:
    """C-10: the export of one shop makes the same products in another one."""
    imported(tenant.owner, csv_text(_ROWS))
    text = exported(tenant.owner)
    assert counts(imported(other_tenant.owner, text)) == (2, 2, 0, 0, 0)
    assert exported(other_tenant.owner) == text


def test_only_what_differs_is_written(tenant: Tenant) -> None:
    """C-10: of two products one has a new price: it is updated, and the other one is not touched."""
    imported(tenant.owner, csv_text(_ROWS))
    untouched = _product(tenant.owner, "vase")
    changed = [["21.50" if cell == "19.99" else cell for cell in row] for row in _ROWS]
    for dry_run in ("true", "false"):
        assert counts(imported(tenant.owner, csv_text(changed), dry_run=dry_run)) == (2, 0, 1, 1, 0)
    assert _product(tenant.owner, "lamp")["variants"][0]["price"]["amount"] == 2150
    assert _product(tenant.owner, "vase") == untouched


def test_an_edit_is_undone_by_the_file(tenant: Tenant) -> None:
    """C-10: what was changed by hand is what the file says again, and only when the file says otherwise."""
    imported(tenant.owner, csv_text(_ROWS))
    _edit(tenant.owner, "lamp", title="Floor lamp")
    assert counts(imported(tenant.owner, csv_text(_ROWS))) == (2, 0, 1, 1, 0)
    assert _product(tenant.owner, "lamp")["title"] == "Lamp"


def test_sold_pieces_do_not_come_back(tenant: Tenant, admin_sql: Callable[..., Any]) -> None:
    """C-10: the same file after some sales leaves the stock as it is."""
    imported(tenant.owner, csv_text(_ROWS))
    variant = _product(tenant.owner, "lamp")["variants"][0]["id"]
    admin_sql("UPDATE commerce.stock_level SET on_hand = 4 WHERE variant_id = $1::text::uuid", variant)
    assert counts(imported(tenant.owner, csv_text(_ROWS))) == (2, 0, 0, 2, 0)
    (level,) = admin_sql("SELECT on_hand FROM commerce.stock_level WHERE variant_id = $1::text::uuid", variant)
    assert level["on_hand"] == 4


def test_what_no_file_can_say_is_kept(tenant: Tenant) -> None:
    """C-10: further categories and specifications of a product outlive an import that changes it."""
    imported(tenant.owner, csv_text(_ROWS))
    sale = made(tenant.owner.post("/v1/commerce/categories", json={"name": "Sale", "slug": "sale"}))
    lamp = _product(tenant.owner, "lamp")
    ids = [*(category["id"] for category in lamp["categories"]), sale["id"]]
    _edit(tenant.owner, "lamp", specifications={"Brand": "Foundry", "Power": "5 W"}, category_ids=ids)
    rows = [["Lamps" if cell == "Lighting" else cell for cell in row] for row in _ROWS]
    rows = [["Workshop" if cell == "Foundry" else cell for cell in row] for row in rows]
    assert counts(imported(tenant.owner, csv_text(rows))) == (2, 0, 1, 1, 0)
    lamp = _product(tenant.owner, "lamp")
    assert lamp["specifications"] == {"Brand": "Workshop", "Power": "5 W"}
    assert {category["slug"] for category in lamp["categories"]} == {"sale", "lamps"}


def test_promised_pieces_stay_promised(tenant: Tenant, admin_sql: Callable[..., Any]) -> None:
    """C-10: a stock below what orders were promised is refused for that product alone."""
    rows = [simple_row("lamp", Variant_Inventory_Qty="5"), simple_row("vase", Variant_Inventory_Qty="5")]
    imported(tenant.owner, csv_text(rows))
    variant = _product(tenant.owner, "lamp")["variants"][0]["id"]
    admin_sql("UPDATE commerce.stock_level SET reserved = 3 WHERE variant_id = $1::text::uuid", variant)
    fewer = [simple_row("lamp", Variant_Inventory_Qty="2"), simple_row("vase", Variant_Inventory_Qty="2")]
    assert counts(imported(tenant.owner, csv_text(fewer))) == (2, 0, 1, 0, 1)


def test_variants_come_and_go(tenant: Tenant) -> None:
    """C-10: a variant that a file leaves out is sold no longer, and comes back with its row."""
    imported(tenant.owner, csv_text(_ROWS))
    assert counts(imported(tenant.owner, csv_text(_ROWS[2:3]))) == (1, 0, 1, 0, 0)
    assert len(_product(tenant.owner, "vase")["variants"]) == 1
    assert counts(imported(tenant.owner, csv_text(_ROWS[2:]))) == (1, 0, 1, 0, 0)
    assert len(_product(tenant.owner, "vase")["variants"]) == 2


@pytest.mark.parametrize("title", ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(1)", "\uff1d1"])
def test_a_formula_leaves_as_a_text(tenant: Tenant, title: str) -> None:
    """T44: no cell of an exported file begins as a formula, and the file brings the same title back."""
    product = a_product(tenant.owner, title=title)
    text = exported(tenant.owner)
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert f"'{title}" in cells
    assert title not in cells
    found = imported(tenant.owner, text.encode())
    assert counts(found)[3:] == (1, 0), found
    assert tenant.owner.get(f"/v1/commerce/products/{product['id']}").json()["title"] == title

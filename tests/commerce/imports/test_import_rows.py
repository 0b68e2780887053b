"""Faulty rows and faulty files: what is wrong is told by line, the rest is imported, and the counts are exact."""

from pathlib import Path

import pytest

from bench.catalogue import write_shopify_csv
from tests.builders.commerce import a_product, made
from tests.builders.imports import counts, errors_of, imported
from tests.commerce.formats.written_files import csv_text, shopify_row, simple_row
from tests.conftest import Tenant


def test_the_longest_handle(tenant: Tenant) -> None:
    """C-10: a handle as long as Shopify allows is imported, shown under it and kept by edits; a longer one is told."""
    longest = "lamp-" * 50 + "of-ne"
    rows = [simple_row(longest, Type="x" * 255), simple_row(f"{longest}w", Title="Lamp")]
    found = imported(tenant.owner, csv_text(rows))
    assert counts(found) == (2, 1, 0, 0, 1)
    (error,) = errors_of(tenant.owner, found)
    assert (error["line"], error["column"], error["code"]) == ("3", "Handle", "too_long")
    assert "255" in error["message"]
    lamp = made(tenant.visitor.get(f"/v1/commerce/products/{longest}"), 200)
    assert lamp["slug"] == longest
    body = {"slug": longest, "title": "Lamp"}
    assert made(tenant.owner.patch(f"/v1/commerce/products/{lamp['id']}", json=body), 200)["slug"] == longest
    (category,) = lamp["categories"]
    assert made(tenant.visitor.get(f"/v1/commerce/categories/{category['slug']}"), 200)["id"] == category["id"]


def test_faulty_rows_are_told_and_the_rest_is_imported(tenant: Tenant) -> None:
    """C-10: a missing price, a bad number and a handle used twice keep three products out of five."""
    rows = [
        simple_row("lamp"),
        simple_row("vase", Variant_Price=""),
        simple_row("pot", Variant_Inventory_Qty="many"),
        simple_row("jug"),
        simple_row("lamp", Title="Another lamp"),
    ]
    found = imported(tenant.owner, csv_text(rows))
    assert (found["status"], counts(found)) == ("done", (5, 2, 0, 0, 3))
    errors = errors_of(tenant.owner, found)
    assert [(each["line"], each["handle"], each["column"], each["code"]) for each in errors] == [
        ("3", "vase", "Variant Price", "missing"),
        ("4", "pot", "Variant Inventory Qty", "not_a_number"),
        ("6", "lamp", "Handle", "duplicate_handle"),
    ]
    assert made(tenant.visitor.get("/v1/commerce/products/lamp"), 200)["title"] == "Lamp"
    assert tenant.visitor.get("/v1/commerce/products/vase").status_code == 404


def test_errors_as_pages_of_json(tenant: Tenant) -> None:
    """C-10: the errors page by page for programs."""
    rows = [simple_row(f"thing-{at}", Variant_Price="free") for at in range(3)]
    found = imported(tenant.owner, csv_text(rows))
    asked = {"headers": {"Accept": "application/json"}}
    page = made(tenant.owner.get(found["errors_url"], params={"limit": 2}, **asked), 200)
    rest = made(tenant.owner.get(found["errors_url"], params={"limit": 2, "cursor": page["next"]}, **asked), 200)
    assert [each["line"] for each in (*page["items"], *rest["items"])] == [2, 3, 4]
    assert (rest["next"], page["items"][0]["code"]) == (None, "not_a_number")


def test_error_files_run_no_formulas(tenant: Tenant) -> None:
    """C-10: a cell of a stranger's file does not become a formula in the error file."""
    found = imported(tenant.owner, csv_text([simple_row('=cmd|"/c calc"!A1', Variant_Price="free")]))
    (error,) = errors_of(tenant.owner, found)
    assert error["handle"].startswith("'=")


def test_a_file_of_generated_faults(tenant: Tenant, tmp_path: Path) -> None:
    """C-10: one product in fifty is broken; all others arrive, to the last variant, picture and piece."""
    path = tmp_path / "catalogue.csv"
    wrote = write_shopify_csv(path, 1_500, seed=11, broken_every=50)
    found = imported(tenant.owner, path.read_bytes(), seconds=240)
    assert (found["status"], counts(found)) == ("done", (1_500, 1_470, 0, 0, 30))
    assert len(errors_of(tenant.owner, found)) == 30
    again = imported(tenant.owner, path.read_bytes(), seconds=240)
    assert counts(again) == (1_500, 0, 0, 1_470, 30)
    assert wrote.broken == 30


@pytest.mark.faults
def test_a_hundred_thousand_rows(tenant: Tenant, tmp_path: Path) -> None:
    """C-10: the same for a file of 100,000 rows, uploaded and imported by the worker."""
    path = tmp_path / "catalogue.csv"
    wrote = write_shopify_csv(path, 27_000, seed=12, broken_every=50)
    assert wrote.rows > 100_000
    found = imported(tenant.owner, path.read_bytes(), seconds=240)
    assert (found["status"], counts(found)) == ("done", (27_000, 26_460, 0, 0, 540))
    assert len(errors_of(tenant.owner, found)) == 540


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (csv_text([simple_row("türschild")]).encode("utf-16")[:-3] + b"\x00\xd8", "wrong_encoding"),
        (b"Handle,Title,Variant Price\xe9\nlamp,Lamp,5\n", "wrong_encoding"),
        (b"Handle,Title\nlamp,Lamp\n", "missing_columns"),
        (b'{"products": [', "bad_json"),
        (b"[]", "empty"),
    ],
)
def test_a_file_that_cannot_be_read_fails(tenant: Tenant, content: bytes, code: str) -> None:
    """C-10: the import fails with a problem that says why, and nothing is written."""
    found = imported(tenant.owner, content)
    assert (found["status"], counts(found)[1:]) == ("failed", (0, 0, 0, 0))
    assert found["problem"]["code"] == f"commerce.{code}"
    assert found["problem"]["detail"]
    assert found["finished_at"]


def test_what_was_read_before_a_fault_stays(tenant: Tenant) -> None:
    """C-10: a quote that is never closed ends the import there, and the products before it are counted."""
    found = imported(tenant.owner, csv_text([simple_row("lamp"), simple_row("vase")]) + 'pot,"')
    assert (found["status"], counts(found)) == ("failed", (1, 1, 0, 0, 0))
    assert "line 4" in found["problem"]["detail"]
    assert made(tenant.visitor.get("/v1/commerce/products/lamp"), 200)["slug"] == "lamp"


def test_another_vendors_handle_is_taken(tenant: Tenant) -> None:
    """C-10: a handle is an address in the whole shop; nobody writes over another vendor's product."""
    vendor = tenant.sign_up("vendor")
    assert counts(imported(tenant.owner, csv_text([simple_row("lamp")]))) == (1, 1, 0, 0, 0)
    found = imported(vendor, csv_text([simple_row("lamp", Variant_Price="1.00"), simple_row("vase")]))
    assert counts(found) == (2, 1, 0, 0, 1)
    assert [each["code"] for each in errors_of(vendor, found)] == ["slug_taken"]
    lamp = made(tenant.visitor.get("/v1/commerce/products/lamp"), 200)
    assert lamp["variants"][0]["price"]["amount"] == 500


def test_a_sku_names_one_variant(tenant: Tenant) -> None:
    """C-10: a SKU of an existing product or of one before in the file is refused, and the rest goes on."""
    old = a_product(tenant.owner)["variants"][0]["sku"]
    rows = [
        simple_row("lamp", Variant_SKU=old),
        simple_row("vase", Variant_SKU="NEW"),
        simple_row("pot", Variant_SKU="NEW"),
        simple_row("jug"),
    ]
    found = imported(tenant.owner, csv_text(rows))
    assert counts(found) == (4, 2, 0, 0, 2)
    assert [(each["handle"], each["code"]) for each in errors_of(tenant.owner, found)] == [
        ("lamp", "duplicate_sku"),
        ("pot", "duplicate_sku"),
    ]


def test_a_sku_moves_with_the_file(tenant: Tenant) -> None:
    """C-10: a product that gives up its SKU leaves it to another one of the same file."""
    first = csv_text([simple_row("lamp", Variant_SKU="ONE"), simple_row("vase", Variant_SKU="TWO")])
    assert counts(imported(tenant.owner, first)) == (2, 2, 0, 0, 0)
    moved = csv_text([simple_row("lamp", Variant_SKU="THREE"), simple_row("vase", Variant_SKU="ONE")])
    for dry_run in ("true", "false"):
        assert counts(imported(tenant.owner, moved, dry_run=dry_run)) == (2, 0, 2, 0, 0)


def test_rows_of_one_product_fail_together(tenant: Tenant) -> None:
    """C-10: a product is imported whole or not at all."""
    rows = [
        simple_row("lamp", Option1_Name="Size", Option1_Value="S"),
        shopify_row("lamp", Option1_Value="M", Variant_Price="x"),
        shopify_row("lamp", Option1_Value="L", Variant_Price="y"),
    ]
    found = imported(tenant.owner, csv_text(rows))
    assert counts(found) == (1, 0, 0, 0, 1)
    assert [each["line"] for each in errors_of(tenant.owner, found)] == ["3", "4"]

"""Decisions of an import: whose a handle or a SKU is, and what an image of somebody else's file would be."""

from collections.abc import Iterable, Mapping

from fourfold.commerce.formats.imported import FaultyProduct, ImportedProduct, RowProblem, shown

# Beginnings of what people upload in the place of a table: pictures, papers, programs, packed and marked-up files.
_OTHER_KINDS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"\x1f\x8b", b"\x7fELF", b"Rar!", b"7z\xbc\xaf", b"<")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def is_no_table(start: bytes) -> bool:
    """Whether the first bytes of a file that is no workbook cannot be those of text with products in it."""
    if start.startswith(_UTF16_MARKS):
        return False
    return start.lstrip().startswith(_OTHER_KINDS) or b"\0" in start


def faulty(product: ImportedProduct, column: str | None, code: str, message: str) -> FaultyProduct:
    """A sound product that cannot be written all the same."""
    problem = RowProblem(product.line, column, code, message, product.handle)
    return FaultyProduct(product.line, product.handle, (problem,))


def handle_taken(product: ImportedProduct) -> FaultyProduct:
    """The handle is the address of another vendor's product."""
    message = f"{shown(product.handle)} is the address of another vendor's product; choose another handle."
    return faulty(product, "handle", "slug_taken", message)


def without_sku_clashes(
    products: Iterable[ImportedProduct], owners: Mapping[str, str]
) -> tuple[list[ImportedProduct], list[FaultyProduct]]:
    """The products whose SKUs are free or their own, and those which claim one of another product.

    `owners` maps a SKU to the handle of the other product that has it, "" for one that is not in this file. Whoever
    comes first in the file gets a free SKU.
    """
    claimed = dict(owners)
    clear, clashing = [], []
    for product in products:
        skus = [variant.sku for variant in product.variants if variant.sku is not None]
        taken = [sku for sku in skus if claimed.get(sku, product.handle) != product.handle]
        if taken:
            owner = shown(claimed[taken[0]]) if claimed[taken[0]] else "another product"
            message = f"{shown(taken[0])} is the SKU of {owner}; a SKU names one variant of a vendor."
            clashing.append(faulty(product, "sku", "duplicate_sku", message))
        else:
            claimed.update(dict.fromkeys(skus, product.handle))
            clear.append(product)
    return clear, clashing

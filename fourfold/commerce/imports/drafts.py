"""Between file and catalogue: a product of a file as a draft to be written, a product as a file would say it."""

from collections.abc import Mapping
from uuid import UUID

import asyncpg

from fourfold.commerce.catalog.drafts import ImageDraft, ProductDraft, VariantDraft
from fourfold.commerce.formats.imported import ImportedImage, ImportedProduct, ImportedVariant

# A file's vendor is the maker's name, as Shopify uses it. As which vendor it is sold is no matter of the file.
BRAND = "Brand"


def product_of_row(row: asyncpg.Record) -> ImportedProduct:
    """A product of the catalogue (a row of `queries.products_after`) as a file would say it."""
    brand = row["specifications"].get(BRAND)
    return ImportedProduct(
        line=0,
        handle=row["slug"],
        title=row["title"],
        description_html=row["description"],
        vendor_name=brand if isinstance(brand, str) else None,
        type=row["kind"] or None,
        tags=tuple(row["tags"]),
        published=row["status"] == "published",
        options=tuple(row["options"]),
        variants=tuple(
            ImportedVariant(options, sku, price, compare_at or None, stock, grams, barcode, backorder)
            for options, sku, price, compare_at, stock, grams, barcode, backorder in row["variants"] or ()
        ),
        images=tuple(ImportedImage(*each) for each in row["images"] or ()),
        seo_title=row["seo_title"],
        seo_description=row["seo_description"],
    )


def draft_of(
    product: ImportedProduct,
    fingerprint: str,
    currency: str,
    category_ids: tuple[UUID, ...],
    row: asyncpg.Record | None,
) -> ProductDraft:
    """What is to be written; `row` is the product as it is, whose facts that no file can say are kept."""
    specifications: Mapping[str, object] = row["specifications"] if row else {}
    brand = {BRAND: product.vendor_name} if product.vendor_name else {}
    hidden = "archived" if row and row["status"] == "archived" else "draft"
    return ProductDraft(
        product_id=row["id"] if row else None,
        slug=product.handle,
        title=product.title,
        description=product.description_html,
        status="published" if product.published else hidden,
        kind=product.type or "",
        tags=product.tags,
        options=product.options,
        specifications={**{name: value for name, value in specifications.items() if name != BRAND}, **brand},
        seo_title=product.seo_title,
        seo_description=product.seo_description,
        tax_class=row["tax_class"] if row else "standard",
        currency=currency,
        category_ids=category_ids,
        fingerprint=fingerprint,
        variants=tuple(_variant_draft(each) for each in product.variants),
        images=tuple(ImageDraft(image.src, image.position, image.alt) for image in product.images),
    )


def _variant_draft(variant: ImportedVariant) -> VariantDraft:
    return VariantDraft(
        sku=variant.sku,
        title=" / ".join(variant.options.values()),
        options=variant.options,
        price=variant.price,
        compare_at=variant.compare_at,
        barcode=variant.barcode,
        weight_grams=variant.grams,
        backorder=variant.backorder,
        stock=variant.stock,
    )

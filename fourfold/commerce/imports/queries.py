"""Reads of imports, of their problems, and of the products that a file is compared with or written from."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

RUN = (
    "id, status, dry_run, vendor_id, file_name, format, progress, read, created, updated, unchanged, failed, error,"
    " created_at, finished_at"
)

# What a file can say of a product: its variants with their stock, and the images that have an address elsewhere.
_PRODUCT = """
SELECT p.id, p.vendor_id, p.slug, p.title, p.description, p.status, p.kind, p.tags, p.options, p.specifications,
    p.seo_title, p.seo_description, p.tax_class, p.currency,
    (SELECT jsonb_agg(jsonb_build_array(v.options, v.sku, v.price, v.compare_at, coalesce(l.on_hand, 0), v.weight_grams,
                                        v.barcode, v.backorder) ORDER BY v.position, v.id)
     FROM commerce.variant v LEFT JOIN commerce.stock_level l
       ON l.tenant_id = v.tenant_id AND l.variant_id = v.id AND l.location = 'main'
     WHERE v.tenant_id = p.tenant_id AND v.product_id = p.id AND v.active) AS variants,
    (SELECT jsonb_agg(jsonb_build_array(i.source_url, i.position, i.alt) ORDER BY i.position, i.id)
     FROM commerce.product_image i
     WHERE i.tenant_id = p.tenant_id AND i.product_id = p.id AND i.source_url IS NOT NULL) AS images
FROM commerce.product p
"""


async def import_with_id(db: Connection, import_id: UUID, vendor_id: UUID | None) -> asyncpg.Record | None:
    """The import, of that vendor when one is given."""
    return await db.fetchrow(
        f"SELECT {RUN} FROM commerce.import_run WHERE id = $1 AND ($2::uuid IS NULL OR vendor_id = $2)",
        import_id, vendor_id,
    )  # fmt: skip


async def imports_page(db: Connection, vendor_id: UUID | None, before: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Imports, newest first, before the one with the id `before`; of that vendor when one is given."""
    return await db.fetch(
        f"SELECT {RUN} FROM commerce.import_run WHERE ($1::uuid IS NULL OR vendor_id = $1)"
        " AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        vendor_id, before, limit,
    )  # fmt: skip


async def problems_page(db: Connection, import_id: UUID, after: tuple[int, int], limit: int) -> list[asyncpg.Record]:
    """What was wrong, by (line, position), behind the place `after`."""
    return await db.fetch(
        "SELECT line, position, handle, column_name, code, message FROM commerce.import_problem"
        " WHERE import_id = $1 AND (line, position) > ($2, $3) ORDER BY line, position LIMIT $4",
        import_id, *after, limit,
    )  # fmt: skip


async def problems_kept(db: Connection, import_id: UUID) -> int:
    """How many problems of the import are written down."""
    return int(await db.fetchval("SELECT count(*) FROM commerce.import_problem WHERE import_id = $1", import_id))


async def products_with_ids(db: Connection, product_ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """These products with all that a file can say of them."""
    return await db.fetch(f"{_PRODUCT} WHERE p.id = ANY($1::uuid[])", product_ids)


async def products_after(db: Connection, vendor_id: UUID | None, after: UUID, limit: int) -> list[asyncpg.Record]:
    """Products in the order of their ids, behind one, of that vendor when one is given."""
    if vendor_id is None:
        return await db.fetch(f"{_PRODUCT} WHERE p.id > $1 ORDER BY p.id LIMIT $2", after, limit)
    return await db.fetch(
        f"{_PRODUCT} WHERE p.vendor_id = $1 AND p.id > $2 ORDER BY p.id LIMIT $3", vendor_id, after, limit
    )


async def categories_of_products(db: Connection, product_ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """The categories that these products stand in: (product_id, category_id, slug)."""
    return await db.fetch(
        "SELECT pc.product_id, c.id AS category_id, c.slug FROM commerce.product_category pc"
        " JOIN commerce.category c ON c.tenant_id = pc.tenant_id AND c.id = pc.category_id"
        " WHERE pc.product_id = ANY($1::uuid[]) ORDER BY c.id",
        product_ids,
    )  # fmt: skip

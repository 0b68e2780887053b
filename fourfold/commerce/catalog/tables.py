"""How products, variants, categories and pictures from elsewhere are kept; a whole batch in one statement each."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from fourfold.commerce.catalog.drafts import ProductDraft, VariantDraft
from fourfold.commerce.catalog.rules import options_key
from fourfold.ground.db import Connection
from fourfold.ground.ids import new_id

_UPSERT = """
INSERT INTO commerce.product AS p (tenant_id, id, vendor_id, slug, title, description, status, kind, tags, options,
    specifications, seo_title, seo_description, tax_class, currency, fingerprint, created_at, updated_at, published_at)
SELECT $1, d.id, $2, d.slug, d.title, d.description, d.status, d.kind,
       ARRAY(SELECT json_array_elements_text(d.tags::json)), ARRAY(SELECT json_array_elements_text(d.options::json)),
       d.specifications, d.seo_title, d.seo_description, d.tax_class, d.currency, d.fingerprint, $3, $3,
       CASE WHEN d.status = 'published' THEN $3::timestamptz END
FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
            $12::jsonb[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[])
    AS d (id, slug, title, description, status, kind, tags, options, specifications, seo_title, seo_description,
          tax_class, currency, fingerprint)
ON CONFLICT (tenant_id, id) DO UPDATE SET slug = excluded.slug, title = excluded.title,
    description = excluded.description, status = excluded.status, kind = excluded.kind, tags = excluded.tags,
    options = excluded.options, specifications = excluded.specifications, seo_title = excluded.seo_title,
    seo_description = excluded.seo_description, tax_class = excluded.tax_class, fingerprint = excluded.fingerprint,
    updated_at = excluded.updated_at, published_at = coalesce(p.published_at, excluded.published_at),
    version = p.version + 1
"""

_UPDATE_VARIANTS = """
UPDATE commerce.variant v SET sku = d.sku, title = d.title, options = d.options, options_key = d.options_key,
    price = d.price, compare_at = d.compare_at, barcode = d.barcode, weight_grams = d.weight_grams,
    backorder = d.backorder, position = d.position, active = true
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::text[], $6::bigint[], $7::bigint[], $8::text[],
            $9::integer[], $10::boolean[], $11::integer[])
    AS d (id, sku, title, options, options_key, price, compare_at, barcode, weight_grams, backorder, position)
WHERE v.id = d.id
"""

_INSERT_VARIANTS = """
INSERT INTO commerce.variant (tenant_id, id, product_id, vendor_id, sku, title, options, options_key, price, compare_at,
    barcode, weight_grams, backorder, position, created_at)
SELECT $1, d.id, d.product_id, $2, d.sku, d.title, d.options, d.options_key, d.price, d.compare_at, d.barcode,
       d.weight_grams, d.backorder, d.position, $3
FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::jsonb[], $9::text[], $10::bigint[], $11::bigint[],
            $12::text[], $13::integer[], $14::boolean[], $15::integer[])
    AS d (id, product_id, sku, title, options, options_key, price, compare_at, barcode, weight_grams, backorder,
          position)
"""

_SET_IMAGES = """
WITH wanted AS (
    SELECT d.id, d.product_id, d.position, d.source_url, d.alt
    FROM unnest($3::uuid[], $4::uuid[], $5::integer[], $6::text[], $7::text[])
        AS d (id, product_id, position, source_url, alt)
), kept AS (
    UPDATE commerce.product_image i SET position = w.position, alt = w.alt FROM wanted w
    WHERE i.product_id = w.product_id AND i.source_url = w.source_url RETURNING i.product_id, i.source_url
), gone AS (
    DELETE FROM commerce.product_image i WHERE i.product_id = ANY($2) AND i.source_url IS NOT NULL
        AND NOT EXISTS (SELECT FROM wanted w WHERE w.product_id = i.product_id AND w.source_url = i.source_url)
)
INSERT INTO commerce.product_image (tenant_id, id, product_id, position, source_url, alt, created_at)
SELECT $1, w.id, w.product_id, w.position, w.source_url, w.alt, $8 FROM wanted w
WHERE NOT EXISTS (SELECT FROM kept k WHERE k.product_id = w.product_id AND k.source_url = w.source_url)
"""

VariantRow = tuple[UUID, UUID, int, VariantDraft]


async def upsert_products(
    db: Connection, tenant_id: UUID, vendor_id: UUID, drafts: Sequence[tuple[UUID, ProductDraft]], now: datetime
) -> None:
    """Adds the products, or sets those whose id exists."""
    each = [draft for _, draft in drafts]
    await db.execute(
        _UPSERT, tenant_id, vendor_id, now, [product_id for product_id, _ in drafts],
        [draft.slug for draft in each], [draft.title for draft in each], [draft.description for draft in each],
        [draft.status for draft in each], [draft.kind for draft in each], [_json(draft.tags) for draft in each],
        [_json(draft.options) for draft in each], [dict(draft.specifications) for draft in each],
        [draft.seo_title for draft in each], [draft.seo_description for draft in each],
        [draft.tax_class for draft in each], [draft.currency for draft in each],
        [draft.fingerprint for draft in each],
    )  # fmt: skip


def _json(texts: Sequence[str]) -> str:
    # The driver would take a list inside a list for a second dimension.
    return orjson.dumps(texts).decode()


async def retire_variants(db: Connection, product_ids: Sequence[UUID], kept: Sequence[UUID]) -> None:
    """Makes the variants of the products inactive, but for those kept, whose SKUs may then change places."""
    await db.execute(
        "UPDATE commerce.variant SET active = false WHERE product_id = ANY($1) AND active AND id <> ALL($2)",
        product_ids, kept,
    )  # fmt: skip
    if kept:
        await db.execute(
            "UPDATE commerce.variant SET active = false WHERE id = ANY($1) AND active AND product_id IN"
            " (SELECT product_id FROM commerce.variant WHERE id = ANY($1) GROUP BY product_id HAVING count(*) > 1)",
            kept,
        )


async def update_variants(db: Connection, rows: Sequence[VariantRow]) -> None:
    """Sets existing variants, and makes them active."""
    if rows:
        await db.execute(_UPDATE_VARIANTS, [row[0] for row in rows], *_columns(rows))


async def insert_variants(
    db: Connection, tenant_id: UUID, vendor_id: UUID, rows: Sequence[VariantRow], now: datetime
) -> None:
    """Adds new variants."""
    if rows:
        ids, products = [row[0] for row in rows], [row[1] for row in rows]
        await db.execute(_INSERT_VARIANTS, tenant_id, vendor_id, now, ids, products, *_columns(rows))


def _columns(rows: Sequence[VariantRow]) -> list[list[object]]:
    drafts = [row[3] for row in rows]
    return [
        [draft.sku for draft in drafts],
        [draft.title for draft in drafts],
        [dict(draft.options) for draft in drafts],
        [options_key(draft.options) for draft in drafts],
        [draft.price for draft in drafts],
        [draft.compare_at for draft in drafts],
        [draft.barcode for draft in drafts],
        [draft.weight_grams for draft in drafts],
        [draft.backorder for draft in drafts],
        [row[2] for row in rows],
    ]


async def set_categories(db: Connection, tenant_id: UUID, drafts: Sequence[tuple[UUID, ProductDraft]]) -> None:
    """Makes these the products' categories, and no others."""
    pairs = [(product_id, each) for product_id, draft in drafts for each in dict.fromkeys(draft.category_ids)]
    products, categories = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    await db.execute(
        "WITH wanted AS (SELECT * FROM unnest($3::uuid[], $4::uuid[]) AS d (product_id, category_id)), gone AS ("
        " DELETE FROM commerce.product_category c WHERE c.product_id = ANY($2) AND NOT EXISTS"
        " (SELECT FROM wanted w WHERE w.product_id = c.product_id AND w.category_id = c.category_id))"
        " INSERT INTO commerce.product_category (tenant_id, product_id, category_id)"
        " SELECT $1, product_id, category_id FROM wanted ON CONFLICT DO NOTHING",
        tenant_id, [product_id for product_id, _ in drafts], products, categories,
    )  # fmt: skip


async def set_source_images(
    db: Connection, tenant_id: UUID, drafts: Sequence[tuple[UUID, ProductDraft]], now: datetime
) -> None:
    """Makes these the products' pictures from elsewhere; uploaded ones, and products without a list, stay."""
    listed = [(product_id, draft.images) for product_id, draft in drafts if draft.images is not None]
    if not listed:
        return
    rows = [(product_id, image) for product_id, images in listed for image in images]
    await db.execute(
        _SET_IMAGES, tenant_id, [product_id for product_id, _ in listed], [new_id() for _ in rows],
        [product_id for product_id, _ in rows], [image.position for _, image in rows],
        [image.source_url for _, image in rows], [image.alt for _, image in rows], now,
    )  # fmt: skip


async def delete_product(db: Connection, product_id: UUID) -> bool:
    """Deletes a product with all that hangs on it; False when something else still needs it."""
    variants = "(SELECT id FROM commerce.variant WHERE product_id = $1)"
    await db.execute("SAVEPOINT delete_product")
    try:
        for table in ("stock_movement", "stock_level", "cart_line"):
            await db.execute(f"DELETE FROM commerce.{table} WHERE variant_id IN {variants}", product_id)
        for table in ("product_image", "variant"):
            await db.execute(f"DELETE FROM commerce.{table} WHERE product_id = $1", product_id)
        await db.execute("DELETE FROM commerce.product WHERE id = $1", product_id)
    except asyncpg.ForeignKeyViolationError:
        await db.execute("ROLLBACK TO SAVEPOINT delete_product")
        return False
    return True


async def archive_product(db: Connection, product_id: UUID, now: datetime) -> None:
    """Takes a product out of the shop for good; its rows stay for the orders that name it."""
    await db.execute(
        "UPDATE commerce.product SET status = 'archived', updated_at = $2, version = version + 1 WHERE id = $1",
        product_id, now,
    )  # fmt: skip


async def lock_slug(db: Connection, tenant_id: UUID, slug: str) -> None:
    """Lets one transaction at a time look for a free slug that begins like this."""
    await db.execute("SELECT pg_advisory_xact_lock(hashtext($1), hashtext($2))", str(tenant_id), slug)

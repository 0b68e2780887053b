"""Reads of the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

SELLABLE = """
SELECT v.id AS variant_id, v.product_id, p.vendor_id, n.name AS vendor_name, n.status AS vendor_status, n.commission_bp,
       p.title AS product_title, p.slug, p.status AS product_status, v.sku, v.options, v.price, v.compare_at,
       p.currency, p.tax_class, v.weight_grams, v.backorder, v.active,
       ARRAY(SELECT DISTINCT step::uuid FROM commerce.product_category c
             JOIN commerce.category g ON g.tenant_id = c.tenant_id AND g.id = c.category_id
             CROSS JOIN LATERAL unnest(string_to_array(trim('/' FROM g.path), '/')) AS step
             WHERE c.tenant_id = p.tenant_id AND c.product_id = p.id) AS category_ids,
       (SELECT coalesce(i.source_url, '/v1/commerce/images/' || i.id || '/320') FROM commerce.product_image i
        WHERE i.tenant_id = p.tenant_id AND i.product_id = p.id AND i.status = 'done'
        ORDER BY i.variant_id IS NOT DISTINCT FROM v.id DESC, i.position, i.id LIMIT 1) AS image_url,
       coalesce((SELECT sum(l.on_hand + l.backorder_limit - l.reserved - l.allocated) FROM commerce.stock_level l
                 WHERE l.tenant_id = v.tenant_id AND l.variant_id = v.id), 0)::bigint AS available
FROM commerce.variant v
JOIN commerce.product p ON p.tenant_id = v.tenant_id AND p.id = v.product_id
JOIN commerce.vendor n ON n.tenant_id = p.tenant_id AND n.id = p.vendor_id
"""
"""Selects the columns of `SellableVariant`; `v` is the variant."""

_FREE = "l.on_hand - l.reserved - l.allocated"
_PICTURE = "coalesce(i.source_url, '/v1/commerce/images/' || i.id || '/320')"

# $1 id or slug, $2 the vendor whose hidden products are shown (null: every vendor's). The product is found first and by
# itself: joined at once, PostgreSQL looked through all products of the vendor while it did not know how many there are.
_FIND = "WITH p AS MATERIALIZED (SELECT * FROM commerce.product WHERE {} = $1)"
_DOCUMENT = f"""
SELECT p.id, p.version, jsonb_build_object(
    'id', p.id, 'slug', p.slug, 'title', p.title, 'description', p.description, 'status', p.status, 'kind', p.kind,
    'tags', p.tags, 'options', p.options, 'specifications', p.specifications,
    'seo', jsonb_build_object('title', p.seo_title, 'description', p.seo_description), 'tax_class', p.tax_class,
    'vendor', jsonb_build_object('id', n.id, 'slug', n.slug, 'name', n.name),
    'categories', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', g.id, 'slug', g.slug, 'name', g.name)
        ORDER BY length(g.path), g.name), '[]') FROM commerce.product_category c
        JOIN commerce.category g ON g.tenant_id = c.tenant_id AND g.id = c.category_id
        WHERE c.tenant_id = p.tenant_id AND c.product_id = p.id),
    'images', images.documents, 'image_url', images.first, 'variants', variants.documents,
    'in_stock', variants.in_stock,
    'price', CASE WHEN variants.price IS NOT NULL
                  THEN jsonb_build_object('amount', variants.price, 'currency', p.currency) END,
    'rating', CASE WHEN p.rating_count > 0 THEN round(p.rating / 100.0, 2) END, 'rating_count', p.rating_count,
    'version', p.version, 'created_at', p.created_at, 'updated_at', p.updated_at, 'published_at', p.published_at
)::text AS document
FROM p JOIN commerce.vendor n ON n.tenant_id = p.tenant_id AND n.id = p.vendor_id
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'variant_id', i.variant_id, 'position', i.position,
        'alt', i.alt, 'status', i.status, 'width', i.width, 'height', i.height,
        'url', CASE WHEN i.status = 'done' THEN {_PICTURE} END, 'sizes', coalesce((
            SELECT jsonb_object_agg(s.key, '/v1/commerce/images/' || i.id || '/' || s.key) FROM jsonb_each(i.sizes) s
        ), '{{}}')) ORDER BY i.position, i.id), '[]') AS documents,
        (array_agg({_PICTURE} ORDER BY i.position, i.id) FILTER (WHERE i.status = 'done'))[1] AS first
    FROM commerce.product_image i WHERE i.tenant_id = p.tenant_id AND i.product_id = p.id
) AS images
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', v.id, 'sku', v.sku, 'title', v.title, 'options', v.options,
        'price', jsonb_build_object('amount', v.price, 'currency', p.currency), 'compare_at',
        CASE WHEN v.compare_at IS NOT NULL
             THEN jsonb_build_object('amount', v.compare_at, 'currency', p.currency) END,
        'barcode', v.barcode, 'weight_grams', v.weight_grams, 'backorder', v.backorder,
        'stock', greatest(coalesce(l.free, 0), 0), 'in_stock', coalesce(l.free + l.ahead, 0) > 0)
        ORDER BY v.position, v.id), '[]') AS documents,
        min(v.price) AS price, coalesce(bool_or(coalesce(l.free + l.ahead, 0) > 0), false) AS in_stock
    FROM commerce.variant v CROSS JOIN LATERAL (
        SELECT sum({_FREE}) AS free, sum(l.backorder_limit) AS ahead FROM commerce.stock_level l
        WHERE l.tenant_id = v.tenant_id AND l.variant_id = v.id
    ) AS l
    WHERE v.tenant_id = p.tenant_id AND v.product_id = p.id AND v.active
) AS variants
WHERE ((p.status = 'published' AND n.status = 'approved') OR $2::uuid IS NULL OR p.vendor_id = $2)
"""
_DOCUMENT_BY_ID, _DOCUMENT_BY_SLUG = (_FIND.format(key) + _DOCUMENT for key in ("id", "slug"))

# $1 vendor (null: all), $2 status (null: any), $3 behind this id, $4 how many.
_OWN = f"""
SELECT p.id, jsonb_build_object('id', p.id, 'slug', p.slug, 'title', p.title, 'status', p.status,
    'vendor', jsonb_build_object('id', n.id, 'slug', n.slug, 'name', n.name),
    'variants', v.variants, 'stock', v.stock, 'updated_at', p.updated_at, 'price',
    CASE WHEN v.price IS NOT NULL THEN jsonb_build_object('amount', v.price, 'currency', p.currency) END,
    'image_url', (SELECT {_PICTURE} FROM commerce.product_image i WHERE i.tenant_id = p.tenant_id
        AND i.product_id = p.id AND i.status = 'done' ORDER BY i.position, i.id LIMIT 1))::text AS document
FROM commerce.product p JOIN commerce.vendor n ON n.tenant_id = p.tenant_id AND n.id = p.vendor_id
CROSS JOIN LATERAL (
    SELECT count(DISTINCT v.id) AS variants, min(v.price) AS price, coalesce(sum(greatest({_FREE}, 0)), 0) AS stock
    FROM commerce.variant v
    LEFT JOIN commerce.stock_level l ON l.tenant_id = v.tenant_id AND l.variant_id = v.id
    WHERE v.tenant_id = p.tenant_id AND v.product_id = p.id AND v.active
) AS v
WHERE ($1::uuid IS NULL OR p.vendor_id = $1) AND ($2::text IS NULL OR p.status = $2)
  AND ($3::uuid IS NULL OR p.id < $3) ORDER BY p.id DESC LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class SellableVariant:
    """What carts and orders need to know of a variant; amounts in minor units, `category_ids` with all ancestors.

    `available` counts what may still be bought, pieces that are sold ahead included.
    """

    variant_id: UUID
    product_id: UUID
    vendor_id: UUID
    vendor_name: str
    vendor_status: str
    commission_bp: int
    product_title: str
    slug: str
    product_status: str
    sku: str | None
    options: Mapping[str, str]
    price: int
    compare_at: int | None
    currency: str
    tax_class: str
    weight_grams: int
    backorder: bool
    active: bool
    category_ids: Sequence[UUID]
    image_url: str | None
    available: int

    @property
    def sellable(self) -> bool:
        """Whether it is on sale at all, in stock or not."""
        return self.active and self.product_status == "published" and self.vendor_status == "approved"


async def sellable_variants(db: Connection, variant_ids: Sequence[UUID]) -> dict[UUID, SellableVariant]:
    """The variants that exist among these, sellable or not, in one statement."""
    rows = await db.fetch(f"{SELLABLE} WHERE v.id = ANY($1)", variant_ids)
    return {row["variant_id"]: SellableVariant(**dict(row)) for row in rows}


async def variants_of_products(db: Connection, product_ids: Sequence[UUID]) -> dict[UUID, list[asyncpg.Record]]:
    """All variants of each product, retired ones included: (id, product_id, options_key, active)."""
    found: dict[UUID, list[asyncpg.Record]] = {}
    if product_ids:
        for row in await db.fetch(
            "SELECT id, product_id, options_key, active FROM commerce.variant WHERE product_id = ANY($1) ORDER BY id",
            product_ids,
        ):
            found.setdefault(row["product_id"], []).append(row)
    return found


async def products_with_slugs(db: Connection, slugs: Sequence[str]) -> dict[str, asyncpg.Record]:
    """The products with these slugs: (id, slug, vendor_id, fingerprint, status)."""
    rows = await db.fetch(
        "SELECT id, slug, vendor_id, fingerprint, status FROM commerce.product WHERE slug = ANY($1)", slugs
    )
    return {row["slug"]: row for row in rows}


async def owners_of_skus(db: Connection, vendor_id: UUID, skus: Sequence[str]) -> dict[str, UUID]:
    """SKU → product of the vendor's active variants that have one of these SKUs."""
    rows = await db.fetch(
        "SELECT sku, product_id FROM commerce.variant WHERE vendor_id = $1 AND sku = ANY($2) AND active",
        vendor_id,
        skus,
    )
    return {row["sku"]: row["product_id"] for row in rows}


async def slugs_like(db: Connection, slug: str) -> set[str]:
    """The slugs of products that are this slug, or this with an ending."""
    rows = await db.fetch(
        "SELECT slug FROM commerce.product WHERE slug = $1 OR (slug > $1 || '-' AND slug < $1 || '.')", slug
    )
    return {row["slug"] for row in rows}


async def product_row(db: Connection, product_id: UUID) -> dict[str, Any] | None:
    """A product as it is kept, with its category ids and active variants, locked against a second edit."""
    row = await db.fetchrow(
        "SELECT p.*, ARRAY(SELECT c.category_id FROM commerce.product_category c WHERE c.tenant_id = p.tenant_id"
        " AND c.product_id = p.id) AS category_ids FROM commerce.product p WHERE p.id = $1 FOR UPDATE",
        product_id,
    )
    return dict(row) if row else None


async def active_variants(db: Connection, product_id: UUID) -> list[asyncpg.Record]:
    """A product's variants that are on sale, in their order."""
    return await db.fetch(
        "SELECT id, sku, title, options, price, compare_at, barcode, weight_grams, backorder FROM commerce.variant"
        " WHERE product_id = $1 AND active ORDER BY position, id",
        product_id,
    )


async def product_document(
    db: Connection, product_id: UUID | None, slug: str, scope: UUID | None
) -> asyncpg.Record | None:
    """A product as JSON text: (id, version, document); hidden ones only of the vendor `scope`, or of all for None."""
    found = None if product_id is None else await db.fetchrow(_DOCUMENT_BY_ID, product_id, scope)
    return found or await db.fetchrow(_DOCUMENT_BY_SLUG, slug, scope)


async def own_products(
    db: Connection, scope: UUID | None, status: str | None, before: UUID | None, limit: int
) -> list[asyncpg.Record]:
    """Products of a vendor (of all for None) in any state, newest first: (id, document)."""
    return await db.fetch(_OWN, scope, status, before, limit)


async def ever_ordered(db: Connection, product_id: UUID) -> bool:
    """Whether any order names the product."""
    return bool(await db.fetchval("SELECT EXISTS (SELECT FROM commerce.order_line WHERE product_id = $1)", product_id))


async def sells_something(db: Connection) -> bool:
    """Whether any product is published."""
    return bool(await db.fetchval("SELECT EXISTS (SELECT FROM commerce.product WHERE status = 'published')"))

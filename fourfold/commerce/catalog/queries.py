"""Reads of the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection

_SELLABLE = """
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
WHERE v.id = ANY($1)
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
    rows = await db.fetch(_SELLABLE, variant_ids)
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
